package surrogate

import (
	"context"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// winner keeps the first trial of lowest observed loss.
type winner struct {
	trial evolve.Trial
	loss  float64
	told  int
}

func (w *winner) Record(o *evolve.Outcome) error {
	if w.told++; w.told == 1 || o.Loss < w.loss {
		w.trial, w.loss = o.Trial, o.Loss
	}
	return nil
}

func newSearcher(t testing.TB, algo string) evolve.Searcher {
	t.Helper()
	return evolvetest.Open(t, evolve.Searchers, algo)
}

// simulate is the reported accuracies of the winners of independent studies, in per cent.
func simulate(t testing.TB, b evolve.Benchmark, algo string, trials, runs int) (val, test []float64) {
	t.Helper()
	for run := range runs {
		var w winner
		s := evolve.Study{Problem: b.Problem(), Searcher: newSearcher(t, algo), Pool: evolve.Simulate(b, 1), Recorder: &w,
			Trials: trials, Seed: evolve.Mix(1, uint64(run))}
		if _, err := s.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		score, err := b.Score(&w.trial)
		if err != nil {
			t.Fatal(err)
		}
		val, test = append(val, 100*(1-score.Val)), append(test, 100*(1-score.Test))
	}
	return val, test
}

// bestOf is what the best of n draws with replacement is worth in the mean, exactly. Of m
// cells, those of the k lowest losses hold the best of n with chance 1-(1-k/m)ⁿ. Cells of
// equal loss have equal chances to be drawn first.
func bestOf(b *lookup, n int) (val, test float64) {
	loss := b.levels[len(b.levels)-1].loss
	order := make([]int, len(loss))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		switch {
		case loss[i] < loss[j]:
			return -1
		case loss[i] > loss[j]:
			return 1
		}
		return 0
	})
	none := func(k int) float64 { return math.Pow(1-float64(k)/float64(len(order)), float64(n)) }
	for lo := 0; lo < len(order); {
		hi := lo
		var v, s float64
		for ; hi < len(order) && loss[order[hi]] == loss[order[lo]]; hi++ {
			v, s = v+b.score[order[hi]].Val, s+b.score[order[hi]].Test
		}
		p := (none(lo) - none(hi)) / float64(hi-lo)
		val, test = val+p*v, test+p*s
		lo = hi
	}
	return 100 * (1 - val), 100 * (1 - test)
}

func TestBestOfByHand(t *testing.T) {
	b := &lookup{levels: []level{{loss: []float64{.2, .1, .1, .4}}}, score: []evolve.Score{{Val: .3, Test: 1}, {Val: .1, Test: 0}, {Val: .2, Test: .5}, {Val: .4, Test: 1}}}
	// Of two draws both are 4th with 1/16, the best is 1st with 3/16, else one of the middle.
	val, test := bestOf(b, 2)
	near(t, "val", val, 100*(1-(.4/16+.3*3/16+.15*12/16)), 1e-12)
	near(t, "test", test, 100*(1-(1./16+1*3./16+.25*12/16)), 1e-12)
}

// agree asserts a mean within four standard errors.
func agree(t *testing.T, what string, xs []float64, want float64) {
	t.Helper()
	d := stats.Describe(xs)
	se := d.Std / math.Sqrt(float64(d.N))
	t.Logf("%s: %.4f ± %.4f, expected %.4f", what, d.Mean, se, want)
	if !(math.Abs(d.Mean-want) <= 4*se) {
		t.Errorf("%s: %d runs have mean %.4f ± %.4f, want %.4f", what, d.N, d.Mean, se, want)
	}
}

// Random search through the whole loop is what the table's order statistics say.
func TestNB201RandomIsExact(t *testing.T) {
	needTable(t)
	const n = 300
	runs := 2000
	if testing.Short() {
		runs = 500
	}
	for _, text := range []string{"nb201:cifar10", "nb201:cifar10,epochs=12", "nb201:cifar100", "nb201:imagenet16,epochs=12", "nb201:cifar10,permute=5"} {
		b := open(t, text)
		val, test := bestOf(&b.lookup, n)
		if text == "nb201:cifar10" {
			near(t, "expected val", val, 91.262, 5e-4)
			near(t, "expected test", test, 93.957, 5e-4)
		}
		vals, tests := simulate(t, b, "random", n, runs)
		agree(t, text+" val", vals, val)
		agree(t, text+" test", tests, test)
	}
}

