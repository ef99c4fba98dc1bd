package surrogate

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Landscape is what the datasheet of a benchmark is computed from. Columns are by the index of the
// space. A benchmark that returns a landscape has a datasheet; every lookup does.
type Landscape struct {
	About    evolve.About
	Space    Indexed      // as searches see it
	Full     evolve.Space // the space, even where searches see only a Pool of it
	Pooled   bool         // searches see only a Pool of it
	Rows     []int        // one index per distinct result
	Metrics  []Series     // losses, by epochs
	Val      int          // the metric that a search minimises
	Test     int          // the metric that is reported; Val where the two are one
	Shape    int          // the metric that every architecture has
	Columns  []Series     // further columns
	Seconds  []Series     // of a query; nil when none were recorded
	Runs     [][]float64  // printed values of the trainings of each architecture; nil where they are not known
	RunsUnit string
	Pairs    []Pair
	Frame    *data.Frame
}

// Series is one column, NaN where nothing is known.
type Series struct {
	Name, Unit string // the name of a metric tells it from another of equal epochs
	Of         string // OfValidation, OfTest or OfResult for a metric
	Epochs     int
	Values     []float64
}

// What a metric is of.
const (
	OfValidation = "validation"
	OfTest       = "test"
	OfResult     = "result" // validation and test are one
)

// Pair is two measurements of the same architectures in one unit. A is of one training.
type Pair struct {
	What, Unit string
	A, B       []float64
}

// newLandscape is without numbers.
func newLandscape(about evolve.About, s Indexed, f *data.Frame, rows []int) *Landscape {
	full, pooled := space.Base(s)
	return &Landscape{About: about, Space: s, Full: full, Pooled: pooled, Rows: rows, Frame: f}
}

// Landscape has a row for every architecture.
func (b *lookup) Landscape(f *data.Frame) (*Landscape, error) {
	return b.landscapeOf(f, everyOf(b.space.Size()))
}

// Landscape counts a row that many genomes share once.
func (r *rows) Landscape(f *data.Frame) (*Landscape, error) {
	place := map[int]int{} // in each, of a row of the table
	var each []int
	for i, row := range r.order {
		k, seen := place[row]
		if !seen {
			place[row] = len(each)
			each = append(each, i)
			continue
		}
		// It goes by its canonical genome.
		a := r.space.(evolve.Enumerable).At(i)
		c, err := r.space.Canon(a)
		if err != nil {
			return nil, err
		}
		if c == a {
			each[k] = i
		}
	}
	if r.order == nil {
		return r.lookup.Landscape(f)
	}
	return r.landscapeOf(f, each)
}

func (b *lookup) landscapeOf(f *data.Frame, each []int) (*Landscape, error) {
	l := newLandscape(b.about, b.space, f, each)
	search := b.levels[len(b.levels)-1]
	test := make([]float64, len(b.score))
	for i, s := range b.score {
		test[i] = s.Test
	}
	one := slices.Equal(search.loss, test)
	for i, v := range b.levels {
		if !cardShows(i, b.levels) {
			continue
		}
		m := Series{Of: OfValidation, Epochs: v.epochs, Values: v.loss}
		if one && i == len(b.levels)-1 {
			m.Of = OfResult
		}
		l.Metrics = append(l.Metrics, m)
		if slices.ContainsFunc(v.cost, func(x float64) bool { return x != 1 }) {
			l.Seconds = append(l.Seconds, Series{Epochs: v.epochs, Unit: "s", Values: v.cost})
		}
	}
	if err := b.addFacts(l); err != nil {
		return nil, err
	}
	// What is reported may be of a longer schedule than the search's.
	same := func(m Series) bool { return m.Of != OfValidation && alike(m.Values, test) }
	if !slices.ContainsFunc(l.Metrics, same) {
		l.Metrics = append(l.Metrics, Series{Of: OfTest, Epochs: search.epochs, Values: test})
	}
	slices.SortStableFunc(l.Metrics, func(a, b Series) int { return a.Epochs - b.Epochs })
	l.Val = slices.IndexFunc(l.Metrics, func(m Series) bool { return m.Of != OfTest && alike(m.Values, search.loss) })
	l.Shape, l.Test = l.Val, slices.IndexFunc(l.Metrics, same)
	if l.Runs == nil && search.runs != nil {
		l.Runs, l.RunsUnit = b.runsOf(search.runs), b.about.Metric.Unit()
	}
	return l, nil
}

// cardShows says which of many schedules a card shows: of more than eight those of 1, 2, 5,
// 10, … epochs and the last.
func cardShows(i int, levels []level) bool {
	e := levels[i].epochs
	for e%10 == 0 && e > 0 {
		e /= 10
	}
	return len(levels) <= 8 || i == len(levels)-1 || e == 1 || e == 2 || e == 5
}

