package papers

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve/lab"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	_ "github.com/amoeba-nas/amoeba/surrogate"
)

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		diff, ci, margin float64
		want             string
	}{
		{0, .1, .1, Equivalent}, {.05, .04, .1, Equivalent}, {-.05, .04, .1, Equivalent},
		{.3, .1, .1, Differs}, {-.3, .1, .1, Differs},
		{.2, .1, .1, Unjudged}, {0, .2, .1, Unjudged}, {.1, .01, .1, Unjudged},
		{0, math.NaN(), 1, Unjudged}, {math.NaN(), math.NaN(), 1, Unjudged},
	} {
		if got := verdict(c.diff, c.ci, c.margin); got != c.want {
			t.Errorf("%g ± %g within %g: %s, want %s", c.diff, c.ci, c.margin, got, c.want)
		}
	}
}

func TestJudgeClaim(t *testing.T) {
	low, high := []float64{1, 2, 3, 4, 5, 6}, []float64{11, 12, 13, 14, 15, 16}
	for _, c := range []struct {
		claim Claim
		a, b  []float64
		want  string
	}{
		{Claim{Relation: "better", P: .01}, high, low, Holds},
		{Claim{Relation: "better", P: .01}, low, high, Fails},
		{Claim{Relation: "better", P: .001}, high, low, Unjudged}, // 2 of 924 orders: p = 0.0022
		{Claim{Relation: "better", P: .01}, high[:1], low, Unjudged},
		{Claim{Relation: "same", Margin: 3}, low, low, Holds},
		{Claim{Relation: "same", Margin: 1}, low, low, Unjudged},
		{Claim{Relation: "same", Margin: 1}, low, high, Fails},
		{Claim{Relation: "same", Margin: 100}, low[:1], high, Unjudged},
	} {
		if got := c.claim.judge(c.a, c.b, false); got.Holds != c.want {
			t.Errorf("%+v: %s (%s), want %s", c.claim, got.Holds, got.Result, c.want)
		}
	}
	falls := Claim{A: "a", B: "b", Relation: "better", P: .2}
	if got := falls.judge([]float64{.1, .2, .3}, []float64{.4, .5, .6}, true); got.Holds != Holds {
		t.Errorf("of losses, the lower are better: %+v", got)
	}
}

// A reproduction with few runs judges what it can; with fewer than LeastRuns it judges nothing.
func TestReproduce(t *testing.T) {
	p := &Paper{
		Name: "made-up", Title: "Bits", Unit: "%",
		Experiments: []Experiment{{Name: "x", Benchmark: "bits,length=8", Trials: 60, Seeds: 10, Algos: []string{"regevo,population=10,sample=3", "random"}}},
		Rows: []Row{
			{Label: "there", Experiment: "x", Algo: "random", Metric: "val", Mean: 93, SD: 5, N: 10, Margin: 40},
			{Label: "far off", Experiment: "x", Algo: "random", Metric: "test", Mean: 10, SD: 1, N: 10, Margin: 1},
			{Label: "looked up", Experiment: "x", Algo: "random", Metric: "test", Benchmark: "bits,length=8,noise=0", Mean: 10, SD: 1, N: 10, Margin: 1},
		},
		Claims: []Claim{{Experiment: "x", Metric: "val", A: "random", B: "regevo,population=10,sample=3", Relation: "same", Margin: 50}},
	}
	verdicts := func(seeds int) (got []string) {
		r, err := Reproduce(context.Background(), p, Options{Options: lab.Options{Procs: 2}, Seeds: seeds, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range r.Rows {
			got = append(got, v.Verdict)
		}
		if r.Rows[1].Ours != r.Rows[2].Ours {
			t.Errorf("looked up elsewhere %v, found %v", r.Rows[2].Ours, r.Rows[1].Ours)
		}
		return append(got, r.Claims[0].Holds)
	}
	if d := cmp.Diff([]string{Equivalent, Differs, Differs, Holds}, verdicts(0)); d != "" {
		t.Error(d)
	}
	for _, few := range []int{1, 2, LeastRuns - 1} { // the interval of few skewed results is too narrow
		if d := cmp.Diff([]string{TooShort, TooShort, TooShort, TooShort}, verdicts(few)); d != "" {
			t.Errorf("%d runs: %s", few, d)
		}
	}
	for _, bad := range []Row{
		{Experiment: "y", Algo: "random", Metric: "val"}, {Experiment: "x", Algo: "regevo", Metric: "val"},
		{Experiment: "x", Algo: "random", Metric: "vla"}, {Experiment: "x", Algo: "random", Metric: "val", Benchmark: "bit"},
	} {
		q := *p
		q.Rows = []Row{bad}
		if _, err := Reproduce(context.Background(), &q, Options{Options: lab.Options{Procs: 1}, Seeds: 1, Seed: 1}); err == nil || !strings.Contains(err.Error(), "paper made-up, row") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
