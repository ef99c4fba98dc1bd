package papers

import (
	"context"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/lab"
)

// Without noise a climb from one string of 6 bits, over the 6 neighbours of each, ends at the best. The trials up to it
// are counted anew from all trials; a run that is too short has none.
func TestTrialsToBest(t *testing.T) {
	spec := lab.Default()
	spec.Benchmark, spec.Algos, spec.Seeds, spec.Trials = "bits,length=6,noise=0", []string{"local,draws=1"}, 20, 64
	e, err := lab.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	o, err := e.Run(context.Background(), lab.Options{Procs: 1})
	if err != nil {
		t.Fatal(err)
	}
	xs, err := trialsToBest(o.Set, &o.Set.Arms[0])
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range xs {
		r := o.Set.Arms[0].Runs[i]
		if best := r.Steps[len(r.Steps)-1]; best.Loss != 0 || x != float64(best.Trial) {
			t.Errorf("run %d: %g trials, the last step is %+v", i, x, best)
		}
		if !(x >= 1 && x <= 1+6*6) { // a climb has at most six moves among six neighbours
			t.Errorf("run %d: %g trials", i, x)
		}
	}
}
