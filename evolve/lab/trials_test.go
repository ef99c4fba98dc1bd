package lab

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// The trials of a run are those that its incumbents are the best of, whichever run is asked for, and those of an
// algorithm that stands behind others.
func TestRunTrials(t *testing.T) {
	listen(nil)
	all := small(1, "all")
	all.Seeds, all.Trials = 5, 200
	for name, s := range map[string]Spec{"simulated": all, "trained": trained(1)} {
		dir := t.TempDir()
		if _, err := runSpec(t, s, dir, 2, context.Background()); err != nil {
			t.Fatal(err)
		}
		o, err := LoadSoFar(dir)
		if err != nil {
			t.Fatal(err)
		}
		sets, err := trace.Only([]*trace.Set{o.Set}, []string{"random"})
		if err != nil {
			t.Fatal(err)
		}
		a := sets[0].Arms[0]
		for run := range slices.Backward(a.Runs) {
			trials, err := sets[0].RunTrials(a.Algo, run)
			if err != nil || len(trials) != s.Trials {
				t.Fatalf("%s: %d trials of run %d, %v", name, len(trials), run, err)
			}
			best, steps := math.Inf(1), a.Runs[run].Steps
			for i, x := range trials {
				if float64(x.Loss) >= best {
					continue
				}
				best = float64(x.Loss)
				if len(steps) == 0 || steps[0].Trial != int64(i+1) || steps[0].Arch != x.Arch || steps[0].Loss != best {
					t.Fatalf("%s, run %d: trial %d improves to %g, and the incumbents have %+v", name, run, i+1, best, steps)
				}
				steps = steps[1:]
			}
			if len(steps) > 0 {
				t.Errorf("%s, run %d: no trial is incumbent %+v", name, run, steps[0])
			}
		}
		for _, bad := range []struct {
			algo string
			run  int
		}{{"none", 0}, {"random", -1}, {"random", s.Seeds}} {
			if _, err := o.Set.RunTrials(bad.algo, bad.run); err == nil {
				t.Errorf("%s: there is a run %d of %s", name, bad.run, bad.algo)
			}
		}
	}
	o := finishedSet(t, small(1, "incumbents"))
	if o.RunTrials != nil {
		t.Error("incumbents alone give trials")
	}
}

func finishedSet(t *testing.T, s Spec) *trace.Set {
	t.Helper()
	s.Seeds, s.Trials = 2, 50
	dir := t.TempDir()
	if _, err := runSpec(t, s, dir, 2, context.Background()); err != nil {
		t.Fatal(err)
	}
	o, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return o.Set
}
