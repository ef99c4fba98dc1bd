package plots

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// overEpochs says whether a variant has several epochs.
func (o Orderings) overEpochs() bool {
	for _, c := range o.Curves {
		if len(c.Epochs) > 1 {
			return true
		}
	}
	return false
}

// looks are those of the curves: controls grey.
func (o Orderings) looks() []look {
	all := make([]Series, len(o.Curves))
	for i, c := range o.Curves {
		all[i].Baseline = c.Control
		if !c.Control { // of more variants than hues the looks begin again
			all[i].Hue = 1 + i%MaxSeries
		}
	}
	return Panel{Series: all}.looks()
}

// span is an axis of tau-b that holds 0, all points with their intervals and the references.
func (o Orderings) span() axis {
	low, high := 0.0, 0.0
	add := func(xs ...float64) {
		for _, x := range xs {
			if finite(x) {
				low, high = min(low, x), max(high, x)
			}
		}
	}
	for _, c := range o.Curves {
		add(c.Mid...)
		add(c.Low...)
		add(c.High...)
	}
	for _, l := range o.References {
		add(l.TauB)
	}
	if low == high { // nothing is known
		high = 1
	}
	air := (high - low) * .05
	return axis{min: low - air, max: high + air}
}

// curveKeys name the curves.
func (o Orderings) curveKeys() (all []sceneKey) {
	for i, k := range o.looks() {
		all = append(all, sceneKey{o.Curves[i].Name, func(p pen, at vg.Point) {
			p.sampleLine(stroke{k.line, lineWidth, k.dash}, at)
			if k.mark >= 0 {
				p.mark(k.mark, k.line, at)
			}
		}})
	}
	return all
}

// course is the panel of tau-b over epochs.
func (o Orderings) course() scenePanel {
	x := axis{min: math.Inf(1), whole: true}
	for _, c := range o.Curves {
		for _, e := range c.Epochs {
			x.min, x.max = min(x.min, float64(e)), max(x.max, float64(e))
		}
	}
	air := (x.max - x.min) * .03
	x.min, x.max = x.min-air, x.max+air
	p := scenePanel{title: "Agreement with the truth", xLabel: "epochs of the supernet", yLabel: "tau-b",
		width: framesWidth, x: x, y: o.span()}
	p.draw = func(p pen, f frame) {
		o.zero(p, f.at(f.x.min, 0), f.at(f.x.max, 0))
		for i, l := range o.References {
			if finite(l.TauB) {
				p.line(o.reference(i), f.at(f.x.min, l.TauB), f.at(f.x.max, l.TauB))
			}
		}
		for i, k := range o.looks() {
			c := &o.Curves[i]
			var line, lower, upper []vg.Point
			for n, e := range c.Epochs {
				x := float64(e)
				line = append(line, f.at(x, c.Mid[n]))
				if finite(c.Low[n]) && finite(c.High[n]) {
					lower, upper = append(lower, f.at(x, c.Low[n])), append(upper, f.at(x, c.High[n]))
				}
			}
			slices.Reverse(upper)
			if len(lower) > 1 {
				p.fill(withAlpha(k.line, bandAlpha), polygon(append(lower, upper...)))
			} else if len(lower) == 1 {
				p.line(stroke{k.line, 1, nil}, lower[0], upper[0])
			}
			p.line(stroke{k.line, lineWidth, k.dash}, line...)
			for _, at := range line {
				p.point(k, at, .8)
			}
		}
	}
	return p
}

// whiskers is the panel of tau-b with its interval, a row a variant, the first at the top.
func (o Orderings) whiskers() scenePanel {
	n := len(o.Curves)
	var names []tick
	for i, c := range o.Curves {
		names = append(names, tick{float64(n - 1 - i), shorten(c.Name, tickSize, framesWidth*2/3)})
	}
	p := scenePanel{title: "Agreement with the truth", xLabel: "tau-b", width: framesWidth, x: o.span(),
		y: axis{min: -.6, max: float64(n) - .4, places: names}}
	p.draw = func(p pen, f frame) {
		o.zero(p, f.at(0, f.y.min), f.at(0, f.y.max))
		for i, l := range o.References {
			if finite(l.TauB) {
				p.line(o.reference(i), f.at(l.TauB, f.y.min), f.at(l.TauB, f.y.max))
			}
		}
		for i, k := range o.looks() {
			c, y := &o.Curves[i], float64(n-1-i)
			if finite(c.Low[0]) && finite(c.High[0]) {
				p.line(stroke{k.line, 1.2, nil}, f.at(c.Low[0], y), f.at(c.High[0], y))
			}
			if finite(c.Mid[0]) {
				p.point(k, f.at(c.Mid[0], y), 1.1)
			}
		}
	}
	return p
}

func (o Orderings) zero(p pen, from, to vg.Point) {
	p.line(stroke{inkLight, referenceWidth, nil}, from, to)
}

func (o Orderings) reference(i int) stroke {
	return stroke{referenceHue.line, referenceWidth, referenceDashes[i%len(referenceDashes)]}
}
