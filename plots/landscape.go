package plots

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/landscape"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

func init() {
	Figures.Register(evolve.Entry[Figure]{
		Name: "landscape",
		Doc: "how the results of a benchmark lie in its space: autocorrelation of a random walk, distance to the " +
			"best, local optima with their basins",
		Paper: "Weinberger, Biological Cybernetics 63, 1990; Jones and Forrest, ICGA 1995; Ochoa, Tomassini, " +
			"Vérel and Darabos, GECCO 2008",
		Params: []evolve.Param{
			evolve.Choice("metric", "the result of the full schedule without noise", "val", "test"),
			evolve.Int("steps", 100_000, 100, 1_000_000, "mutations of the random walk"),
			evolve.Int("starts", 100, 1, 100_000,
				"steepest descents that look for local optima in a space of more than 50000 architectures"),
		},
		New: func(o evolve.Options) (Figure, error) {
			return landscapes{o.Text("metric") == "test", o.Int("steps"), o.Int("starts")}, nil
		},
	})
}

// landscapes is a figure of a benchmark's landscape.
type landscapes struct {
	test          bool
	steps, starts int
}

// landscapeSeed is that of datasheets.
const landscapeSeed = 1

func (landscapes) Needs() Needs { return Needs{Benchmark: true} }

func (f landscapes) Draw(_ []*trace.Set, o Options) (Drawing, error) {
	surface, err := landscape.Of(o.Benchmark, f.test)
	if err != nil {
		return nil, fmt.Errorf("figure landscape: %w", err)
	}
	survey, err := surface.Survey(f.steps, f.starts, landscapeSeed)
	if err != nil {
		return nil, fmt.Errorf("figure landscape: %w", err)
	}
	if len(survey.Points) == 0 {
		return nil, fmt.Errorf("figure landscape: %s knows no result: %w", o.BenchmarkSpec, evolve.ErrInvalid)
	}
	about := o.Benchmark.About()
	l := &landscapeScene{Survey: survey, metric: about.Metric, value: resultName(about, f.test)}
	l.table.Header = []string{"panel", "series", "arch", "x", "y", "low", "high"}
	var panels []scenePanel
	for _, panel := range []func() (scenePanel, bool){l.walk, l.distance, l.optima} {
		if p, ok := panel(); ok {
			panels = append(panels, p)
		}
	}
	if len(panels) == 0 {
		return nil, fmt.Errorf("figure landscape: the space of %s has no mutations, no encoding of decisions and no "+
			"neighbours: %w", o.BenchmarkSpec, evolve.ErrUnsupported)
	}
	return &scene{title: cmp.Or(o.Title, headingOf(about, "the landscape of its "+resultName(about, f.test))),
		note: l.note() + " " + ofBenchmark(o), panels: panels, table: l.table}, nil
}

// headingOf is the title of a benchmark's figure.
func headingOf(about evolve.About, shows string) string {
	return heading([]*trace.Set{{About: about}}, shows)
}

// ofBenchmark says in a caption where a benchmark's numbers are from.
func ofBenchmark(o Options) string {
	return fmt.Sprintf("Benchmark %s: %s.", o.BenchmarkSpec, o.Benchmark.About().Source)
}

// resultName is a result in words, such as validation accuracy.
func resultName(about evolve.About, test bool) string {
	if test {
		return "test " + about.Metric.Name()
	}
	return "validation " + about.Metric.Name()
}

// landscapeScene draws a survey.
type landscapeScene struct {
	*landscape.Survey
	metric evolve.Metric
	value  string // in words
	table  Table
}

// note says what the panels are of.
func (l *landscapeScene) note() string {
	text := ""
	if l.Autocorrelation != nil {
		text = fmt.Sprintf("Walk of %s mutations (%s) from a random architecture", number.Grouped(l.Steps), l.Mutation)
		if !math.IsNaN(l.Length) {
			text += "; dashed: an exponential of the correlation length"
		}
		text += "."
	}
	if number.Known(l.Correlation) {
		best, of := "the best architecture", "all "+number.Grouped(len(l.Points))
		if n := len(l.Best); n > 1 {
			best = fmt.Sprintf("the nearest of the %s best architectures", number.Grouped(n))
		}
		if !l.Exact {
			best += " met, as the best of all is not known"
		}
		if !l.All {
			of = number.Grouped(len(l.Points)) + " architectures drawn at random"
		}
		text += fmt.Sprintf(" Distance: decisions to change to %s; r is Pearson's of %s, of which the figure shows at "+
			"most %d at each distance; bars are their medians with quartiles.", best, of, pointsShown)
	}
	if l.Optima != nil {
		ends := "from each of the " + number.Grouped(l.Starts) + " architectures"
		if !l.Whole {
			ends = fmt.Sprintf("from %s architectures drawn at random, so that smaller basins are missing",
				number.Grouped(l.Starts))
		}
		text += fmt.Sprintf(" Local optima: where steepest descents end %s.", ends)
	}
	return text
}

