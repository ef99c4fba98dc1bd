package card

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// Spread describes values. All fields but N and Infinite are of the finite values.
type Spread struct {
	N         int             `json:"n"`                  // values that are known
	Infinite  int             `json:"infinite,omitempty"` // of them
	Mean      number.Short    `json:"mean"`
	SD        number.Short    `json:"sd"` // with n-1
	Min       number.Short    `json:"min"`
	Quantiles [5]number.Short `json:"quantiles"` // 5, 25, 50, 75, 95 %; type 7 (Hyndman and Fan 1996)
	Max       number.Short    `json:"max"`
}

// Metric is one result of all architectures that have it.
type Metric struct {
	Metric string `json:"metric"` // such as "test, 200 epochs"
	Of     string `json:"of"`     // validation, test, or result where they are one
	Epochs int    `json:"epochs,omitempty"`
	Name   string `json:"name"` // accuracy, perplexity, …
	Unit   string `json:"unit,omitempty"`
	Best   Best   `json:"best"`
	Spread
	Within number.Short `json:"within"` // of the best, in the unit
	Near   number.Short `json:"near"`   // share of the architectures that close to the best, it included
}

// Best is the best architecture, of equals the first.
type Best struct {
	Value  number.Short `json:"value"`
	Arch   string       `json:"arch"` // in the literature's notation
	Genome string       `json:"genome"`
	Index  int          `json:"index"` // of the space
	Equals int          `json:"equals"`
}

// Correlation compares the order of two columns. A metric counts as high where it is good.
type Correlation struct {
	Of       string       `json:"of"`
	With     string       `json:"with"`
	N        int          `json:"n"`
	Tau      number.Short `json:"tau_b"` // Kendall
	Spearman number.Short `json:"spearman"`
}

// Column is a further column.
type Column struct {
	Name string `json:"name"`
	Unit string `json:"unit,omitempty"`
	Spread
}

// Seconds is the cost of a query at a schedule.
type Seconds struct {
	Epochs int          `json:"epochs,omitempty"`
	Median number.Short `json:"median"`
	Total  number.Short `json:"total"`
}

// card computes everything.
func (l *landscape) card() (Set, error) {
	s := Set{Title: l.About.Title, Source: l.About.Source, Architectures: len(l.Rows), Genomes: l.Space.Size(),
		Noise: []Noise{}, Correlations: []Correlation{}}
	for _, m := range l.Metrics {
		s.Metrics = append(s.Metrics, l.measure(m))
	}
	for _, c := range l.Columns {
		s.Columns = append(s.Columns, Column{c.Name, c.Unit, spread(model.Pick(c.Values, l.Rows))})
	}
	for _, c := range l.Seconds {
		xs := model.Pick(c.Values, l.Rows)
		sum := 0.
		for _, x := range xs {
			sum += x
		}
		s.Seconds = append(s.Seconds, Seconds{l.epochs(c.Epochs), spread(xs).Quantiles[2], number.Short(sum)})
	}
	s.Correlations = l.correlations()
	classes, err := l.classes()
	if err != nil {
		return s, err
	}
	s.Distinct = len(classes)
	if s.Noise, err = l.noise(classes); err != nil {
		return s, err
	}
	if s.FDC, err = l.fitnessDistance(); err != nil {
		return s, err
	}
	s.Walk, err = l.walk()
	return s, err
}

// epochs are n where the source numbers its fidelities, else 0.
func (l *landscape) epochs(n int) int {
	if !l.numbered {
		return 0
	}
	return n
}

func (l *landscape) label(m surrogate.Series) string {
	if !l.numbered {
		return m.Of + m.Name
	}
	if m.Epochs == 1 {
		return m.Of + ", 1 epoch" + m.Name
	}
	return fmt.Sprintf("%s, %d epochs%s", m.Of, m.Epochs, m.Name)
}

