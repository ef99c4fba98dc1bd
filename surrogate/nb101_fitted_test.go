package surrogate

import (
	"bytes"
	"crypto/sha256"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// freshNB101 is the embedded surrogate with nothing remembered.
func freshNB101(t testing.TB) *nb101Fitted {
	t.Helper()
	c, err := readNB101Fitted(nb101Model)
	if err != nil {
		t.Fatal(err)
	}
	return c.(*nb101Fitted)
}

func nb101File(t testing.TB) *model.File {
	t.Helper()
	f, err := model.Read(bytes.NewReader(nb101Model))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Without a table the embedded surrogate answers, and says that it predicts.
func TestNB101Fitted(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir())
	b := openNB101Text(t, "nb101")
	a := b.About()
	if a.Kind != "surrogate" || a.Epochs != 108 || len(a.Hash) != 64 || !strings.Contains(a.Source, "PREDICTED") || !strings.Contains(a.Source, "validation MODELLED") {
		t.Errorf("%+v", a)
	}
	r := evolve.Stream(1, "fitted")
	for range 200 {
		arch := b.space.Sample(r)
		got, s := asks(t, b, of(arch)), scored(t, b, arch)
		if !(got.Loss >= 0 && got.Loss <= 1 && got.Cost >= 1 && s.Test >= a.BestTest && s.Val >= a.BestVal) {
			t.Fatalf("%s: %+v, %+v", arch, got, s)
		}
		f := facts(t, b, arch)
		if f["test_108"].How != "predicted" || f["seconds_108"].How != "predicted" || f["val_108_modelled"].How != "modelled" || f["params"].How != "counted" {
			t.Fatalf("%+v", f)
		}
	}
	if again := openNB101Text(t, "nb101,source=surrogate"); again.About().Hash != a.Hash {
		t.Error("two surrogates are embedded")
	}
}

// What is said to be the best prediction is no worse than any of a sample.
func TestNB101FittedBest(t *testing.T) {
	f := freshNB101(t)
	n := 8000
	if testing.Short() {
		n = 1000
	}
	for _, i := range evolve.Stream(2, "best").Perm(space.NB101Size)[:n] {
		if x := f.test(i); x > f.best() {
			t.Fatalf("cell %d has %v, the best is %v", i, x, f.best())
		}
	}
	if !(f.best() > .94 && f.best() < .945) {
		t.Errorf("the best prediction is %v", f.best())
	}
}

// What the fit predicts of many cells at once is what is predicted of one.
func TestNB101FittedAtOnce(t *testing.T) {
	cells := evolve.Stream(4, "once").Perm(space.NB101Size)[:2000]
	in, err := model.Encode(space.NB101{}, NB101Joined, len(cells), func(k int) evolve.Arch { return space.NB101{}.At(cells[k]) })
	if err != nil {
		t.Fatal(err)
	}
	f := freshNB101(t)
	for name, m := range map[string]*memo{"test_108": &f.acc, "seconds_108": &f.sec} {
		all, err := in.Predict(nb101File(t).Model(name).Trees, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, i := range cells {
			if want := float64(float32(m.from(all[k]))); m.at(i) != want {
				t.Fatalf("%s of cell %d is %v alone and %v among others", name, i, m.at(i), want)
			}
		}
	}
}

// A cell's predictions are the same whoever asks first, at the same time or again.
func TestNB101FittedMemo(t *testing.T) {
	f, one := freshNB101(t), freshNB101(t)
	cells := evolve.Stream(3, "memo").Perm(space.NB101Size)[:1000]
	var got [8][]float64
	var wg sync.WaitGroup
	for g := range got {
		wg.Go(func() {
			for k := range cells {
				i := cells[(k+g*125)%len(cells)]
				got[g] = append(got[g], f.test(i), f.seconds(i))
			}
		})
	}
	wg.Wait()
	for g := range got {
		for k := range cells {
			i := cells[(k+g*125)%len(cells)]
			if got[g][2*k] != one.test(i) || got[g][2*k+1] != one.seconds(i) || f.test(i) != one.test(i) {
				t.Fatalf("asker %d of cell %d got %v and %v, want %v and %v", g, i, got[g][2*k], got[g][2*k+1], one.test(i), one.seconds(i))
			}
		}
	}
	if f.acc.known[cells[0]].Load() == 0 {
		t.Error("nothing is remembered")
	}
}

// The promise of the surrogate: how well it orders cells that it has not seen.
func TestNB101FittedQuality(t *testing.T) {
	f := nb101File(t)
	acc, sec := f.Model("test_108"), f.Model("seconds_108")
	for name, m := range map[string]*model.Model{"test_108": acc, "seconds_108": sec} {
		if m == nil || m.HeldOut == nil || m.Rows+m.HeldOut.N != space.NB101Size || m.HeldOut.N < space.NB101Size/10 {
			t.Fatalf("%s: %+v", name, m)
		}
		t.Logf("%s: %+v", name, *m.HeldOut)
	}
	if acc.HeldOut.Tau < .85 || sec.HeldOut.Tau < .95 {
		t.Errorf("tau %g and %g, want 0.85 and 0.95", acc.HeldOut.Tau, sec.HeldOut.Tau)
	}
}

// The header tells the truth: of a sample of the cells held out the predictions are as far off
// as it says, on the table that it names.
func TestNB101FittedTruth(t *testing.T) {
	table := needNB101(t)
	file, f := nb101File(t), freshNB101(t)
	if got := file.Notes["table_sha256"]; got != table.Hash {
		t.Errorf("fitted on table %s, this one is %s", got, table.Hash)
	}
	acc, sec := file.Model("test_108"), file.Model("seconds_108")
	held := evolve.Stream(fitSeed, "split").Perm(space.NB101Size)[acc.Rows:]
	const n = 4000
	var pred, truth, predSec, truthSec []float64
	for _, i := range held[:n] {
		pred, truth = append(pred, 100*f.test(i)), append(truth, 100*table.Tests[i])
		predSec, truthSec = append(predSec, f.seconds(i)), append(truthSec, table.Seconds[i])
	}
	// Kendall's tau of n has a standard error of at most √(2(1-τ²)/n), here 0.011.
	q, s := stats.Evaluate(pred, truth), stats.Evaluate(predSec, truthSec)
	t.Logf("of %d held out: %+v and %+v", n, q, s)
	near(t, "tau", q.Tau, acc.HeldOut.Tau, .04)
	near(t, "tau of the upper half", q.TauTopHalf, acc.HeldOut.TauTopHalf, .06)
	near(t, "tau of seconds", s.Tau, sec.HeldOut.Tau, .02)
	if q.MAE > 1.5*acc.HeldOut.MAE || s.MAE > 1.5*sec.HeldOut.MAE {
		t.Errorf("mean errors %g %% and %g s, said are %g and %g", q.MAE, s.MAE, acc.HeldOut.MAE, sec.HeldOut.MAE)
	}
}

func TestNB101FittedRefuses(t *testing.T) {
	for name, text := range map[string][]byte{
		"empty": nil, "cut": nb101Model[:len(nb101Model)/2], "longer": append(bytes.Clone(nb101Model), 0),
		"another's": nb201Model,
	} {
		if _, err := readNB101Fitted(text); err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "the embedded surrogate of nb101: ") {
			t.Errorf("%s: got %v, want one line that names the surrogate", name, err)
		}
	}
	b := bytes.Clone(nb101Model)
	b[len(b)/2] ^= 1
	_, err := readNB101Fitted(b)
	oneLine(t, err, nil, "the embedded surrogate of nb101")
	for name, c := range map[string]struct{ old, new string }{
		"no accuracy": {`"name":"test_108"`, `"name":"test_109"`},
		"no seconds":  {`"name":"seconds_108"`, `"name":"seconds_36"`},
		"other link":  {model.LogError.Name, "ln(100.5-x)"},
		"no noise":    {`"noise":"`, `"silence":"`},
		"bad noise":   {`\"centers\":[`, `\"centers\":[2,`},
		"no best":     {`"best_test_108"`, `"best"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readNB101Fitted(reheaded(t, c.old, c.new))
			oneLine(t, err, evolve.ErrInvalid, "the embedded surrogate of nb101")
		})
	}
}

// reheaded is the embedded file with another header, sealed again.
func reheaded(t *testing.T, old, new string) []byte {
	t.Helper()
	if !bytes.Contains(nb101Model, []byte(old)) {
		t.Fatalf("the header has no %s", old)
	}
	text := bytes.Replace(nb101Model[:len(nb101Model)-sha256.Size], []byte(old), []byte(new), 1)
	sum := sha256.Sum256(text)
	return append(text, sum[:]...)
}

// The encoding of every cell is two of the space's, one behind the other.
func TestNB101Features(t *testing.T) {
	for i := 0; i < space.NB101Size; i += 4001 {
		a := space.NB101{}.At(i)
		var want []float64
		for _, e := range []string{"structure", "canonical"} {
			x, err := space.NB101{}.Encode(nil, e, a)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, x...)
		}
		got, err := features.Append(nil, space.NB101{}, NB101Joined, a)
		if err != nil || len(got) != len(want) || len(got) > 512 {
			t.Fatalf("%d features, %v, want %d of at most 512", len(got), err, len(want))
		}
		for k := range got {
			if got[k] != want[k] || got[k] < 0 || got[k] > 255 || got[k] != math.Trunc(got[k]) {
				t.Fatalf("%s: feature %d is %v, want %v, a whole number 0..255", a, k, got[k], want[k])
			}
		}
	}
	_, err := features.Append(nil, space.NB101{}, NB101Joined, "no cell")
	oneLine(t, err, evolve.ErrInvalid)
}

// Evolution beats random search on the surrogate as on the table.
func TestNB101FittedOrdersAsTable(t *testing.T) {
	sources, runs := []string{"surrogate"}, 15
	if !testing.Short() {
		needNB101(t)
		sources, runs = append(sources, "table"), 40
	}
	for _, source := range sources {
		b := openNB101Text(t, "nb101,source="+source)
		mean := func(algo string) (m float64) {
			_, tests := simulate(t, b, algo, 500, runs)
			for _, x := range tests {
				m += x / float64(runs)
			}
			return m
		}
		evolution, random := mean("regevo,population=50,sample=10"), mean("random")
		t.Logf("%s: regevo %.3f, random %.3f", source, evolution, random)
		if evolution < random+.05 {
			t.Errorf("%s: evolution ends at %.3f %%, random search at %.3f %%", source, evolution, random)
		}
	}
}