// walk is the panel of the autocorrelation.
func (l *landscapeScene) walk() (scenePanel, bool) {
	if l.Autocorrelation == nil || math.IsNaN(l.Autocorrelation[0]) {
		return scenePanel{}, false
	}
	low := min(slices.Min(l.Autocorrelation), 0)
	last := float64(len(l.Autocorrelation) - 1)
	p := scenePanel{title: "Random walk", xLabel: "lag (mutations)", yLabel: "autocorrelation", width: framesWidth,
		x: axis{min: 0, max: last, whole: true}, y: axis{min: low - (1-low)/30, max: 1 + (1-low)/30}}
	for k, r := range l.Autocorrelation {
		l.table.Add("walk", "autocorrelation", "", k, r, math.NaN(), math.NaN())
	}
	if !math.IsNaN(l.Length) {
		p.title = fmt.Sprintf("Random walk: correlation length %s", threeDigits(l.Length))
		l.table.Add("walk", "correlation length", "", l.Length, 1/math.E, math.NaN(), math.NaN())
	}
	p.draw = func(p pen, f frame) {
		p.line(stroke{inkLight, referenceWidth, nil}, f.at(0, 0), f.at(last, 0))
		if !math.IsNaN(l.Length) {
			var decay []vg.Point
			for i := range 101 {
				x := last * float64(i) / 100
				decay = append(decay, f.at(x, math.Exp(-x/l.Length)))
			}
			p.line(stroke{inkLight, referenceWidth, referenceDashes[1]}, decay...)
			if l.Length <= last {
				at := f.at(l.Length, 1/math.E)
				p.line(stroke{inkLight, referenceWidth, referenceDashes[0]}, vg.Point{X: at.X, Y: f.at(0, 0).Y}, at)
			}
		}
		var line []vg.Point
		for k, r := range l.Autocorrelation {
			line = append(line, f.at(float64(k), r))
		}
		p.line(stroke{palette[0].line, lineWidth, nil}, line...)
		if len(line) <= 40 { // more marks than that are a thick line
			for _, at := range line {
				p.mark(0, palette[0].line, at)
			}
		}
	}
	return p, true
}

// pointsShown are enough to see a distribution, and few enough for a file that is sent by mail.
const pointsShown = 80

// distance is the panel of results over distances to the best.
func (l *landscapeScene) distance() (scenePanel, bool) {
	if !number.Known(l.Correlation) {
		return scenePanel{}, false
	}
	at := map[float64][]landscape.Point{}
	far := 0.0
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range l.Points {
		at[p.Distance] = append(at[p.Distance], p)
		far = max(far, p.Distance)
		v := l.metric.Value(p.Loss)
		low, high = min(low, v), max(high, v)
	}
	r := l.Correlation
	if !l.metric.Falls() {
		r = 0 - r
	}
	l.table.Add("distance", "correlation", "", math.NaN(), r, math.NaN(), math.NaN())
	dots, bars := l.spread(at)
	air := max((high-low)/25, 1e-9*math.Abs(high))
	p := scenePanel{title: "Distance to the best: r = " + minus(number.Fixed(r, 2)), xLabel: "decisions to change",
		yLabel: words.InUnit(l.value, l.metric.Unit()), width: framesWidth,
		x: axis{min: -.6, max: far + .6, whole: true}, y: axis{min: low - air, max: high + air}}
	p.draw = func(p pen, f frame) {
		pale := palette[0].line
		pale.A = 110
		for _, dot := range dots {
			p.fill(pale, circle(f.at(float64(dot.X), float64(dot.Y)), 0.9))
		}
		var line []vg.Point
		for _, b := range bars {
			line = append(line, f.at(b.x, b.median))
			p.line(stroke{white, 2.4, nil}, f.at(b.x, b.q1), f.at(b.x, b.q3))
			p.line(stroke{ink, 1.2, nil}, f.at(b.x, b.q1), f.at(b.x, b.q3))
		}
		p.line(stroke{ink, referenceWidth, nil}, line...)
		size := vg.Length(min(1, 12/float64(len(line)))) // of many they are smaller, to lie side by side
		for _, at := range line {
			p.sizedMark(1, ink, at, size)
		}
	}
	return p, true
}