// The reference is an independent program's, 500 runs.
func TestNB201EvolutionReference(t *testing.T) {
	needTable(t)
	vals, _ := simulate(t, open(t, "nb201:cifar10,source=table"), "regevo,population=50,sample=10,mutation=nats", 300, 500)
	agree(t, "regevo 50/10", vals, 91.565)
}

// Where accuracies are shuffled nothing can be learnt, and evolution, which pays again for
// children that it had before, sees fewer cells than random search.
func TestNB201NobodyBeatsPermuted(t *testing.T) {
	needTable(t)
	const trials = 300
	runs := 500
	if testing.Short() {
		runs = 100
	}
	b := open(t, "nb201:cifar10,source=table,permute=11")
	random, _ := simulate(t, b, "random", trials, runs)
	// Four standard errors of A12 under the null hypothesis.
	margin := 4 * math.Sqrt(float64(runs+runs+1)/float64(12*runs*runs))
	for _, e := range evolve.Searchers.Entries() {
		if _, defaults, err := evolve.Searchers.Open(evolve.Spec{Name: e.Name}); err != nil {
			t.Fatal(err)
		} else if e.Baseline || e.ModelsOf(defaults) {
			continue // the conformance suite asks the slow ones, which fit models, in fewer trials
		} else if e.NeedsOf(defaults)&evolve.Objectives != 0 {
			continue // there is one
		}
		vals, _ := simulate(t, b, e.Name, trials, runs)
		a12 := stats.MannWhitney(vals, random).A12
		t.Logf("%s: A12 %.3f", e.Name, a12)
		if a12 > .5+margin {
			t.Errorf("%s beats random search on shuffled accuracies: A12 %.3f", e.Name, a12)
		}
		if e.Name == "regevo" && (a12 < .35 || a12 > .5) {
			t.Errorf("regevo: A12 %.3f, want 0.35 to 0.5", a12)
		}
	}
}

// Evolution beats random search, on the table as on its surrogate.
func TestNB201SurrogateOrdersAsTable(t *testing.T) {
	needTable(t)
	for _, source := range []string{"table", "surrogate"} {
		for _, set := range sets() {
			b := open(t, "nb201:"+set+",source="+source)
			evolution, _ := simulate(t, b, "regevo", 300, 100)
			random, _ := simulate(t, b, "random", 300, 100)
			if x := stats.MannWhitney(evolution, random); !(x.P < .01) || x.A12 < .6 {
				t.Errorf("%s of %s: regevo against random A12 %.3f, p %.2g", source, set, x.A12, x.P)
			}
		}
	}
}

// Table 5 of the paper with the tournament of its released scripts (S=3), 500 runs.
func TestNB201Table5(t *testing.T) {
	needTable(t)
	const re, rs = "regevo,population=10,sample=3", "random"
	s := lab.Default()
	s.Benchmark, s.Algos, s.Epochs, s.Budget = "nb201:cifar10,source=table", []string{re, rs}, 12, 12000
	e, err := lab.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Run(context.Background(), lab.Options{Procs: runtime.NumCPU()})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		test, trials float64
	}{{93.92, 99.5}, {93.70, 105.7}} {
		arm := out.Set.Arms[i]
		test, trials := stats.Describe(arm.Ends(out.Set.Test())), stats.Describe(arm.Totals(out.Set.Trials()))
		t.Logf("%s: test %.3f ± %.3f, %.1f trials", arm.Algo, test.Mean, test.CI, trials.Mean)
		if test.N != 500 {
			t.Errorf("%d runs, want 500", test.N)
		}
		near(t, arm.Algo+" test", test.Mean, want.test, .1)
		near(t, arm.Algo+" trials", trials.Mean, want.trials, 1)
		for _, r := range arm.Runs {
			if r.Final.Seconds > s.Budget {
				t.Fatalf("a run ended at %v of %v seconds", r.Final.Seconds, s.Budget)
			}
		}
	}
	for _, m := range []trace.Measure{out.Set.Validation(), out.Set.Test()} {
		x := stats.MannWhitney(out.Set.Arms[0].Ends(m), out.Set.Arms[1].Ends(m))
		if !(x.P < .01 && x.A12 > .5) {
			t.Errorf("%s: p %.2g, A12 %.3f, want %s above %s with p < 0.01", m.Name, x.P, x.A12, re, rs)
		}
	}
}
