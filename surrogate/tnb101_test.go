package surrogate

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func TestTNB101IsThePublishedTables(t *testing.T) {
	needImported(t, "tnb101-micro", "tnb101-macro")
	for kind, read := range map[string]func(string) (evolve.Arch, error){"micro": space.TNB101FromNASLib, "macro": space.TNB101MacroFromNASLib} {
		s := readSheet(t, "transnasbench101-subset", "tnb101_"+kind+".csv.gz")
		for _, task := range tnb101Tasks {
			b := ofRows(t, "tnb101-"+kind+":"+task.name)
			n, best := 0, math.Inf(1)
			for i := range s.rows {
				if s.text(i, "task") != task.name {
					continue
				}
				n++
				a, err := read(s.text(i, "arch"))
				if err != nil {
					t.Fatal(err)
				}
				x := s.float(i, "val_metric")
				r := asks(t, b, of(a))
				// What people print is the published number, but that a loss is negative there.
				if got := b.About().Metric.Value(r.Loss); math.Abs(got-map[bool]float64{false: x, true: -x}[task.name == "room_layout"]) > 1e-12*math.Abs(x)+1e-13 || r.Cost != 1 {
					t.Fatalf("%s %s, %s: %+v is %v, want %v", kind, task.name, a, r, got, x)
				}
				best = min(best, r.Loss)
				f := facts(t, b, a)
				if f["val_"+task.name].Value != x || f["params"].Value != math.Round(1e6*s.float(i, "params_m")) || f["flops"].Value != math.Round(1e6*s.float(i, "flops_m")) {
					t.Fatalf("%s %s, %s: %+v", kind, task.name, a, f)
				}
			}
			if a := b.About(); b.space.Size() != n || n < 600 || a.BestVal != best || a.BestTest != best || a.Dataset != task.name || !strings.Contains(a.Title, kind) {
				t.Errorf("%s %s: %d networks, want %d; %+v", kind, task.name, b.space.Size(), n, a)
			}
		}
	}
}

// The tasks are the table's, each once, and those without a name have the first.
func TestTNB101Tasks(t *testing.T) {
	var names []string
	for _, task := range tnb101Tasks {
		names = append(names, task.name)
		if (task.whole == 0) != task.metric.Falls() || (task.whole == 100) != (task.metric.Unit() == "%") {
			t.Errorf("%+v", task)
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, data.TNB101Tasks) {
		t.Errorf("%v, the table has %v", names, data.TNB101Tasks)
	}
	needImported(t, "tnb101-micro")
	if b := ofRows(t, "tnb101-micro"); b.About().Dataset != "class_scene" {
		t.Errorf("%+v", b.About())
	}
	_, err := tryOpen("tnb101-micro:jigsav")
	oneLine(t, err, evolve.ErrUnknown, `did you mean "jigsaw"?`)
}
