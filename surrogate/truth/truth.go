package truth

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate"
)

// Parts of the data that a truth can be of.
const (
	Test       = "test"
	Validation = "val"
)

// What a truth orders cells by, after the last epoch.
const (
	ByLoss     = "loss" // cross entropy: it tells cells apart that have nearly the same accuracy
	ByAccuracy = "accuracy"
)

// Truth is what trained runs say of cells.
type Truth struct {
	Name, Part    string
	Space         evolve.Space
	Cells         []evolve.Arch
	Seeds, Epochs int
	Known         string  // what each cell's value is where not all runs are known, "" where they are
	Views         []*View // each order, of all cells first; without the dead ones too, where there are some
	// Header is what the table of runs says of itself, nil of NAS-Bench-201, whose runs are not of this project.
	Header *ownruns.Header
	params []float64
}

// View is a truth in one order. Its rows are the truth's cells or, of a live view, those that are not dead.
type View struct {
	By, Unit string
	Live     bool           // without cells that have no path from input to output
	Cells    []int          // places in the truth's list
	runs     [][]float64    // nil where their means alone are known
	singles  [][2][]float64 // runs beside the means of their others, of some rows: where runs is nil
	seeds    int
	means    []float64
	params   []float64
	dead     []bool
	scale    float64 // of a value in the unit
	step     float64 // between values of one run; 0 where they are real numbers
}

// Open opens the truth of a part by name: a table of runs, see [surrogate.OpenRuns], or nb201:DATA of the imported
// table.
func Open(name, part string) (*Truth, error) {
	if err := known(part); err != nil {
		return nil, err
	}
	if set := nb201Of(name); set != "" {
		return openNB201(name, set, part)
	}
	t, err := surrogate.OpenRuns(name)
	if err != nil {
		return nil, unknownName(name, err)
	}
	return Of(name, part, t)
}

// known is the error of a part that there is not.
func known(part string) error {
	if part != Test && part != Validation {
		return evolve.Unknown("part of a truth", part, []string{Test, Validation})
	}
	return nil
}

// Of is the truth of a part of a table, with [evolve.ErrUnsupported] where it has one run of each cell, so that nothing
// is known of its noise, or too few cells.
func Of(name, part string, t *ownruns.Table) (*Truth, error) {
	if err := known(part); err != nil {
		return nil, err
	}
	counts, losses, images := t.Test, t.TestLoss, t.Images.Test
	if part == Validation {
		counts, losses, images = t.Val, t.ValLoss, t.Images.Val
	}
	if t.Seeds < 2 {
		return nil, fmt.Errorf("truth %s: one run of each cell tells nothing of noise, want two seeds: %w", name,
			evolve.ErrUnsupported)
	}
	if len(t.Cells) < leastCells {
		return nil, fmt.Errorf("truth %s: %d cells, want at least %d: %w", name, len(t.Cells), leastCells,
			evolve.ErrUnsupported)
	}
	s, _, err := evolve.Spaces.Open(evolve.Spec{Name: t.Space})
	if err != nil {
		return nil, err
	}
	all := &Truth{Name: name, Part: part, Space: s, Cells: t.Cells, Seeds: t.Seeds, Epochs: t.Epochs,
		Header: &t.Header, params: ownruns.Floats(t.Params)}
	dead, alive := make([]bool, len(t.Cells)), len(t.Cells)
	if m, ok := space.MortalOf(s); ok {
		for i, a := range t.Cells {
			if dead[i] = m.Dead(a); dead[i] {
				alive--
			}
		}
	}
	loss := ownruns.Losses(losses).Runs(t, t.Epochs)
	right := make([][]float64, len(t.Cells)) // whole numbers, so that equal sums are equal
	for i := range right {
		for s := range t.Seeds {
			loss[i][s] = -loss[i][s]
			right[i] = append(right[i], float64(counts[t.At(i, s, t.Epochs)]))
		}
	}
	for _, v := range []View{{By: ByLoss, Unit: "nats", runs: loss, scale: 1},
		{By: ByAccuracy, Unit: "%", runs: right, scale: 100 / float64(images), step: 1}} {
		all.Views = append(all.Views, v.of(all, dead, false))
		if slices.Contains(dead, true) && alive >= leastCells {
			all.Views = append(all.Views, v.of(all, dead, true))
		}
	}
	return all, nil
}

// leastCells is the fewest cells whose order is judged: of fewer a rank correlation is hardly more than chance.
const leastCells = 10

// of is the view of some rows.
func (v View) of(t *Truth, dead []bool, live bool) *View {
	w := v
	w.Live, w.runs, w.seeds = live, nil, t.Seeds
	for i, runs := range v.runs {
		if !live || !dead[i] {
			w.Cells, w.runs, w.params, w.dead = append(w.Cells, i), append(w.runs, runs), append(w.params, t.params[i]),
				append(w.dead, dead[i])
			w.means = append(w.means, sum(runs, -1)/float64(len(runs)))
		}
	}
	return &w
}

// sum adds the values of all runs but one; without is -1 for all.
func sum(runs []float64, without int) (sum float64) {
	for s, x := range runs {
		if s != without {
			sum += x
		}
	}
	return sum
}

// Spread is how far cells and seeds lie apart, in the view's unit.
type Spread struct {
	Mean, SDMeans   float64 // of the cells' means
	Between, Within float64 // standard deviations: of what cells would have without noise, and between seeds of a cell
}

// Spread describes the view. Where runs are not known, between and within are NaN.
func (v *View) Spread() Spread {
	mean, sd := stats.MeanSD(v.means)
	c := stats.Components{Between: math.NaN(), Within: math.NaN()}
	if v.runs != nil {
		c = stats.ComponentsOf(v.runs)
	}
	if v.By == ByLoss {
		mean = -mean
	}
	return Spread{v.scale * mean, v.scale * sd, v.scale * math.Sqrt(c.Between), v.scale * math.Sqrt(c.Within)}
}

// Means are the values that the view orders its rows by, greater for the better: those of several runs in the mean.
func (v *View) Means() []float64 { return slices.Clone(v.means) }
