package plots

import (
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// What experiments lack is said with what mends it, and where nothing is lacking nothing is said.
func TestNeeds(t *testing.T) {
	other, kept := twoArms(), twoArms()
	other.Name, other.Spec.Benchmark = "b", "other"
	kept.RunTrials = func(string, int) ([]journal.Trial, error) { return nil, nil }
	one, two := []*trace.Set{twoArms()}, []*trace.Set{twoArms(), other}
	for _, c := range []struct {
		needs Needs
		sets  []*trace.Set
		want  string
	}{
		{Needs{Trials: true}, one, "the experiment was recorded with record=incumbents and holds no single trials: run it with --record all"},
		{Needs{Trials: true}, []*trace.Set{kept}, ""},
		{Needs{Single: true}, two, "the figure is of one experiment, and there are 2"},
		{Needs{Single: true}, one, ""},
		{Needs{OneBenchmark: true}, two, "b is of other and the experiment of made-up: the figure is of one benchmark"},
		{Needs{Benchmark: true}, two, "the figure is of one benchmark"},
		{Needs{OneBenchmark: true}, one, ""},
		{Needs{Arms: 3}, one, "2 algorithms, and the figure compares at least 3"},
		{Needs{Arms: 4, Curves: true}, two, ""},
		{Needs{Runs: 2}, one, "random of the experiment has 1 run that found something, and the figure needs 2"},
		{Needs{Runs: 1}, one, ""},
	} {
		got := c.needs.lacking(c.sets)
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.needs, got, c.want)
		}
	}
}
