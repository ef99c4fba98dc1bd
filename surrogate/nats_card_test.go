package surrogate_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/surrogate"
	"github.com/amoeba-nas/amoeba/surrogate/card"
)

// A benchmark may reward one schedule and report another.
func TestNATSCard(t *testing.T) {
	surrogate.WriteTopology(t)
	c, err := card.New("nats-tss", "cifar10")
	if err != nil {
		t.Fatal(err)
	}
	s := c.Sets[0]
	var names []string
	for _, m := range s.Metrics {
		names = append(names, m.Metric)
	}
	want := []string{"validation, 1 epoch", "validation, 2 epochs", "validation, 4 epochs", "validation, 8 epochs", "validation, 12 epochs", "test, 12 epochs", "validation, 200 epochs", "test, 200 epochs"}
	slices.Sort(want)
	slices.Sort(names)
	if d := cmp.Diff(want, names); d != "" {
		t.Error(d)
	}
	if c := s.Correlations[0]; c.With != "validation, 12 epochs" || s.Correlations[1].With != "test, 200 epochs" {
		t.Errorf("%+v", s.Correlations[:2])
	}
	// Cells have one run, two or three.
	if n := s.Noise[0]; n.Kind != card.NoiseRuns || n.Groups < 15625*2/3-2 || n.Groups > 15625*2/3+2 {
		t.Errorf("%+v", n)
	}
}
