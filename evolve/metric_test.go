package evolve_test

import (
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestMetric(t *testing.T) {
	for _, c := range []struct {
		m           evolve.Metric
		name, unit  string
		falls       bool
		loss, value float64
	}{
		{"", "accuracy", "%", false, .0625, 93.75},
		{evolve.Accuracy, "accuracy", "%", false, 0, 100},
		{evolve.AUC, "ROC-AUC", "%", false, .25, 75},
		{evolve.MIoU, "mIoU", "%", false, 1, 0},
		{evolve.SSIM, "SSIM", "", false, .375, .625},
		{evolve.Perplexity, "perplexity", "", true, math.Log(96), 96},
		{evolve.PlainLoss, "loss", "", true, .625, .625},
		{"params", "params", "", true, 1e6, 1e6},
		{"latency:raspi4", "latency:raspi4", "ms", true, 12.5, 12.5},
		{"throughput:a100", "throughput:a100", "/s", false, -300, 300},
	} {
		if c.m.Name() != c.name || c.m.Unit() != c.unit || c.m.Falls() != c.falls {
			t.Errorf("%q is %s in %q, falls %t", c.m, c.m.Name(), c.m.Unit(), c.m.Falls())
		}
		if got := c.m.Value(c.loss); math.Abs(got-c.value) > 1e-12 {
			t.Errorf("%s of loss %g is %g, want %g", c.name, c.loss, got, c.value)
		}
	}
}

// Less loss is never worse, and a regret is at least 0 and 0 for the best, whatever way the
// metric goes.
func TestMetricRegret(t *testing.T) {
	for _, m := range []evolve.Metric{"", evolve.Accuracy, evolve.AUC, evolve.MIoU, evolve.SSIM, evolve.Perplexity, evolve.PlainLoss, "params", "throughput:a100"} {
		best := m.Value(.125)
		for _, c := range []struct{ loss, sign float64 }{{.125, 0}, {.25, 1}, {.0625, -1}} {
			if r := m.Regret(m.Value(c.loss), best); r*c.sign < 0 || (r == 0) != (c.sign == 0) {
				t.Errorf("%s: the regret of loss %g against 0.125 is %g", m.Name(), c.loss, r)
			}
		}
		if (m.Value(.25) > m.Value(.125)) != m.Falls() {
			t.Errorf("%s: falls is %t, but loss 0.25 prints as %g and 0.125 as %g", m.Name(), m.Falls(), m.Value(.25), best)
		}
	}
}
