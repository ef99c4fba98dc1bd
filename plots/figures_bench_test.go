package plots

import (
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// hundreds is an experiment of 4 algorithms, 500 runs each, of about 20 incumbents to 1000 trials, with fronts of two
// objectives.
func hundreds() *trace.Set {
	r := rand.New(rand.NewPCG(1, 2))
	s := twoObjectives()
	s.Arms = nil
	for m := range 4 {
		a := trace.Arm{Algo: fmt.Sprint("a", m), Label: fmt.Sprint("a", m), Baseline: m == 0}
		for range 500 {
			var steps []journal.Entry
			val, trial := .6, int64(1)
			for range 20 {
				e := step(trial, val, val)
				e.Loss, e.Others = val, []float64{120 * (.7 - val)}
				steps = append(steps, e)
				trial += 1 + int64(r.ExpFloat64()*50)
				val -= (val - .1) * r.Float64() * float64(m+1) / 8
			}
			a.Runs = append(a.Runs, run(1000, steps...))
		}
		s.Arms = append(s.Arms, a)
	}
	return s
}

// Every figure of 500 seeds and 4 algorithms should take at most a second.
func BenchmarkFigures(b *testing.B) {
	s := hundreds()
	for _, kind := range []string{"trajectories", "trajectories,metric=regret+test", "ecdf", "ecdf,within=0.1+0.5+1,metric=regret",
		"ranks,metric=val", "cd,metric=val", "box,metric=regret", "box,metric=regret,shape=violin", "profile,metric=regret",
		"profile,metric=regret,within=5", "pareto"} {
		for _, format := range []string{"svg", "png"} {
			b.Run(kind+"/"+format, func(b *testing.B) {
				for b.Loop() {
					d, err := drawing(kind, Options{}, s)
					if err != nil {
						b.Fatal(err)
					}
					if err := d.Write(io.Discard, format); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