func (l *landscape) measure(m surrogate.Series) Metric {
	kind := l.About.Metric
	c := Metric{Metric: l.label(m), Of: m.Of, Epochs: l.epochs(m.Epochs), Name: kind.Name(), Unit: kind.Unit(),
		Within: nearness(kind)}
	best, values := -1, make([]float64, 0, len(l.Rows))
	for _, i := range l.Rows {
		if math.IsNaN(m.Values[i]) {
			continue
		}
		values = append(values, kind.Value(m.Values[i]))
		if best < 0 || m.Values[i] < m.Values[best] {
			best, c.Best.Equals = i, 0
		}
		if m.Values[i] == m.Values[best] {
			c.Best.Equals++
		}
	}
	c.Spread = spread(values)
	if best < 0 {
		c.Best.Value, c.Near = number.Short(math.NaN()), number.Short(math.NaN())
		return c
	}
	top, near := kind.Value(m.Values[best]), 0
	for _, v := range values {
		// Values are sums and differences of decimal fractions: a border is met to 10⁻⁹.
		if kind.Regret(v, top) <= float64(c.Within)+1e-9 {
			near++
		}
	}
	c.Near = number.Short(float64(near) / float64(len(values)))
	a := l.arch(best)
	c.Best.Value, c.Best.Genome, c.Best.Index, c.Best.Arch = number.Short(top), string(a), best, string(a)
	if n, ok := l.Space.(evolve.Notation); ok {
		c.Best.Arch = n.Format(a)
	}
	return c
}

// nearness is one per cent point, one of perplexity, and of what lives between 0 and 1 the
// hundredth.
func nearness(m evolve.Metric) number.Short {
	if m.Unit() == "%" || m == evolve.Perplexity {
		return 1
	}
	return .01
}

// arch is the genome of an index; a landscape is of a space that has them.
func (l *landscape) arch(i int) evolve.Arch { return l.Space.(evolve.Enumerable).At(i) }

// correlations are of every metric with the last validation and the last test, and of every
// column with these.
func (l *landscape) correlations() []Correlation {
	goods := make([][]float64, len(l.Metrics))
	for k, m := range l.Metrics {
		goods[k] = make([]float64, len(l.Rows))
		for j, i := range l.Rows {
			goods[k][j] = -m.Values[i]
		}
	}
	with := []int{l.Val}
	if l.Test != l.Val {
		with = append(with, l.Test)
	}
	all := []Correlation{}
	for k := range l.Metrics {
		for _, w := range with {
			if k != w && (k != l.Test || w != l.Val || l.Test == l.Val) {
				all = append(all, correlate(l.label(l.Metrics[k]), goods[k], l.label(l.Metrics[w]), goods[w]))
			}
		}
	}
	for _, c := range l.Columns {
		xs := model.Pick(c.Values, l.Rows)
		for _, w := range with {
			all = append(all, correlate(c.Name, xs, l.label(l.Metrics[w]), goods[w]))
		}
	}
	return all
}

// correlate compares where both are known.
func correlate(of string, a []float64, with string, b []float64) Correlation {
	var x, y []float64
	for i := range a {
		if !math.IsNaN(a[i]) && !math.IsNaN(b[i]) {
			x, y = append(x, a[i]), append(y, b[i])
		}
	}
	return Correlation{of, with, len(x), number.Short(stats.KendallTauB(x, y)), number.Short(stats.Spearman(x, y))}
}

func spread(xs []float64) Spread {
	var s Spread
	known := make([]float64, 0, len(xs))
	for _, x := range xs {
		switch {
		case math.IsInf(x, 0):
			s.Infinite++
		case !math.IsNaN(x):
			known = append(known, x)
		}
	}
	s.N = len(known) + s.Infinite
	nan := number.Short(math.NaN())
	s.Mean, s.SD, s.Min, s.Max, s.Quantiles = nan, nan, nan, nan, [5]number.Short{nan, nan, nan, nan, nan}
	if len(known) == 0 {
		return s
	}
	slices.Sort(known)
	mean, sd := stats.MeanSD(known)
	s.Mean, s.SD, s.Min, s.Max = number.Short(mean), number.Short(sd), number.Short(known[0]),
		number.Short(known[len(known)-1])
	for k, p := range [5]float64{.05, .25, .5, .75, .95} {
		s.Quantiles[k] = number.Short(stats.Quantile(known, p))
	}
	return s
}
