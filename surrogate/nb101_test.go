package surrogate

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// needNB101 has the test see the imported table, whose import takes seconds.
func needNB101(t testing.TB) *NB101Table {
	t.Helper()
	needImported(t, "nb101")
	c, err := openNB101Cells("table")
	if err != nil {
		t.Fatal(err)
	}
	return c.(*NB101Table)
}

func openNB101Text(t testing.TB, text string) *NB101 {
	t.Helper()
	b, err := tryOpen(text)
	if err != nil {
		t.Fatal(err)
	}
	return unwrapped(b).(*NB101)
}

// The benchmark's accuracies, sizes and seconds are those of the published files under the
// module hash of each cell.
func TestNB101IsThePublishedTable(t *testing.T) {
	needNB101(t)
	b := openNB101Text(t, "nb101")
	a := b.About()
	if a.Kind != "table" || a.Epochs != 108 || a.Title != "NAS-Bench-101, CIFAR-10" || len(a.Hash) != 64 {
		t.Errorf("%+v", a)
	}
	near(t, "best test", 1-a.BestTest, 0.943175752957662, 1e-15)
	s, derived := readSheet(t, "nasbench101", "nb101.csv.gz"), readSheet(t, "nasbench101", "nb101_derived.csv.gz")
	if len(s.rows) != space.NB101Size {
		t.Fatalf("%d rows", len(s.rows))
	}
	row := map[string]int{}
	for i := range s.rows {
		row[s.text(i, "hash")] = i
	}
	params, flops := b.Problem().Proxies[0], b.Problem().Proxies[1]
	for i := 0; i < space.NB101Size; i += 41 {
		arch := space.NB101{}.At(i)
		k, ok := row[space.NB101{}.Hash(arch)]
		if !ok {
			t.Fatalf("%s has an unpublished hash", arch)
		}
		score := scored(t, b, arch)
		near(t, "test", 1-score.Test, s.float(k, "test_acc_108_mean"), 5.1e-9) // eight digits
		if x, err := params.Score(arch); err != nil || x != s.float(k, "params") {
			t.Fatalf("%s: %g parameters, %v, want %s", arch, x, err, s.text(k, "params"))
		}
		if x, err := flops.Score(arch); err != nil || x != derived.float(k, "macs")+10 {
			t.Fatalf("%s: %g multiply-adds, %v, want %s", arch, x, err, derived.text(k, "macs"))
		}
		if i%(41*101) > 0 {
			continue // a query reads whole columns
		}
		f := facts(t, b, arch)
		if f["index"].Value != float64(i) || math.Abs(f["test_108"].Value-100*(1-score.Test)) > 1e-9 || math.Abs(f["val_108_modelled"].Value-100*(1-score.Val)) > 1e-9 ||
			f["params"].Value != s.float(k, "params") || f["flops"].Value != derived.float(k, "macs")+10 || f["seconds_108"].Value != asks(t, b, of(arch)).Cost {
			t.Fatalf("%s: %+v", arch, f)
		}
		_, told := f["val_108"]
		if measured := f["seconds_108"].How == "measured"; measured != told || measured != (k < data.NB101Measured) {
			t.Fatalf("%s, row %d: %+v", arch, k, f)
		}
	}
}

// An isomorphic cell, dead parts and all, has the numbers of its representative.
func TestNB101Isomorphic(t *testing.T) {
	needNB101(t)
	b := openNB101Text(t, "nb101,noise=mean")
	r := evolve.Stream(1, "isomorphic")
	other := 0
	for range 2000 {
		a := space.NB101{}.Sample(r)
		c, err := space.NB101{}.Canon(a)
		if err != nil {
			t.Fatal(err)
		}
		if a != c {
			other++
		}
		if x, y := asks(t, b, of(a)), asks(t, b, of(c)); x.Loss != y.Loss || x.Cost != y.Cost || scored(t, b, a) != scored(t, b, c) {
			t.Fatalf("%s has %+v, %s %+v", a, x, c, y)
		}
	}
	if other < 1000 {
		t.Errorf("only %d cells were not representatives", other)
	}
}

