package trace

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
)

// problem has so many objectives and these fidelities.
func problem(objectives int, epochs ...int) (p evolve.Problem) {
	p.Objectives = slices.Grow(p.Objectives, objectives)[:objectives]
	for _, n := range epochs {
		p.Fidelities = append(p.Fidelities, evolve.Fidelity{Epochs: n})
	}
	return p
}

func outcome(epochs int, loss float64, others ...float64) *evolve.Outcome {
	return &evolve.Outcome{Trial: evolve.Trial{Proposal: evolve.Proposal{Epochs: epochs}}, Result: evolve.Result{Loss: loss, Others: others}}
}

func failed(o *evolve.Outcome) *evolve.Outcome {
	o.Err, o.Loss = evolve.ErrFailed, math.Inf(1)
	return o
}

func TestArchive(t *testing.T) {
	for name, c := range map[string]struct {
		objectives int
		rule       Rule
		shown      []*evolve.Outcome
		enter      []bool
		lead       []bool // of those that enter
	}{
		"the best, the first of equals": {1, Highest, []*evolve.Outcome{outcome(9, .5), outcome(9, .5), outcome(9, .6), outcome(9, .4), failed(outcome(9, 0))},
			[]bool{true, false, false, true, false}, []bool{true, true}},
		"more epochs replace, fewer never enter": {1, Highest, []*evolve.Outcome{outcome(3, .1), outcome(9, .7), outcome(3, 0), outcome(0, .7), outcome(0, .6)},
			[]bool{true, true, false, false, true}, []bool{true, true, true}},
		"any fidelity": {1, Any, []*evolve.Outcome{outcome(3, .1), outcome(9, .7), outcome(3, .1), outcome(0, .05)},
			[]bool{true, false, false, true}, []bool{true, true}},
		"further objectives that do not count": {1, Highest, []*evolve.Outcome{outcome(9, .5, 2), outcome(9, .5, 1)}, []bool{true, false}, []bool{true}},
		"a front": {2, Highest, []*evolve.Outcome{outcome(9, .5, 2), outcome(9, .6, 1), outcome(9, .6, 1), outcome(9, .7, 3), outcome(9, .5, 1), outcome(9, .6, .5), outcome(9, .4, 9)},
			[]bool{true, true, false, false, true, true, true}, []bool{true, false, false, false, true}},
		"a front of more epochs": {2, Highest, []*evolve.Outcome{outcome(3, .1, 1), outcome(9, .7, 9), outcome(3, 0, 0), outcome(9, .8, 8)},
			[]bool{true, true, false, true}, []bool{true, true, false}},
		"a front of any": {2, Any, []*evolve.Outcome{outcome(3, .1, 5), outcome(9, .7, 5), outcome(9, .7, 4)}, []bool{true, false, true}, []bool{true, false}},
		"no number is worse than any": {2, Highest, []*evolve.Outcome{outcome(9, .5, math.NaN()), outcome(9, .5, 3), outcome(9, .5, math.NaN())},
			[]bool{true, true, false}, []bool{true, false}},
		"no schedules": {1, Highest, []*evolve.Outcome{outcome(0, .5), outcome(0, .4)}, []bool{true, true}, []bool{true, true}},
	} {
		p := problem(c.objectives, 3, 9)
		if name == "no schedules" {
			p.Fidelities = nil
		}
		a := NewArchive(p, c.rule)
		var enter, lead []bool
		for _, o := range c.shown {
			in := a.Add(o)
			if enter = append(enter, in); in {
				lead = append(lead, a.Leads())
			}
		}
		if !slices.Equal(enter, c.enter) || !slices.Equal(lead, c.lead) {
			t.Errorf("%s: entered %v, want %v; led %v, want %v", name, enter, c.enter, lead, c.lead)
		}
	}
}

// What enters is what nobody before it beats, counted without an archive.
func TestArchiveByCounting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 3).Draw(t, "objectives")
		rule := rapid.SampledFrom([]Rule{Highest, Any}).Draw(t, "rule")
		a := NewArchive(problem(k, 3, 9), rule)
		var before []*evolve.Outcome
		for range rapid.IntRange(1, 25).Draw(t, "outcomes") {
			few := rapid.IntRange(0, 4)
			o := outcome(rapid.SampledFrom([]int{0, 3, 9}).Draw(t, "epochs"), float64(few.Draw(t, "loss")))
			for range k - 1 {
				o.Others = append(o.Others, float64(few.Draw(t, "other")))
			}
			beaten, lowest := false, true
			for _, b := range before {
				x, y := cmp.Or(b.Epochs, 9), cmp.Or(o.Epochs, 9)
				if rule == Highest && x < y {
					continue
				}
				no := b.Loss <= o.Loss
				for i := range o.Others {
					no = no && b.Others[i] <= o.Others[i]
				}
				beaten = beaten || no || rule == Highest && x > y
				lowest = lowest && o.Loss < b.Loss
			}
			if got := a.Add(o); got != !beaten || got && a.Leads() != lowest {
				t.Fatalf("%v after %v: entered %v, led %v; want %v, %v", o, before, got, a.Leads(), !beaten, lowest)
			}
			before = append(before, o)
		}
	})
}

func TestArchiveAllocatesNothing(t *testing.T) {
	a, o := NewArchive(problem(1, 9), Highest), outcome(9, 1)
	if n := testing.AllocsPerRun(100, func() { o.Loss /= 2; a.Add(o) }); n != 0 {
		t.Errorf("%g allocations an outcome", n)
	}
}
