package plots

import (
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/notes"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() { setsOf["alpha"] = func() *trace.Set { return notedArms(nb201Notes) } }

// notedArms are two algorithms, of which the second noted its epochs.
func notedArms(of func(run int) *notes.Notes) *trace.Set {
	s := twoArms()
	noted := s.Arms[1].Algo
	s.Arms[1].Runs = s.Arms[0].Runs
	s.RunNotes = func(algo string, run int) (*notes.Notes, error) {
		if algo != noted {
			return nil, fmt.Errorf("no notes: %w", fs.ErrNotExist)
		}
		return of(run), nil
	}
	return s
}

// nb201Notes are of a run whose last candidate wins every edge, the sooner the later the edge.
func nb201Notes(run int) *notes.Notes {
	return madeNotes("nb201", space.NB201Ops[:], len(space.NB201Edges), 10+run)
}

func dartsNotes(run int) *notes.Notes { return madeNotes("darts", space.DARTSOps[:], 28, 20) }

func madeNotes(of string, ops []string, edges, epochs int) *notes.Notes {
	n := &notes.Notes{Space: of, Ops: ops, Edges: edges}
	for e := 1; e <= epochs; e++ {
		var shares []float64
		for edge := range edges {
			last := 1/float64(len(ops)) + .6*float64(e)/float64(epochs)*float64(edge+1)/float64(edges)
			for op := range ops {
				p := (1 - last) / float64(len(ops)-1)
				if op == len(ops)-1 {
					p = last
				}
				shares = append(shares, p)
			}
		}
		n.Epochs = append(n.Epochs, notes.Epoch{Epoch: e, Shares: shares, Entropy: number.Nullable(notes.Entropy(shares, len(ops))),
			Eigenvalue: number.Nullable(float64(e) / 10), Loss: number.Nullable(2 / float64(e))})
	}
	return n
}

// The numbers are those of the notes: the median of runs that have the epoch.
func TestAlpha(t *testing.T) {
	d, err := drawing("alpha", Options{}, notedArms(nb201Notes))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for _, r := range d.Data().Rows {
		rows[strings.Join(r[:3], "/")] = r[3:]
	}
	for key, at := range map[string]int{"0 → 1/avg_pool_3x3/10": 4, "2 → 3/none/10": 25} {
		var all []float64
		for run := range 3 {
			all = append(all, nb201Notes(run).Epochs[9].Shares[at])
		}
		slices.Sort(all)
		if r := rows[key]; len(r) == 0 || r[0] != fmt.Sprint(all[1]) {
			t.Errorf("%s: %v, want the median of %v", key, r, all)
		}
	}
	if r := rows["Eigenvalue/largest of the Hessian/5"]; len(r) == 0 || r[0] != "0.5" {
		t.Errorf("%v", r)
	}
	// Of the DARTS space each of two cells has a panel an edge, named after its ends.
	if d, err = drawing("alpha,run=0", Options{}, notedArms(dartsNotes)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{">Normal cell<", ">Reduction cell<", ">c(k-2) → 0<", ">2 → 3<"} {
		if !strings.Contains(string(written(t, d, "svg")), want) {
			t.Errorf("the figure has no %s", want)
		}
	}
}

// A method that learns no probabilities is said to have none, and its one panel takes the width of the figure.
func TestAlphaWithoutShares(t *testing.T) {
	for spec, says := range map[string]string{"alpha": "Median of 3 runs", "alpha,run=0": "One run"} {
		d, err := drawing(spec, Options{}, notedArms(func(run int) *notes.Notes {
			n := nb201Notes(run)
			for i := range n.Epochs {
				n.Epochs[i].Shares = nil
			}
			return n
		}))
		if err != nil {
			t.Fatal(err)
		}
		f := d.(*alphaFigure)
		if want := "training of random, which has no architecture weights"; !strings.HasSuffix(f.title, want) ||
			!strings.HasPrefix(f.note, says) || f.grids != nil || len(f.panels) != 3 {
			t.Errorf("%s: %q, %q, %d panels; want %q, %q, 3 panels", spec, f.title, f.note, len(f.panels), want, says)
		}
	}
}

// Every edge has a place of its own, in the order of its number.
func TestGrids(t *testing.T) {
	for _, c := range []struct {
		space               string
		edges, grids, empty int
		first, last         string
	}{{"nb201", 6, 1, 3, "0 → 1", "2 → 3"}, {"darts", 28, 2, 12, "c(k-2) → 0", "2 → 3"}, {"elsewhere", 7, 1, 3, "edge 0", "edge 6"}, {"nb201", 4, 1, 0, "edge 0", "edge 3"}} {
		grids := gridsOf(c.space, c.edges)
		n, room := 0, 0
		for _, g := range grids {
			at := map[[2]int]bool{}
			for _, e := range g.edges {
				if e.number != n || at[[2]int{e.row, e.column}] || e.row >= g.rows || e.column >= g.columns {
					t.Errorf("%s: edge %d is %+v", c.space, n, e)
				}
				at[[2]int{e.row, e.column}] = true
				n++
			}
			room += g.rows * g.columns
		}
		end := grids[len(grids)-1].edges
		if n != c.edges || len(grids) != c.grids || room-n != c.empty || grids[0].edges[0].title != c.first || end[len(end)-1].title != c.last {
			t.Errorf("%s: %d edges in %d grids with %d empty places, from %s to %s", c.space, n, len(grids), room-n, grids[0].edges[0].title, end[len(end)-1].title)
		}
	}
}

func TestAlphaRefused(t *testing.T) {
	both := notedArms(nb201Notes)
	both.RunNotes = func(_ string, run int) (*notes.Notes, error) { return nb201Notes(run), nil }
	broken := notedArms(nb201Notes)
	broken.RunNotes = func(string, int) (*notes.Notes, error) { return nil, fmt.Errorf("notes.json: altered") }
	nan := number.Nullable(math.NaN())
	for says, c := range map[string]struct {
		spec string
		set  *trace.Set
	}{
		"no run of the experiment trained shared weights": {"alpha", twoArms()},
		"choose it with --algo":                           {"alpha", both},
		"has runs 0 to":                                   {"alpha,run=99", notedArms(nb201Notes)},
		"run=-1: want a number from 0 on, or all":         {"alpha,run=-1", notedArms(nb201Notes)},
		"notes.json: altered":                             {"alpha", broken},
		"are empty": {"alpha", notedArms(func(int) *notes.Notes {
			return &notes.Notes{Epochs: []notes.Epoch{{Epoch: 1, Entropy: nan, Eigenvalue: nan, Loss: nan}}}
		})},
		"are of other supernets": {"alpha", notedArms(func(run int) *notes.Notes {
			return madeNotes("nb201", space.NB201Ops[:], 6+run, 2)
		})},
	} {
		if _, err := drawing(c.spec, Options{}, c.set); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s", err, says)
		}
	}
}
