package main

import (
	"math"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// outcome is an experiment with an arm for each of counts, as many of whose four runs found
// something, in 8 trials of 30 seconds.
func outcome(kind string, counts ...int) *lab.Outcome {
	o := &lab.Outcome{Experiment: &lab.Experiment{Spec: lab.Spec{Seeds: 4, Workers: 1, Benchmark: "b"},
		About: evolve.About{Title: "digits, trained", Kind: kind, Source: "made up"}}}
	o.Set = &trace.Set{About: o.About}
	for _, n := range counts {
		a := trace.Arm{Algo: "x"}
		for range n {
			a.Runs = append(a.Runs, trace.Run{Steps: []journal.Entry{{Trial: 1, Seconds: 1}}, Final: journal.Entry{Trial: 8, Seconds: 240}})
		}
		for range 4 - n {
			a.Runs = append(a.Runs, trace.Run{Final: journal.Entry{Trial: 8, Seconds: math.NaN()}})
		}
		o.Set.Arms = append(o.Set.Arms, a)
	}
	return o
}

// A caption tells of the runs that are drawn, not of those that were planned.
func TestNote(t *testing.T) {
	for _, c := range []struct {
		counts []int
		mean   bool
		want   string
	}{
		{[]int{4, 4}, false, "Median and quartiles of 4 runs, "},
		{[]int{4, 2}, false, "Median and quartiles of 2 to 4 runs, "},
		{[]int{3, 0}, true, "Mean of 3 runs with its 95 % interval, "},
		{[]int{1, 1}, false, "One run, "},
	} {
		if got := noteOf(outcome("table", c.counts...), c.mean); !strings.HasPrefix(got, c.want) {
			t.Errorf("%v: %q, want %s…", c.counts, got, c.want)
		}
	}
	o := outcome(evolve.Training, 1)
	o.Set.Unfinished, o.Set.Planned, o.Set.Waiting = 12, 12, []string{"regevo,sample=3", "random"}
	if got, want := note(o), "Unfinished: 12 of 12 runs are still to end; nothing is there yet of regevo,sample=3 and random. One run, 1 trial in flight, seed 0. Benchmark b: made up."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := title(o), "digits (trained here): best architecture so far"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestLogarithmic(t *testing.T) {
	few, none := outcome(evolve.Training, 4), outcome(evolve.Training, 0)
	many := outcome("table", 4)
	many.Set.Arms[0].Runs[2].Final.Trial = 101
	for _, c := range []struct {
		of   []*lab.Outcome
		axis string
		want bool
	}{{[]*lab.Outcome{few}, "trials", false}, {[]*lab.Outcome{few}, "seconds", true}, {[]*lab.Outcome{many}, "trials", true},
		{[]*lab.Outcome{few, many}, "trials", true}, {[]*lab.Outcome{none}, "trials", false}} {
		if got := logarithmic(c.of, c.axis); got != c.want {
			t.Errorf("%d experiments, %s: %v", len(c.of), c.axis, got)
		}
	}
}
