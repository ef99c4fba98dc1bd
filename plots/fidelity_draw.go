package plots

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// course is the axis of epochs.
func (l *ladder) course() axis {
	x := axis{min: float64(l.epochs[0]), max: float64(l.epochs[len(l.epochs)-1])}
	if x.log = x.max > 10*x.min; !x.log {
		x.whole = true
	}
	return x
}

// ladderLooks are those of the three curves.
func ladderLooks() []look { return Panel{Series: make([]Series, 3)}.looks() }

// keys name the three curves, and the shades of the learning curves.
func (l *ladder) keys() (all []sceneKey) {
	for i, name := range []string{"tau-b of all", "tau-b of the best tenth", "share of the best tenth kept"} {
		k := ladderLooks()[i]
		all = append(all, sceneKey{name, func(p pen, at vg.Point) {
			p.sampleLine(stroke{k.line, lineWidth, nil}, at)
			p.mark(k.mark, k.line, at)
		}})
	}
	for i, name := range []string{"curve of the best", "of the worst"} {
		all = append(all, sceneKey{name, func(p pen, at vg.Point) {
			p.sampleLine(stroke{rampAt(float64(i)), lineWidth, nil}, at)
		}})
	}
	return all
}

// correlations is the panel of the three curves.
func (l *ladder) correlations() scenePanel {
	curves := [][]float64{l.all, l.best, l.kept}
	low := 0.0
	for _, ys := range curves {
		for _, y := range ys {
			if !math.IsNaN(y) {
				low = min(low, y)
			}
		}
	}
	air := float64(.03 * (1 - low))
	p := scenePanel{title: "With the full schedule", xLabel: "epochs", yLabel: "tau-b, or share", width: framesWidth,
		x: l.course(), y: axis{min: low - air, max: 1 + air}}
	p.draw = func(p pen, f frame) {
		if low < 0 {
			p.line(stroke{inkLight, referenceWidth, nil}, f.at(f.x.min, 0), f.at(f.x.max, 0))
		}
		for i, k := range ladderLooks() {
			var line []vg.Point
			for e, y := range curves[i] {
				if !math.IsNaN(y) {
					line = append(line, f.at(float64(l.epochs[e]), y))
				}
			}
			p.line(stroke{k.line, lineWidth, nil}, line...)
			for _, at := range line {
				p.sizedMark(k.mark, k.line, at, .8)
			}
		}
	}
	return p
}

// matrix is the panel of schedules with each other.
func (l *ladder) matrix() scenePanel {
	n := len(l.rungs)
	var names []tick
	for i, k := range l.rungs {
		names = append(names, tick{float64(i) + .5, number.Grouped(l.epochs[k])})
	}
	p := scenePanel{title: "With each other (tau-b)", xLabel: "epochs", yLabel: "epochs", width: framesWidth,
		x: axis{max: float64(n), places: names}, y: axis{max: float64(n), places: names}}
	p.draw = func(p pen, f frame) {
		for i, row := range l.taus {
			for k, tau := range row {
				ground, text := shade(tau)
				cell := vg.Rectangle{Min: f.at(float64(i), float64(k)), Max: f.at(float64(i+1), float64(k+1))}
				p.fill(ground, box(cell))
				p.stroke(stroke{white, hairline, nil}, box(cell))
				p.text(minus(number.Fixed(tau, 2)), tickSize, text, center,
					vg.Point{X: (cell.Min.X + cell.Max.X) / 2, Y: (cell.Min.Y + cell.Max.Y) / 2})
			}
		}
	}
	return p
}

// learning is the panel of the curves of some architectures, whose ranks after the full schedule are even.
func (l *ladder) learning(n int) scenePanel {
	ranks := order(l.full)
	n = min(n, len(ranks))
	for k := range n {
		l.shown = append(l.shown, ranks[k*(len(ranks)-1)/(n-1)])
	}
	var ends []float64
	low, high := math.Inf(1), math.Inf(-1)
	for _, i := range l.shown {
		for k := range l.epochs {
			y := l.metric.Value(l.losses[k][i])
			low, high = min(low, y), max(high, y)
			ends = append(ends, y)
		}
	}
	if l.metric.Falls() { // an untrained network may be worse by any number
		slices.Sort(ends)
		high = stats.Quantile(ends, .95)
	}
	air := max((high-low)/25, 1e-9)
	label := words.InUnit("validation "+l.metric.Name(), l.metric.Unit())
	p := scenePanel{title: "Learning curves", xLabel: "epochs", yLabel: label, width: framesWidth, x: l.course(),
		y: axis{min: low - air, max: high + air}}
	p.draw = func(p pen, f frame) {
		for c := len(l.shown) - 1; c >= 0; c-- {
			var line []vg.Point
			for k, e := range l.epochs {
				y := min(max(l.metric.Value(l.losses[k][l.shown[c]]), f.y.min), f.y.max)
				line = append(line, f.at(float64(e), y))
			}
			colour := rampAt(float64(c) / float64(len(l.shown)-1))
			p.line(stroke{white, lineWidth + 1, nil}, line...)
			p.line(stroke{colour, lineWidth, nil}, line...)
			for _, at := range line {
				p.fill(colour, circle(at, 1.5))
			}
		}
	}
	return p
}
