package conform

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
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

// wrong is a processor whose numbers are changed as they are read.
type wrong struct {
	device.Device[float32]
	change func(read int, v float32) float32
	read   int
}

func (w *wrong) Download(dst, src []float32) error {
	w.read++
	err := w.Device.Download(dst, src)
	for i, v := range dst {
		dst[i] = w.change(w.read, v)
	}
	return err
}

// Each kind of fault is found, and told as what it is.
func TestFaultsAreFound(t *testing.T) {
	alone := repetitions * len(device.Rows[float32]()) // reads before the joined step's
	for says, change := range map[string]func(read int, v float32) float32{
		" differs by ": func(_ int, v float32) float32 { return v + 1e-3 },
		": NaNs of ":   func(int, float32) float32 { return float32(math.NaN()) },
		" repeated: other bits of ": func(read int, v float32) float32 {
			if v == 0 && read <= alone && read%repetitions == 2 {
				return float32(math.Copysign(0, -1))
			}
			return v
		},
		" joined with other steps: other bits of ": func(read int, v float32) float32 {
			if read > alone {
				return math.Nextafter32(v, 9)
			}
			return v
		},
	} {
		r, err := Run(&wrong{Device: device.CPU[float32](), change: change}, 1, rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Failures) == 0 || !errors.Is(r.Err(), evolve.ErrFailed) {
			t.Errorf("%q: %v", says, r.Err())
		}
		for _, f := range r.Failures {
			if !strings.Contains(f, says) {
				t.Errorf("want%q: %s", says, f)
			}
		}
	}
}