// alike says whether losses are the same but for the rounding of per cents.
func alike(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool {
		return math.Abs(x-y) < 1e-9 || math.IsNaN(x) && math.IsNaN(y)
	})
}

// runsOf are the printed values of each architecture's runs.
func (b *lookup) runsOf(runs [][]float64) [][]float64 {
	all := make([][]float64, len(runs))
	for i, losses := range runs {
		for _, x := range losses {
			all[i] = append(all[i], b.about.Metric.Value(x))
		}
	}
	return all
}

// addFacts adds what only queries tell. Results named val_EPOCHS and test_EPOCHS, in per cent
// or nats, are metrics; those named …_s0, …_s1, … are single runs.
func (b *lookup) addFacts(l *Landscape) error {
	prefix := b.about.Dataset + "_"
	run := 0
	for _, fact := range b.facts {
		objective := slices.ContainsFunc(b.offers, func(o evolve.Objective) bool { return o.Name == fact.name })
		if fact.kind == elsewhere || fact.kind == plain && !objective && !l.Frame.Has(fact.name) &&
			!l.Frame.Has(prefix+fact.name) {
			continue
		}
		xs, err := fact.column()
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(fact.name, prefix)
		if fact.kind != result {
			l.Columns = append(l.Columns, Series{Name: name, Unit: fact.unit, Values: xs})
			continue
		}
		if strings.HasSuffix(name, "_s"+strconv.Itoa(run)) {
			if run == 0 {
				l.Runs, l.RunsUnit = make([][]float64, len(xs)), fact.unit
			}
			for i, x := range xs {
				l.Runs[i] = append(l.Runs[i], x)
			}
			run++
		}
		if m, ok := metricOf(name, fact.unit, xs); ok &&
			!slices.ContainsFunc(b.levels, func(v level) bool {
				return m.Of == OfValidation && alike(v.loss, m.Values)
			}) {
			if slices.ContainsFunc(l.Metrics, func(v Series) bool { return v.Of == m.Of && v.Epochs == m.Epochs }) {
				m.Name = ", a schedule of its own"
			}
			l.Metrics = append(l.Metrics, m)
		}
		one := prefix + name + "_one" // one training of what the column is the mean of
		if l.Frame.Has(one) {
			single, err := l.Frame.Floats(one)
			if err != nil {
				return err
			}
			l.Pairs = append(l.Pairs, Pair{name + ": one seed against the table's mean", fact.unit, single, xs})
		}
	}
	return nil
}

// metricOf reads the name of a result.
func metricOf(name, unit string, xs []float64) (Series, bool) {
	kind, text, _ := strings.Cut(name, "_")
	of, ok := map[string]string{"val": OfValidation, "test": OfTest}[kind]
	epochs, err := strconv.Atoi(text)
	switch {
	case !ok || err != nil:
		return Series{}, false
	case unit == "%":
		xs = ErrorsOf(xs, 100)
	case unit != "nats":
		return Series{}, false
	}
	return Series{Of: of, Epochs: epochs, Values: xs}, true
}

// Landscape is of the mean test of all cells, and of the validations of one run where they are
// at hand: what the benchmark models of the other cells is no landscape of its own.
func (b *NB101) Landscape(f *data.Frame) (*Landscape, error) {
	l := newLandscape(b.about, b.space, f, everyOf(space.NB101Size))
	for _, e := range data.NB101Epochs {
		xs, err := f.Floats(fmt.Sprintf("val_%d", e))
		if err != nil {
			return nil, err
		}
		l.Metrics = append(l.Metrics, Series{Of: OfValidation, Epochs: e, Values: ErrorsOf(xs, 1)})
	}
	test, err := f.Floats("test_108")
	if err != nil {
		return nil, err
	}
	l.Val = len(l.Metrics) - 1
	l.Test, l.Shape = l.Val+1, l.Val+1
	l.Metrics = append(l.Metrics, Series{Of: OfTest, Epochs: 108, Values: ErrorsOf(test, 1)})
	l.Pairs = []Pair{{"one run's validation against the mean test of three, 108 epochs", "%",
		PerCent(l.Metrics[l.Val].Values), PerCent(l.Metrics[l.Test].Values)}}
	for _, name := range []string{"params", "macs"} {
		xs, err := f.Floats(name)
		if err != nil {
			return nil, err
		}
		l.Columns = append(l.Columns, Series{Name: name, Values: xs})
	}
	seconds, err := f.Floats("seconds_108")
	l.Seconds = []Series{{Epochs: 108, Unit: "s", Values: seconds}}
	return l, err
}
