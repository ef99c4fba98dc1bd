package search

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/pareto"
)

// A rung ordered by fronts promotes, and lets go on, as one that sorts all it has whenever it is asked.
func TestFrontRungAsSorted(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		eta, numbers := 2+r.IntN(3), 2+round%2
		var rung frontRung
		var values [][]float64
		var closed []bool
		// sorted are the trials by their order in the rung.
		sorted := func() (order []int) {
			var f pareto.Fronts
			f.Sort(values)
			for k := range f.Len() {
				apart := map[int]float64{}
				for at, x := range f.Crowding(k) {
					apart[f.Front(k)[at]] = x
				}
				front := slices.Clone(f.Front(k))
				slices.SortStableFunc(front, func(i, j int) int { return cmp.Compare(apart[j], apart[i]) })
				order = append(order, front...)
			}
			return order
		}
		for range 80 {
			if r.IntN(2) == 0 {
				v := make([]float64, numbers)
				for m := range v {
					v[m] = float64(r.IntN(12)) // with ties
				}
				failed := r.IntN(10) == 0
				if failed {
					v = slices.Repeat([]float64{math.Inf(1)}, numbers)
				}
				least := r.IntN(2)
				values, closed = append(values, v), append(closed, failed)
				n := len(values)
				got := rung.add(entrant{"a", n, v[0]}, slices.Clone(v), eta, least)
				rung.top = n / eta
				if want := slices.Index(sorted(), n-1) < max(least, n/eta); got != want {
					t.Fatalf("trial %d of %v with η=%d is among the best: %t", n, values, eta, got)
				}
				continue
			}
			want := 0
			for _, i := range sorted()[:len(values)/eta] {
				if !closed[i] {
					closed[i], want = true, i+1
					break
				}
			}
			got := 0
			if e := rung.promote(); e != nil {
				got = e.id
			}
			if got != want {
				t.Fatalf("promotes trial %d of %v with η=%d, want %d", got, values, eta, want)
			}
		}
	}
}

// With one objective the best of a rung are those of the lowest losses, by fronts or not.
func TestASHAByFrontOfOneObjective(t *testing.T) {
	for _, stopping := range []bool{false, true} {
		var tapes [2]losses
		for i, front := range []bool{false, true} {
			study := evolve.Study{Problem: ladder{}.Problem(), Searcher: &ASHA{Eta: 3, Stopping: stopping, Front: front},
				Pool: evolve.Simulate(ladder{fails: true}, 4), Recorder: &tapes[i], Trials: 300, Seed: 5}
			study.Problem.Objectives = []evolve.Objective{evolve.NewObjective(evolve.ErrorObjective)}
			if _, err := study.Run(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if len(tapes[0]) != 300 || !slices.Equal(tapes[0], tapes[1]) {
			t.Errorf("stopping=%t: by=front with one objective is another search than asha", stopping)
		}
	}
}

// losses are the trials of a run with what they ended in.
type losses []finished

type finished struct {
	arch            evolve.Arch
	id, epochs, tag int
	loss, end       float64
}

func (r *losses) Record(o *evolve.Outcome) error {
	*r = append(*r, finished{o.Arch, o.ID, o.Epochs, o.Tag, o.Loss, o.End})
	return nil
}

// BenchmarkFrontRung adds trials of two objectives and promotes whom it can.
func BenchmarkFrontRung(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		b.Run(fmt.Sprintf("trials=%d", n), func(b *testing.B) {
			for b.Loop() {
				r := rand.New(rand.NewPCG(1, 2))
				var rung frontRung
				for id := range n {
					x := r.Float64()
					rung.add(entrant{"a", id, x}, []float64{x, r.Float64()}, 3, 0)
					rung.promote()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/trial")
		})
	}
}
