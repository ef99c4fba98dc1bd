package search

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/pareto"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// sized is a problem of an error that structure tells and of parameters, known or to be learnt.
func sized(known bool) (p evolve.Problem, evaluate func(evolve.Arch) *evolve.Result) {
	s := space.NB201{}
	params := func(a evolve.Arch) (x float64, err error) {
		for _, op := range a {
			x += map[rune]float64{'3': 900, '2': 100}[op]
		}
		return x, nil
	}
	p = evolve.Problem{Space: s, Objectives: []evolve.Objective{evolve.NewObjective("error"),
		evolve.NewObjective("params")}}
	p.Objectives[1].Exact = known
	if known {
		p.Proxies = []evolve.Proxy{{Name: "params", Score: params}}
	}
	return p, func(a evolve.Arch) *evolve.Result {
		n, _ := params(a)
		live := .9
		if a[3] != '0' {
			live = .4
		}
		return &evolve.Result{Loss: live - float64(n/20_000), Others: []float64{n}}
	}
}

// searchBy runs a searcher for so many trials.
func searchBy(t *testing.T, s evolve.Searcher, trials int, evaluate func(evolve.Arch) *evolve.Result) (told [][]float64) {
	t.Helper()
	for id := 1; id <= trials; id++ {
		x := evolve.Trial{ID: id}
		if !s.Ask(&x.Proposal) {
			t.Fatalf("trial %d: done", id)
		}
		r := evaluate(x.Arch)
		if err := s.Tell(&x, r); err != nil {
			t.Fatal(err)
		}
		told = append(told, []float64{r.Loss, r.Others[0]})
	}
	return told
}

// With parameters known and learnt, with a reference point for them and without, less of the hypervolume is missing
// after 60 trials than half of what random search misses.
func TestEHVIFindsTheFront(t *testing.T) {
	exact := 0.
	missing := func(p evolve.Problem, s evolve.Searcher, evaluate func(evolve.Arch) *evolve.Result) float64 {
		if err := s.Init(p, evolve.Stream(1, "search")); err != nil {
			t.Fatal(err)
		}
		return 1 - stats.Hypervolume(searchBy(t, s, 60, evaluate), []float64{.5, 5000})/exact
	}
	for _, known := range []bool{true, false} {
		p, evaluate := sized(known)
		var all [][]float64
		for i := range space.NB201Size {
			r := evaluate(space.NB201{}.At(i))
			all = append(all, []float64{r.Loss, r.Others[0]})
		}
		exact = stats.Hypervolume(all, []float64{.5, 5000})
		random := missing(p, &Random{}, evaluate)
		for _, reference := range []float64{5000, math.NaN()} {
			p.Objectives[0].Reference, p.Objectives[1].Reference = .5, reference
			if got := missing(p, &EHVI{Start: 10, Repeat: "skip"}, evaluate); !(got < random/2) {
				t.Errorf("known %t, reference %g: %.4f are missing, random search misses %.4f", known, reference, got, random)
			}
		}
	}
}

// The reference point is the problem's, or half of the range behind the worst so far. Behind it all targets are equal.
func TestEHVIReference(t *testing.T) {
	p, _ := sized(false)
	p.Objectives[1].Reference = math.NaN()
	s := &EHVI{problem: p, loss: [][2]float64{{.1, 30}, {.2, 10}, {1.3, 90}, {9, 900}}}
	told := []int{0, 1, 2}
	if got := [2]float64{s.reference(0, told), s.reference(1, told)}; got != [2]float64{1, 130} {
		t.Errorf("%v, want the error's 1 and 90 + 40", got)
	}
	var a ehviAxis
	a.measure(1, 0, s.loss, told)
	mean, sd := 1.3/3, math.Sqrt((.1*.1+.2*.2+1)/3-1.3*1.3/9)
	for loss, want := range map[float64]float64{.1: .1, .7: .7, 1: 1, 1.3: 1, 9: 1} {
		if got := a.scale.target(loss); math.Abs(got-(want-mean)/sd) > 1e-9 {
			t.Errorf("the target of %g is %g, want %g", loss, got, (want-mean)/sd)
		}
	}
}

// What is known without training is exact and has a training-free score of its name.
func TestExactly(t *testing.T) {
	p, _ := sized(true)
	p.Objectives = slices.Clone(p.Objectives)
	if x, err := exactly(p, 1)("333333"); x != 5400 || err != nil {
		t.Errorf("%g, %v", x, err)
	}
	if exactly(p, 0) != nil {
		t.Error("an error is known without training")
	}
	p.Objectives[1].Maximised = true
	if x, _ := exactly(p, 1)("333333"); x != -5400 {
		t.Errorf("%g of what is maximised", x)
	}
	p.Objectives[1].Exact = false
	if exactly(p, 1) != nil {
		t.Error("what is not exact is known without training")
	}
}

// Three objectives are refused before a search, and when it begins.
func TestEHVIWantsTwo(t *testing.T) {
	e, o, err := evolve.Searchers.Resolve(evolve.Spec{Name: "ehvi"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{e.Fit(o, three()), s.Init(three(), evolve.Stream(1, "search"))} {
		if !errors.Is(err, evolve.ErrUnsupported) {
			t.Errorf("%v, want an ErrUnsupported", err)
		}
	}
}

// A process is of no more results than ehviMost, however long the search: of the front of all trials as many as have
// room stay in it, and what is running stays. Nothing is proposed twice.
func TestEHVIForgets(t *testing.T) {
	p, evaluate := sized(false)
	s := &EHVI{Start: 10, Repeat: "skip"}
	if err := s.Init(p, evolve.Stream(1, "search")); err != nil {
		t.Fatal(err)
	}
	var runs evolve.Trial
	if !s.Ask(&runs.Proposal) {
		t.Fatal("done")
	}
	told := searchBy(t, s, ehviMost+ehviKept, evaluate)
	if n := len(s.rows); n > ehviMost+1 || s.rows[0] != 0 {
		t.Errorf("%d rows, the first of them trial %d; want at most %d and trial 0, which runs", n, s.rows[0], ehviMost+1)
	}
	front := pareto.First(told)
	kept := slices.DeleteFunc(slices.Clone(front), func(i int) bool { return !slices.Contains(s.rows, i+1) })
	if want := min(len(front), ehviKept/2); len(kept) < want {
		t.Errorf("%d of %d trials of the front are rows, want at least %d", len(kept), len(front), want)
	}
	seen := map[evolve.Arch]bool{}
	for _, a := range s.archs {
		if seen[a] {
			t.Errorf("%s is proposed twice", a)
		}
		seen[a] = true
	}
}
