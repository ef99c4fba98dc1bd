package surrogate

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// Spread describes values; all but N and Infinite are of those that are finite.
type Spread struct {
	N         int       `json:"n"`                  // values that are known
	Infinite  int       `json:"infinite,omitempty"` // of them
	Mean      Number    `json:"mean"`
	SD        Number    `json:"sd"` // with n-1
	Min       Number    `json:"min"`
	Quantiles [5]Number `json:"quantiles"` // 5, 25, 50, 75, 95 %; type 7 (Hyndman and Fan 1996)
	Max       Number    `json:"max"`
}

// CardMetric is one result of all architectures of which it is known.
type CardMetric struct {
	Metric string   `json:"metric"` // such as "test, 200 epochs"
	Of     string   `json:"of"`     // validation, test, or result where they are one
	Epochs int      `json:"epochs,omitempty"`
	Name   string   `json:"name"` // accuracy, perplexity, …
	Unit   string   `json:"unit,omitempty"`
	Best   CardBest `json:"best"`
	Spread
	Within Number `json:"within"` // of the best, in the unit
	Near   Number `json:"near"`   // share of the architectures that close to the best, it included
}

// CardBest is the best architecture, of equals the first.
type CardBest struct {
	Value  Number `json:"value"`
	Arch   string `json:"arch"` // in the literature's notation
	Genome string `json:"genome"`
	Index  int    `json:"index"` // of the space
	Equals int    `json:"equals"`
}

// CardCorrelation compares the order of two columns. A metric counts as high where it is good.
type CardCorrelation struct {
	Of       string `json:"of"`
	With     string `json:"with"`
	N        int    `json:"n"`
	Tau      Number `json:"tau_b"` // Kendall
	Spearman Number `json:"spearman"`
}

// CardColumn is a further column.
type CardColumn struct {
	Name string `json:"name"`
	Unit string `json:"unit,omitempty"`
	Spread
}

// CardSeconds is the cost of a query at a schedule.
type CardSeconds struct {
	Epochs int    `json:"epochs,omitempty"`
	Median Number `json:"median"`
	Total  Number `json:"total"`
}

// card computes everything.
func (l *landscape) card() (CardSet, error) {
	s := CardSet{Title: l.about.Title, Source: l.about.Source, Architectures: len(l.each), Genomes: l.space.Size(), Noise: []CardNoise{}, Correlations: []CardCorrelation{}}
	for _, m := range l.metrics {
		s.Metrics = append(s.Metrics, l.measure(m))
	}
	for _, c := range l.columns {
		s.Columns = append(s.Columns, CardColumn{c.name, c.unit, spread(model.Pick(c.xs, l.each))})
	}
	for _, c := range l.seconds {
		xs := model.Pick(c.xs, l.each)
		sum := 0.
		for _, x := range xs {
			sum += x
		}
		s.Seconds = append(s.Seconds, CardSeconds{l.epochs(c.epochs), spread(xs).Quantiles[2], Number(sum)})
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

// epochs are those that the source numbers.
func (l *landscape) epochs(n int) int {
	if !l.numbered {
		return 0
	}
	return n
}

func (l *landscape) label(m cardSeries) string {
	if !l.numbered {
		return m.of + m.name
	}
	if m.epochs == 1 {
		return m.of + ", 1 epoch" + m.name
	}
	return fmt.Sprintf("%s, %d epochs%s", m.of, m.epochs, m.name)
}

func (l *landscape) measure(m cardSeries) CardMetric {
	kind := l.about.Metric
	c := CardMetric{Metric: l.label(m), Of: m.of, Epochs: l.epochs(m.epochs), Name: kind.Name(), Unit: kind.Unit(), Within: cardWithin(kind)}
	best, values := -1, make([]float64, 0, len(l.each))
	for _, i := range l.each {
		if math.IsNaN(m.xs[i]) {
			continue
		}
		values = append(values, kind.Value(m.xs[i]))
		if best < 0 || m.xs[i] < m.xs[best] {
			best, c.Best.Equals = i, 0
		}
		if m.xs[i] == m.xs[best] {
			c.Best.Equals++
		}
	}
	c.Spread = spread(values)
	if best < 0 {
		c.Best.Value, c.Near = Number(math.NaN()), Number(math.NaN())
		return c
	}
	top, near := kind.Value(m.xs[best]), 0
	for _, v := range values {
		// Values are sums and differences of decimal fractions: a border is met to 10⁻⁹.
		if kind.Regret(v, top) <= float64(c.Within)+1e-9 {
			near++
		}
	}
	c.Near = Number(float64(near) / float64(len(values)))
	a := l.arch(best)
	c.Best.Value, c.Best.Genome, c.Best.Index, c.Best.Arch = Number(top), string(a), best, string(a)
	if n, ok := l.space.(evolve.Notation); ok {
		c.Best.Arch = n.Format(a)
	}
	return c
}

// cardWithin is one per cent point, one of perplexity, and of what lives between 0 and 1 the
// hundredth.
func cardWithin(m evolve.Metric) Number {
	if m.Unit() == "%" || m == evolve.Perplexity {
		return 1
	}
	return .01
}

// arch is the genome of an index; a landscape is of a space that has them.
func (l *landscape) arch(i int) evolve.Arch { return l.space.(evolve.Enumerable).At(i) }

// correlations are of every metric with the last validation and the last test, and of every
// column with these.
func (l *landscape) correlations() []CardCorrelation {
	goods := make([][]float64, len(l.metrics))
	for k, m := range l.metrics {
		goods[k] = make([]float64, len(l.each))
		for j, i := range l.each {
			goods[k][j] = -m.xs[i]
		}
	}
	with := []int{l.val}
	if l.test != l.val {
		with = append(with, l.test)
	}
	all := []CardCorrelation{}
	for k := range l.metrics {
		for _, w := range with {
			if k != w && (k != l.test || w != l.val || l.test == l.val) {
				all = append(all, correlate(l.label(l.metrics[k]), goods[k], l.label(l.metrics[w]), goods[w]))
			}
		}
	}
	for _, c := range l.columns {
		xs := model.Pick(c.xs, l.each)
		for _, w := range with {
			all = append(all, correlate(c.name, xs, l.label(l.metrics[w]), goods[w]))
		}
	}
	return all
}

// correlate compares where both are known.
func correlate(of string, a []float64, with string, b []float64) CardCorrelation {
	var x, y []float64
	for i := range a {
		if !math.IsNaN(a[i]) && !math.IsNaN(b[i]) {
			x, y = append(x, a[i]), append(y, b[i])
		}
	}
	return CardCorrelation{of, with, len(x), Number(stats.KendallTauB(x, y)), Number(stats.Spearman(x, y))}
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
	nan := Number(math.NaN())
	s.Mean, s.SD, s.Min, s.Max, s.Quantiles = nan, nan, nan, nan, [5]Number{nan, nan, nan, nan, nan}
	if len(known) == 0 {
		return s
	}
	slices.Sort(known)
	mean, sd := stats.MeanSD(known)
	s.Mean, s.SD, s.Min, s.Max = Number(mean), Number(sd), Number(known[0]), Number(known[len(known)-1])
	for k, p := range [5]float64{.05, .25, .5, .75, .95} {
		s.Quantiles[k] = Number(stats.Quantile(known, p))
	}
	return s
}
