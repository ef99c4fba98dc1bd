package wrap_test

import (
	"errors"
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

// Whatever is given as a reference point is taken as finite numbers that are worse than the best, or refused in a line.
func FuzzReference(f *testing.F) {
	for _, text := range []string{"0.2+40", "1e+6+1", "1e+6", "+", "nan+1", "0x1p-2+3", "1e999+1", "-1+2", "1_0+2", "auto"} {
		f.Add(text)
	}
	within, err := wrap.Objectives(toy{}, "error+params", counted()...)
	if err != nil {
		f.Fatal(err)
	}
	r := new(evolve.Registry[evolve.Benchmark])
	r.Register(evolve.Entry[evolve.Benchmark]{Name: "toy", Params: []evolve.Param{wrap.ReferenceParam},
		New: func(o evolve.Options) (evolve.Benchmark, error) {
			return wrap.Reference(within, o, func(evolve.Objective) float64 { return 7 })
		}})
	f.Fuzz(func(t *testing.T, text string) {
		b, _, err := r.Open(evolve.Spec{Name: "toy", Set: []evolve.Setting{{Key: "reference", Value: text}}})
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for _, o := range b.Problem().Objectives {
			if math.IsInf(o.Reference, 0) || !(o.Reference > o.Ideal) {
				t.Fatalf("%q: %s has reference %g and ideal %g", text, o.Name, o.Reference, o.Ideal)
			}
		}
	})
}