// The seed of a trial draws its noise, and its mean over seeds is what noise=mean gives and a
// report says.
func TestNB101Noise(t *testing.T) {
	needNB101(t)
	draw, mean := openNB101Text(t, "nb101"), openNB101Text(t, "nb101,noise=mean")
	for i := 0; i < space.NB101Size; i += 40_001 {
		a := space.NB101{}.At(i)
		sum, seeds := 0.0, evenSeeds(1000)
		for _, seed := range seeds {
			tr := of(a)
			tr.Seed = seed
			r := asks(t, draw, tr)
			if again := asks(t, draw, tr); again.Loss != r.Loss || asks(t, mean, tr).Loss != asks(t, mean, of(a)).Loss {
				t.Fatalf("%s: one seed gives %g and %g", a, r.Loss, again.Loss)
			}
			sum += r.Loss
		}
		m := asks(t, mean, of(a)).Loss
		near(t, "mean of draws of "+string(a), sum/1000, m, 1e-6)
		if s := scored(t, draw, a); s.Val != m || scored(t, mean, a) != s {
			t.Errorf("%s: %+v, want val %g", a, s, m)
		}
	}
	if a, b := draw.About().Source, mean.About().Source; !strings.Contains(a, "validation MODELLED: test plus the noise of 20001 measured runs") || !strings.HasSuffix(b, ", its mean") {
		t.Errorf("%s; %s", a, b)
	}
}

// Nothing of the space is better than what is said to be the best, and that is reached.
func TestNB101Bests(t *testing.T) {
	needNB101(t)
	b := openNB101Text(t, "nb101")
	val, test := math.Inf(1), math.Inf(1)
	for i := range space.NB101Size {
		s := scored(t, b, b.space.At(i))
		val, test = min(val, s.Val), min(test, s.Test)
	}
	if a := b.About(); a.BestVal != val || a.BestTest != test {
		t.Errorf("said are %v and %v, the space has %v and %v", a.BestVal, a.BestTest, val, test)
	}
}

// The negative control moves what was measured of training, and leaves seconds and sizes.
func TestNB101Permute(t *testing.T) {
	needNB101(t)
	plain, b := openNB101Text(t, "nb101"), openNB101Text(t, "nb101,permute=4")
	again, other := openNB101Text(t, "nb101,permute=4"), openNB101Text(t, "nb101,permute=5")
	if !slices.Equal(b.shown, again.shown) || slices.Equal(b.shown, other.shown) {
		t.Error("the permutation is not its seed's")
	}
	for i := 0; i < space.NB101Size; i += 20_011 {
		a, from := b.space.At(i), b.space.At(b.shown[i])
		ours, theirs := of(a), of(from)
		ours.Seed, theirs.Seed = uint64(i)<<40, uint64(i)<<40
		if r := asks(t, b, ours); r.Loss != asks(t, plain, theirs).Loss || r.Cost != asks(t, plain, ours).Cost {
			t.Fatalf("%s shows %+v", a, r)
		}
		if scored(t, b, a) != scored(t, plain, from) {
			t.Fatalf("%s shows another score than that of %s", a, from)
		}
		f, was, shown := facts(t, b, a), facts(t, plain, a), facts(t, plain, from)
		if f["params"] != was["params"] || f["seconds_108"] != was["seconds_108"] || f["test_108"] != shown["test_108"] || f["val_108"] != shown["val_108"] || f["val_108_modelled"] != shown["val_108_modelled"] {
			t.Fatalf("%s is told %+v", a, f)
		}
	}
	if a := b.About(); a.BestTest != plain.About().BestTest || !strings.Contains(a.Source, "NEGATIVE CONTROL") || !strings.Contains(a.Title, "shuffled") {
		t.Errorf("%+v", a)
	}
}

