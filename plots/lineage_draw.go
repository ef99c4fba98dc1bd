package plots

import (
	"image/color"

	"gonum.org/v1/plot/vg"

	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// The hues of a lineage: others step back, the family is seen, the line of the best carries the figure.
var (
	otherHue    = rgb(0xcfcfcf)
	familyHue   = rgb(0x5b9bcb)
	ancestorHue = palette[0].line
	winnerHue   = palette[1].line
)

// mostBirths is how many trials besides the ancestors are drawn: more are a solid area, and a file too large to send.
const mostBirths = 2500

// panel draws a descent.
func (d *descent) panel(s *trace.Set, x string) scenePanel {
	m := s.About.Metric
	last := d.births[len(d.births)-1].x
	p := scenePanel{xLabel: "trial", yLabel: words.InUnit(m.Name()+" as the searcher saw it", m.Unit()),
		x: axis{min: 0, max: last * 1.02}, y: d.limits(m.Falls())}
	if x == "seconds" {
		p.xLabel = words.InUnit("begun", trace.Clock(s.About, s.Spec.Workers))
	}
	if last == 0 {
		p.x.max = 1
	}
	every := (len(d.births) + mostBirths - 1) / mostBirths
	drawn := func(i int) bool { return d.births[i].ancestor || i%every == 0 }
	p.draw = func(p pen, f frame) {
		at := func(i int) vg.Point {
			b := d.births[i]
			return f.at(b.x, min(max(b.y, f.y.min), f.y.max))
		}
		for _, family := range []bool{false, true} {
			line := stroke{tint(otherHue, .45), .3, nil}
			if family {
				line.color = tint(familyHue, .6)
			}
			for i := range d.births {
				if d.births[i].family != family || !drawn(i) {
					continue
				}
				for _, k := range d.parents(i) {
					p.line(line, at(k), at(i))
				}
			}
		}
		for _, family := range []bool{false, true} {
			hue := otherHue
			if family {
				hue = familyHue
			}
			for i, b := range d.births {
				if b.family == family && !b.ancestor && drawn(i) {
					p.fill(hue, circle(at(i), 1.1))
				}
			}
		}
		d.drawAncestors(p, at)
	}
	return p
}

// drawAncestors draws the line of the best.
func (d *descent) drawAncestors(p pen, at func(int) vg.Point) {
	for i, b := range d.births {
		if b.ancestor {
			for _, k := range d.parents(i) {
				p.line(stroke{white, lineWidth + 1.2, nil}, at(k), at(i))
			}
		}
	}
	for i, b := range d.births {
		if b.ancestor {
			for _, k := range d.parents(i) {
				p.line(stroke{ancestorHue, lineWidth, nil}, at(k), at(i))
			}
		}
	}
	for i, b := range d.births {
		if b.ancestor && i != d.winner {
			p.mark(0, ancestorHue, at(i))
		}
	}
	p.sizedMark(3, winnerHue, at(d.winner), 1.6)
}

// lineageKeys name what the marks are.
func lineageKeys() []sceneKey {
	dot := func(c color.NRGBA) func(p pen, at vg.Point) {
		return func(p pen, at vg.Point) { p.fill(c, circle(at, 1.4)) }
	}
	return []sceneKey{
		{"best", func(p pen, at vg.Point) { p.sizedMark(3, winnerHue, at, 1.6) }},
		{"its ancestors", func(p pen, at vg.Point) {
			p.sampleLine(stroke{ancestorHue, lineWidth, nil}, at)
			p.mark(0, ancestorHue, at)
		}},
		{"its family", dot(familyHue)},
		{"other trials", dot(otherHue)},
	}
}
