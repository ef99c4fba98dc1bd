package report

import (
	"math"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
)

// The answer of a search on shared weights has the results of the run's end, which say whether a table knew them or a
// training made them; and one without a path from input to output is told as such. Other searches have no such answer.
func TestDiscovery(t *testing.T) {
	o := ran(t, func(s *lab.Spec) { single(s); s.Benchmark, s.Trials = "nb201", 3 })
	if d := Best(o).Found(o); d != nil {
		t.Errorf("of a search by a table: %+v", d)
	}
	o.About.Shared = true
	run := &o.Set.Arms[0].Runs[0]
	nan := math.NaN()
	for _, c := range []struct {
		what, genome, from string
		step, end          float64 // test errors
		epochs, want       int64
		dead               bool
	}{
		{"a table's", "444444", "table", .25, .25, 9, 9, false},
		{"a training's", "444444", "trained", nan, .25, 9, 9, false},
		{"a failed training's", "444444", "failed", nan, nan, 9, 9, false},
		{"a dead one's", "000000", "table", .25, .25, 9, 9, true},
		{"of weights that were trained before", "444444", "table", .25, .25, 0, int64(o.About.Epochs), false},
	} {
		end := journal.Entry{Arch: c.genome, Trial: 3, SpentEpochs: c.epochs, Loss: .5, ValError: c.end, TestError: c.end, Final: true}
		step := end
		step.ValError, step.TestError, step.Final, step.Best = c.step, c.step, false, true
		run.Final, run.Steps = end, []journal.Entry{step}
		best := Best(o)
		d := best.Found(o)
		if d.Genome != c.genome || !strings.HasPrefix(d.Arch, "|") || d.Epochs != c.want || d.From != c.from || d.Dead != c.dead {
			t.Errorf("%s: %+v", c.what, d)
		}
		if known := !math.IsNaN(c.end); known != (d.Test == 75 && d.Val == 75) || !known != math.IsNaN(float64(d.Test)) {
			t.Errorf("%s: val %v, test %v", c.what, d.Val, d.Test)
		}
		var b strings.Builder
		r := Compare(o)
		WriteSearch(&b, o, &r, best, nil)
		if text := b.String(); strings.Contains(text, "\ndead      no path") != c.dead || !strings.Contains(text, "\nobserved  50.000 % on the images that score, by shared weights") ||
			strings.Contains(text, "NaN") || c.from == "failed" && !strings.Contains(text, "\nreported  – % validation, – % test of its network trained alone (not known: the training of it has failed)") {
			t.Errorf("%s:\n%s", c.what, text)
		}
	}
}
