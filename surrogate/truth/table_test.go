package truth

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/benchtest"
)

func TestMain(m *testing.M) { benchtest.Main(m) }

// The imported table is a truth by accuracy; one run is known of some of its cells, and nothing is simulated.
func TestNB201(t *testing.T) {
	table := benchtest.NB201(t)
	tr, err := Open("nb201:cifar10", Test)
	if err != nil || len(tr.Cells) != space.NB201Size || len(tr.Views) != 2 || tr.Views[0].By != ByAccuracy || !tr.Views[1].Live {
		t.Fatalf("%+v, %v", tr, err)
	}
	v := tr.Views[0]
	if i := (space.NB201{}).Index(tr.Cells[v.Cells[77]]); v.means[77] != table.Sets[0].Test200[i] {
		t.Errorf("cell %s has %g, want %g", tr.Cells[77], v.means[77], table.Sets[0].Test200[i])
	}
	none := v.Stream(1, "none")
	one := v.OneRun(0, none)
	// The tables' own columns: a run against the mean of all runs, itself among them, has a little more.
	sure := oneOfThree(&table.Sets[0], nb201Images[0])
	var single, mean []float64
	for i, x := range sure {
		if !math.IsNaN(x) {
			single, mean = append(single, x), append(mean, table.Sets[0].Test200[i])
		}
	}
	with := judge(0, none, [][2][]float64{{single, mean}})
	if n := v.Singles(); n != len(single) || n < 450 || n > data.NB201Measured || !(one.TauB > .88 && one.TauB < with.TauB) {
		t.Errorf("one run %g, %g with itself, of %d cells", one.TauB, with.TauB, n)
	}
	if limit := v.RankLimit(one).TauB; !(limit > with.TauB && limit < 1) || !math.IsNaN(v.NormalLimit().TauB) || !math.IsNaN(v.Simulate(2, none).Limit.TauB) {
		t.Errorf("limit %g", limit)
	}
	if perfect := v.Judge(v.means, 0, none); perfect.TauB != 1 || perfect.Precision[2] != 1 {
		t.Errorf("%+v", perfect)
	}
	var text bytes.Buffer
	if err := tr.Report(0, 1, 1).WriteText(&text); err != nil || strings.Contains(text.String(), "NaN") ||
		!strings.Contains(text.String(), "means of one to three runs") || !strings.Contains(text.String(), "; one run is known of 544 cells\n") {
		t.Errorf("%s, %v", text.String(), err)
	}
	if val, err := Open("nb201:cifar10", Validation); err != nil || !math.IsNaN(val.Views[0].OneRun(0, none).TauB) || val.Views[0].Singles() != 0 {
		t.Error(err)
	}
}
