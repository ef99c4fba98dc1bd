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

// landscape is what a card is computed from. Columns are by the index of the space. A
// benchmark that returns one has a card; every lookup does.
type landscape struct {
	about    evolve.About
	space    indexed      // as searches see it
	whole    evolve.Space // of which that may be a pool
	each     []int        // an index for each row of results, which several genomes may share
	metrics  []cardSeries // losses, by epochs
	val      int          // metric that a search minimises
	test     int          // metric that is reported; val where they are one
	shape    int          // metric that every architecture has
	columns  []cardSeries // what else is known
	seconds  []cardSeries // of a query; nil when none were recorded
	runs     [][]float64  // printed values of the trainings of each architecture; nil where they are not known
	runsUnit string
	pairs    []cardPair
	frame    *data.Frame
	pool     bool // whole is more than space
	numbered bool // the source numbers the fidelities
}

// cardSeries is one column, NaN where nothing is known.
type cardSeries struct {
	name, unit string // of a metric the name is what sets it apart from another of equal epochs
	of         string
	epochs     int
	xs         []float64
}

// What a metric is of.
const (
	ofValidation = "validation"
	ofTest       = "test"
	ofResult     = "result" // validation and test are one
)

// cardPair is two measurements of the same architectures in one unit; a is of one training.
type cardPair struct {
	what, unit string
	a, b       []float64
}

// landscape has a row for every architecture.
func (b *lookup) landscape(f *data.Frame) (*landscape, error) {
	return b.landscapeOf(f, everyOf(b.space.Size()))
}

// landscape counts a row that many genomes share once.
func (r *rows) landscape(f *data.Frame) (*landscape, error) {
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
		return r.lookup.landscape(f)
	}
	return r.landscapeOf(f, each)
}

func (b *lookup) landscapeOf(f *data.Frame, each []int) (*landscape, error) {
	l := &landscape{about: b.about, space: b.space, each: each, frame: f}
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
		m := cardSeries{of: ofValidation, epochs: v.epochs, xs: v.loss}
		if one && i == len(b.levels)-1 {
			m.of = ofResult
		}
		l.metrics = append(l.metrics, m)
		if slices.ContainsFunc(v.cost, func(x float64) bool { return x != 1 }) {
			l.seconds = append(l.seconds, cardSeries{epochs: v.epochs, unit: "s", xs: v.cost})
		}
	}
	if err := b.addFacts(l); err != nil {
		return nil, err
	}
	// What is reported may be of a longer schedule than the search's.
	same := func(m cardSeries) bool { return m.of != ofValidation && alike(m.xs, test) }
	if !slices.ContainsFunc(l.metrics, same) {
		l.metrics = append(l.metrics, cardSeries{of: ofTest, epochs: search.epochs, xs: test})
	}
	slices.SortStableFunc(l.metrics, func(a, b cardSeries) int { return a.epochs - b.epochs })
	l.val = slices.IndexFunc(l.metrics, func(m cardSeries) bool { return m.of != ofTest && alike(m.xs, search.loss) })
	l.shape, l.test = l.val, slices.IndexFunc(l.metrics, same)
	if l.runs == nil && search.runs != nil {
		l.runs, l.runsUnit = b.runsOf(search.runs), b.about.Metric.Unit()
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
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) < 1e-9 || math.IsNaN(x) && math.IsNaN(y) })
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
func (b *lookup) addFacts(l *landscape) error {
	prefix := b.about.Dataset + "_"
	run := 0
	for _, fact := range b.facts {
		// Latencies of nb201 are of a table that has a card of its own.
		if fact.kind == plain && !l.frame.Has(fact.name) && !l.frame.Has(prefix+fact.name) {
			continue
		}
		xs, err := fact.column()
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(fact.name, prefix)
		if fact.kind != result {
			l.columns = append(l.columns, cardSeries{name: name, unit: fact.unit, xs: xs})
			continue
		}
		if strings.HasSuffix(name, "_s"+strconv.Itoa(run)) {
			if run == 0 {
				l.runs, l.runsUnit = make([][]float64, len(xs)), fact.unit
			}
			for i, x := range xs {
				l.runs[i] = append(l.runs[i], x)
			}
			run++
		}
		if m, ok := metricOf(name, fact.unit, xs); ok && !slices.ContainsFunc(b.levels, func(v level) bool { return m.of == ofValidation && alike(v.loss, m.xs) }) {
			if slices.ContainsFunc(l.metrics, func(v cardSeries) bool { return v.of == m.of && v.epochs == m.epochs }) {
				m.name = ", a schedule of its own"
			}
			l.metrics = append(l.metrics, m)
		}
		one := prefix + name + "_one" // one training of what the column is the mean of
		if l.frame.Has(one) {
			single, err := l.frame.Floats(one)
			if err != nil {
				return err
			}
			l.pairs = append(l.pairs, cardPair{name + ": one seed against the table's mean", fact.unit, single, xs})
		}
	}
	return nil
}

// metricOf reads the name of a result.
func metricOf(name, unit string, xs []float64) (cardSeries, bool) {
	kind, text, _ := strings.Cut(name, "_")
	of, ok := map[string]string{"val": ofValidation, "test": ofTest}[kind]
	epochs, err := strconv.Atoi(text)
	switch {
	case !ok || err != nil:
		return cardSeries{}, false
	case unit == "%":
		xs = errorsOf(xs, 100)
	case unit != "nats":
		return cardSeries{}, false
	}
	return cardSeries{of: of, epochs: epochs, xs: xs}, true
}

// landscape is of the mean test of all cells, and of the validations of one run where they are
// at hand: what the benchmark models of the other cells is no landscape of its own.
func (b *NB101) landscape(f *data.Frame) (*landscape, error) {
	l := &landscape{about: b.about, space: b.space, each: everyOf(space.NB101Size), frame: f}
	for _, e := range data.NB101Epochs {
		xs, err := f.Floats(fmt.Sprintf("val_%d", e))
		if err != nil {
			return nil, err
		}
		l.metrics = append(l.metrics, cardSeries{of: ofValidation, epochs: e, xs: errorsOf(xs, 1)})
	}
	test, err := f.Floats("test_108")
	if err != nil {
		return nil, err
	}
	l.val = len(l.metrics) - 1
	l.test, l.shape = l.val+1, l.val+1
	l.metrics = append(l.metrics, cardSeries{of: ofTest, epochs: 108, xs: errorsOf(test, 1)})
	l.pairs = []cardPair{{"one run's validation against the mean test of three, 108 epochs", "%", perCent(l.metrics[l.val].xs), perCent(l.metrics[l.test].xs)}}
	for _, name := range []string{"params", "macs"} {
		xs, err := f.Floats(name)
		if err != nil {
			return nil, err
		}
		l.columns = append(l.columns, cardSeries{name: name, xs: xs})
	}
	seconds, err := f.Floats("seconds_108")
	l.seconds = []cardSeries{{epochs: 108, unit: "s", xs: seconds}}
	return l, err
}
