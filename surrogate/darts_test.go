package surrogate

import (
	"math"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func TestDARTSIsThePublishedTable(t *testing.T) {
	needImported(t, "darts")
	b := ofRows(t, "darts,objectives=error+params")
	s := readSheet(t, "nasbench301-subset", "nb301_725.csv.gz")
	if b.space.Size() != len(s.rows) {
		t.Fatalf("%d cells, want %d", b.space.Size(), len(s.rows))
	}
	best := math.Inf(1)
	for i := range s.rows {
		a, err := space.DARTSFromNASLib(s.text(i, "arch"))
		if err != nil {
			t.Fatal(err)
		}
		loss := 1 - s.float(i, "val_acc")/100
		best = min(best, loss)
		r := asks(t, b, of(a))
		if r.Loss != loss || r.Cost != 1 || r.Others[0] != math.Round(1e6*s.float(i, "params_m")) || b.space.Index(a) != i {
			t.Fatalf("row %d: %+v, want loss %v", i, r, loss)
		}
		for _, p := range b.Problem().Proxies {
			want := 0.
			switch p.Name {
			case "params", "flops":
				want = math.Round(1e6 * s.float(i, p.Name+"_m"))
			default:
				want = s.float(i, p.Name)
			}
			if x, err := p.Score(a); err != nil || x != want {
				t.Fatalf("row %d: proxy %s is %v, %v", i, p.Name, x, err)
			}
		}
	}
	a := b.About()
	if a.BestVal != best || a.BestTest != best || a.Kind != "surrogate" || a.Epochs != 100 || !strings.Contains(a.Source, "PREDICTED by NAS-Bench-301") || !strings.Contains(a.Source, "pool: only the 725") {
		t.Errorf("%+v", a)
	}
	_, err := tryOpen("darts,objectives=error+flop")
	oneLine(t, err, evolve.ErrUnknown, `did you mean "flops"?`)
}

// Nobody can search what nobody recorded: without moves, evolution is refused.
func TestDARTSMoves(t *testing.T) {
	needImported(t, "darts")
	b := ofRows(t, "darts,moves=refuse")
	err := newSearcher(t, "regevo").Init(b.Problem(), evolve.Stream(1, ""))
	oneLine(t, err, evolve.ErrUnsupported, "mutation")
	vals, _ := simulate(t, ofRows(t, "darts"), "regevo,population=20,sample=5", 100, 3)
	if len(vals) != 3 {
		t.Errorf("%v", vals)
	}
}