// distanceBar is the median of the results at a distance, with quartiles.
type distanceBar struct{ x, q1, median, q3 float64 }

// spread chooses the points that are shown at each distance, in numbers of the axes, and sums up all of them.
func (l *landscapeScene) spread(at map[float64][]landscape.Point) (dots []vg.Point, bars []distanceBar) {
	draws := evolve.Stream(landscapeSeed, "landscape points")
	for _, d := range slices.Sorted(maps.Keys(at)) {
		var values []float64
		for _, p := range at[d] {
			values = append(values, l.metric.Value(p.Loss))
		}
		slices.Sort(values)
		b := distanceBar{d, stats.Quantile(values, .25), stats.Quantile(values, .5), stats.Quantile(values, .75)}
		bars = append(bars, b)
		l.table.Add("distance", "median and quartiles", "", d, b.median, b.q1, b.q3)
		for _, i := range draws.Perm(len(at[d]))[:min(len(at[d]), pointsShown)] {
			p := at[d][i]
			l.table.Add("distance", "architecture", string(p.Arch), d, l.metric.Value(p.Loss), math.NaN(), math.NaN())
			// A point is moved aside by up to a third of the way to the next distance, so that equal ones are seen.
			dots = append(dots,
				vg.Point{X: vg.Length(d + (draws.Float64()-.5)*2/3), Y: vg.Length(l.metric.Value(p.Loss))})
		}
	}
	return dots, bars
}

// optima is the panel of local optima.
func (l *landscapeScene) optima() (scenePanel, bool) {
	if len(l.Optima) == 0 {
		return scenePanel{}, false
	}
	best, ends := l.BestLoss, 0
	for _, o := range l.Optima {
		ends += o.Basin
	}
	low, high, least, most, win := math.Inf(1), math.Inf(-1), math.Inf(1), 0.0, 0.0
	type mark struct {
		x, y float64
		best bool
	}
	var marks []mark
	for _, o := range l.Optima {
		m := mark{100 * float64(o.Basin) / float64(ends), l.metric.Value(o.Loss), o.Loss == best}
		low, high, least, most = min(low, m.y), max(high, m.y), min(least, m.x), max(most, m.x)
		name := "local optimum"
		if m.best {
			name, win = "best", win+m.x
		}
		l.table.Add("optima", name, string(o.Arch), m.x, m.y, math.NaN(), math.NaN())
		marks = append(marks, m)
	}
	// The best stands before the others.
	slices.SortStableFunc(marks, func(a, b mark) int { return cmp.Compare(a.y, b.y) })
	if l.metric.Falls() {
		slices.Reverse(marks)
	}
	opt := fmt.Sprintf("%s local optima: %s %% end in the best", number.Grouped(len(marks)), threeDigits(win))
	if win == 0 {
		opt = fmt.Sprintf("%s local optima: none end in the best", number.Grouped(len(marks)))
	}
	if len(marks) == 1 {
		opt = "One local optimum"
	}
	air := (high - low) / 15
	if air == 0 { // one height alone has no scale of its own
		air = max(.01*math.Abs(high), 1e-9)
	}
	if least /= 1.5; most > 50 {
		least = min(least, 5) // two decades tell that this is nearly all
	}
	p := scenePanel{title: opt, xLabel: "basin (% of the descents)", width: framesWidth,
		yLabel: words.InUnit(l.value, l.metric.Unit()), x: axis{min: least, max: min(most*1.5, 130), log: true},
		y: axis{min: low - air, max: high + air}}
	p.draw = func(p pen, f frame) {
		for _, m := range marks {
			if m.best {
				p.sizedMark(3, palette[1].line, f.at(m.x, m.y), 1.7)
			} else {
				p.sizedMark(0, palette[0].line, f.at(m.x, m.y), .9)
			}
		}
	}
	return p, true
}
