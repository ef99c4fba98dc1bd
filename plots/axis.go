package plots

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot/vg"
)

// An axis maps min..max to 0..1.
type axis struct {
	min, max float64
	log      bool
	whole    bool    // has ticks at whole numbers alone
	zero     float64 // where a log axis shows a true 0: its least positive value, or 0 for none
	places   []tick  // its ticks where they are not those of numbers, such as names
}

// at is the place of a value, in 0..1 for those in the limits. On a log axis what is not
// positive lies at the floor.
func (a axis) at(v float64) float64 {
	if !a.log {
		return (v - a.min) / (a.max - a.min)
	}
	if v <= a.min {
		return 0
	}
	return math.Log(v/a.min) / math.Log(a.max/a.min)
}

// ticks returns labels at least every apart on an axis of a length.
func (a axis) ticks(length, every vg.Length) []tick {
	if a.places != nil {
		return a.places
	}
	want := int(length / every)
	if lo, hi := math.Ceil(a.min), math.Floor(a.max); a.whole && hi-lo < float64(want) {
		var ticks []tick
		for v := lo; v <= hi; v++ {
			ticks = append(ticks, tick{v, strconv.FormatFloat(v, 'f', 0, 64)})
		}
		return ticks
	}
	if !a.log {
		return linearTicks(a.min, a.max, want)
	}
	lo := a.min
	if a.zero > 0 {
		lo = a.zero // below is the leap to 0, where numbers mean nothing
	}
	ticks := logTicks(lo, a.max, want)
	if a.zero > 0 {
		ticks = append(ticks, tick{a.min, "0"})
	}
	return ticks
}

// A frame is the data area of a panel with its axes.
type frame struct {
	vg.Rectangle
	x, y axis
}

// at is the place of a point on the page.
func (f frame) at(x, y float64) vg.Point {
	size := f.Size()
	return vg.Point{
		X: f.Min.X + size.X*vg.Length(f.x.at(x)),
		Y: f.Min.Y + size.Y*vg.Length(f.y.at(y)),
	}
}

// Least distances of labels along the axes, in points.
const (
	tickEveryX vg.Length = 28
	tickEveryY vg.Length = 18
	tickLength vg.Length = 3
)

func (f frame) ticksX() []tick { return f.x.ticks(f.Size().X, tickEveryX) }
func (f frame) ticksY() []tick { return f.y.ticks(f.Size().Y, tickEveryY) }

// drawGrid draws what lies behind the data.
func (f frame) drawGrid(p pen) {
	s := stroke{color: gridColor, width: hairline}
	for _, t := range f.ticksX() {
		if at := f.at(t.value, 0); t.label != "" {
			p.line(s, vg.Point{X: at.X, Y: f.Min.Y}, vg.Point{X: at.X, Y: f.Max.Y})
		}
	}
	for _, t := range f.ticksY() {
		if at := f.at(0, t.value); t.label != "" {
			p.line(s, vg.Point{X: f.Min.X, Y: at.Y}, vg.Point{X: f.Max.X, Y: at.Y})
		}
	}
}

// drawAxes draws the left and the bottom axis with ticks and numbers.
func (f frame) drawAxes(p pen) {
	s := stroke{color: inkLight, width: 0.7}
	p.line(s, vg.Point{X: f.Min.X, Y: f.Max.Y}, f.Min, vg.Point{X: f.Max.X, Y: f.Min.Y})
	for _, t := range f.ticksX() {
		at := vg.Point{X: f.at(t.value, 0).X, Y: f.Min.Y}
		p.line(s, at, vg.Point{X: at.X, Y: at.Y - t.length()})
		p.text(t.label, tickSize, inkLight, center, vg.Point{X: at.X, Y: at.Y - 9})
	}
	for _, t := range f.ticksY() {
		at := vg.Point{X: f.Min.X, Y: f.at(0, t.value).Y}
		p.line(s, at, vg.Point{X: at.X - t.length(), Y: at.Y})
		p.text(t.label, tickSize, inkLight, right, vg.Point{X: at.X - 5, Y: at.Y})
	}
	if f.y.zero > 0 {
		f.drawBreak(p, (f.Min.Y+f.at(0, f.y.zero).Y)/2)
	}
}

// drawBreak cuts the left axis with two strokes: below them it leaps to 0.
func (f frame) drawBreak(p pen, y vg.Length) {
	const half, rise, gap = 4, 1.5, 1.5
	lower := vg.Point{X: f.Min.X, Y: y - gap}
	upper := vg.Point{X: f.Min.X, Y: y + gap}
	p.line(stroke{color: color.White, width: 2}, lower, upper)
	for _, at := range []vg.Point{lower, upper} {
		p.line(stroke{color: inkLight, width: 0.7},
			vg.Point{X: at.X - half, Y: at.Y - rise}, vg.Point{X: at.X + half, Y: at.Y + rise})
	}
}

func (t tick) length() vg.Length {
	if t.label == "" {
		return tickLength / 2
	}
	return tickLength
}

// widest is the width of the longest label.
func widest(ticks []tick) vg.Length {
	w := vg.Length(0)
	for _, t := range ticks {
		w = max(w, textWidth(t.label, tickSize))
	}
	return w
}