// Random search over unique cells is what the order statistics of the table say; the authors'
// sampler, which draws matrices, finds better ones.
func TestNB101RandomIsExact(t *testing.T) {
	needNB101(t)
	const n, runs = 100, 2000
	b := openNB101Text(t, "nb101,sampler=unique,noise=mean")
	all := &lookup{space: b.space, levels: []level{{loss: make([]float64, space.NB101Size)}}, score: make([]evolve.Score, space.NB101Size)}
	for i := range all.score {
		all.score[i] = scored(t, b, b.space.At(i))
		all.levels[0].loss[i] = all.score[i].Val
	}
	val, test := bestOf(all, n)
	vals, tests := simulate(t, b, "random", n, runs)
	agree(t, "unique val", vals, val)
	agree(t, "unique test", tests, test)
	_, notebook := simulate(t, openNB101Text(t, "nb101,noise=mean"), "random", n, runs)
	sum := 0.0
	for _, x := range notebook {
		sum += x / runs
	}
	t.Logf("test after %d draws: %.4f %% of unique cells, %.4f %% of matrices", n, test, sum)
	if math.Abs(sum-test) < .01 {
		t.Errorf("two samplers end alike, %g and %g", sum, test)
	}
}

func TestNB101Refuses(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir())
	for text, c := range map[string]struct {
		is    error
		parts []string
	}{
		"source=table":                     {nil, []string{"nb101", "amoeba data fetch nb101"}},
		"source=tabel":                     {evolve.ErrUnknown, []string{`did you mean "table"?`}},
		"source=surrogate,val=measured":    {evolve.ErrUnsupported, []string{"val=measured needs the imported table", "amoeba data fetch nb101"}},
		"val=official":                     {evolve.ErrUnsupported, []string{"val=official needs the authors' file"}},
		"source=surrogate,epochs=36":       {evolve.ErrUnsupported, []string{"epochs=36", "val=modelled"}},
		"source=surrogate,epochs=107":      {evolve.ErrUnknown, []string{`did you mean "108"?`}},
		"source=surrogate,sampler=uniq":    {evolve.ErrUnknown, []string{`did you mean "unique"?`}},
		"source=surrogate,permute=seventy": {evolve.ErrInvalid, []string{"permute=seventy", "want no or a seed"}},
	} {
		_, err := tryOpen("nb101," + text)
		oneLine(t, err, c.is, c.parts...)
	}
	b := openNB101Text(t, "nb101")
	tr := of(b.space.At(7))
	tr.Epochs = 36
	var r evolve.Result
	oneLine(t, b.Evaluate(context.Background(), &tr, &r), evolve.ErrUnsupported, "36 epochs")
}

func TestNB101Conformance(t *testing.T) {
	needNB101(t)
	e, err := evolve.Benchmarks.Lookup("nb101")
	if err != nil {
		t.Fatal(err)
	}
	set := func(kv ...string) (all []evolve.Setting) {
		for i := 0; i < len(kv); i += 2 {
			all = append(all, evolve.Setting{Key: kv[i], Value: kv[i+1]})
		}
		return all
	}
	evolvetest.Benchmark(t, e, set("source", "table")...)
	evolvetest.Benchmark(t, e, set("sampler", "unique", "noise", "mean", "permute", "2")...)
	evolvetest.Benchmark(t, e, set("val", "measured", "epochs", "36")...)
}

// A simulated trial allocates the child's text, and nothing else.
func TestNB101StudyAllocates(t *testing.T) {
	needNB101(t)
	b := openNB101Text(t, "nb101,source=table")
	const trials = 20_000
	run := func(n int) float64 {
		return testing.AllocsPerRun(1, func() {
			s := evolve.Study{Problem: b.Problem(), Searcher: newSearcher(t, "regevo,population=50,sample=10"), Pool: evolve.Simulate(b, 1), Recorder: new(winner), Trials: n, Seed: 7}
			if _, err := s.Run(context.Background()); err != nil {
				t.Fatal(err)
			}
		})
	}
	if each := (run(2*trials) - run(trials)) / trials; each > 1.05 {
		t.Errorf("%g allocations a trial, want one", each)
	}
}
