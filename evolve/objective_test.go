package evolve_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestNewObjective(t *testing.T) {
	for _, c := range []struct {
		name, unit string
		maximised  bool
		exact      bool
		trained    bool
		loss       float64
		text       string
	}{
		{"error", "fraction", false, false, true, .0625, "0.0625"},
		{"loss", "", false, false, true, 4.5643, "4.564"},
		{"params", "count", false, true, false, 1073466, "1,073,466"},
		{"flops", "count", false, true, false, 512, "512"},
		{"latency:titan_rtx_32", "ms", false, false, false, 12.5, "12.5 ms"},
		{"throughput:a100", "/s", true, false, false, -3200.5, "3200 /s"},
		{"energy", "", false, false, false, -2, "-2"}, // a user's column
	} {
		o := evolve.NewObjective(c.name)
		got := []any{o.Name, o.Unit, o.Maximised, o.Exact, o.Trained(), o.Text(c.loss)}
		if d := cmp.Diff([]any{c.name, c.unit, c.maximised, c.exact, c.trained, c.text}, got); d != "" {
			t.Error(d)
		}
	}
}

// The objective of training is an error of metrics that are shares, else a loss.
func TestTrainedObjective(t *testing.T) {
	for m, name := range map[evolve.Metric]string{
		"": "error", evolve.Accuracy: "error", evolve.AUC: "error", evolve.MIoU: "error",
		evolve.SSIM: "loss", evolve.Perplexity: "loss", evolve.PlainLoss: "loss",
	} {
		o := evolve.TrainedObjective(m)
		if o.Name != name || o.Metric != m {
			t.Errorf("of %s: %+v, want %s", m.Name(), o, name)
		}
		if known := !math.IsNaN(o.Reference) && !math.IsNaN(o.Ideal); known != (name == "error") {
			t.Errorf("of %s: reference %g, ideal %g", m.Name(), o.Reference, o.Ideal)
		}
	}
}

func TestObjectiveText(t *testing.T) {
	params, throughput := evolve.NewObjective("params"), evolve.NewObjective("throughput:vck190")
	for _, c := range []struct {
		o    evolve.Objective
		loss float64
		want string
	}{
		{params, 0, "0"}, {params, 999, "999"}, {params, 1000, "1,000"}, {params, 1e9, "1,000,000,000"}, {params, -1000, "-1,000"}, {params, -100, "-100"},
		{throughput, 0, "0 /s"},
	} {
		if got := c.o.Text(c.loss); got != c.want {
			t.Errorf("%s of %g is printed %q, want %q", c.o.Name, c.loss, got, c.want)
		}
	}
}

func TestRoundReference(t *testing.T) {
	for loss, want := range map[float64]float64{.1562: .2, 38.89: 40, .2: .2, 40: 40, 40.1: 50, 587390: 600000, .95: 1, 9.5: 10, -254.13: -200,
		-.7: -.7, 0: 0, 2.0671e9: 3e9, .0866: .09} {
		if got := evolve.RoundReference(loss); got != want {
			t.Errorf("%g is rounded to %g, want %g", loss, got, want)
		}
	}
	if got := evolve.RoundReference(math.NaN()); !math.IsNaN(got) {
		t.Errorf("NaN is rounded to %g", got)
	}
}
