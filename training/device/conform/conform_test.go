package conform

import (
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// The processor conforms to itself, in every bit.
func TestProcessor(t *testing.T) {
	processor[float32](t)
	processor[float64](t)
}

func processor[T kernel.Float](t *testing.T) {
	r, err := Run(device.CPU[T](), 3, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	for _, l := range r.Lines {
		if l.Largest != 0 || l.Large != 0 {
			t.Errorf("%s %s: %g, %g", l.Operation, l.Part, l.Largest, l.Large)
		}
	}
	if n := len(device.Rows[T]()); r.Count() < 3*n {
		t.Errorf("%d comparisons of %d operations", r.Count(), n)
	}
	t.Log("\n" + r.String())
}
