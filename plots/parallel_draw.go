package plots

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/amoeba-nas/amoeba/evolve"
)

const (
	parallelHeight = 10 * vg.Centimeter
	parallelWidth  = 15 * vg.Centimeter
	parallelBar    = 5  // half the width of a bar at most
	parallelAir    = 10 // between the frame and its first and last axis
	uprightSize    = 6.4
	uprightLongest = 78
	fewDecisions   = 12 // more leave no room for names between their axes
)

// veil lets lines through below a text.
var veil = color.NRGBA{255, 255, 255, 190}

// ends are the names of the first and of the last decision's options, which stand at the left and, where they are
// others, at the right.
func (p *parallelScene) ends() (first, last []string) {
	if first, last = p.names[0], p.names[len(p.names)-1]; slices.Equal(first, last) {
		last = nil
	}
	return first, last
}

// places are the heights of options with their names.
func places(names []string) (all []tick) {
	for k, name := range names {
		all = append(all, tick{(float64(k) + .5) / float64(len(names)), name})
	}
	return all
}

// upright says whether names of decisions are too wide to lie below their axes.
func (p *parallelScene) upright() bool {
	wide := (parallelWidth - 2*parallelAir) / vg.Length(len(p.decisions)-1)
	return slices.ContainsFunc(p.decisions,
		func(d evolve.Decision) bool { return textWidth(d.Name, tickSize) > wide*.95 })
}

// panel draws the axes, the bars and the lines.
func (p *parallelScene) panel() scenePanel {
	end := float64(len(p.decisions) - 1)
	bottom := 0.0
	if p.undecided {
		bottom = -2 * undecidedLane
	}
	of := scenePanel{bare: true, width: parallelWidth, x: axis{max: end}, y: axis{min: bottom, max: 1},
		xLabel: "decision", right: 22}
	if p.upright() {
		of.xLabel = ""
		for _, d := range p.decisions {
			of.below = max(of.below, min(textWidth(d.Name, uprightSize), uprightLongest)+8)
		}
	}
	first, last := p.ends()
	of.y.places = places(first) // which also take their room at the left
	for _, name := range last {
		of.right = max(of.right, textWidth(name, tickSize)+12)
	}
	if p.undecided {
		of.y.places = append(of.y.places, tick{-undecidedLane, "not decided"})
	}
	if of.y.places == nil {
		of.y.places = []tick{{0, ""}}
	}
	of.draw = func(on pen, f frame) {
		f.Min.X, f.Max.X = f.Min.X+parallelAir, f.Max.X-parallelAir
		for _, t := range f.y.places {
			on.text(t.label, tickSize, inkLight, right, vg.Point{X: f.Min.X - 14, Y: f.at(0, t.value).Y})
		}
		for _, t := range places(last) {
			on.text(t.label, tickSize, inkLight, left, vg.Point{X: f.Max.X + 10, Y: f.at(0, t.value).Y})
		}
		wide := f.Size().X / vg.Length(end)
		half := min(parallelBar, wide/5)
		for j := range p.decisions {
			x := float64(j)
			on.line(stroke{rgb(0xb0b0b0), hairline, nil}, f.at(x, 0), f.at(x, 1))
			for k, share := range p.bars[j] {
				n := float64(len(p.bars[j]))
				high := barPart * share / n / 2
				mid := (float64(k) + .5) / n
				a, b := f.at(x, mid-high), f.at(x, mid+high)
				on.fill(rgb(0xdedede), box(vg.Rectangle{Min: vg.Point{X: a.X - half, Y: a.Y},
					Max: vg.Point{X: b.X + half, Y: b.Y}}))
			}
		}
		for i := len(p.ranked) - 1; i >= 0; i-- { // the best last, on top
			on.stroke(p.colour(i), p.path(f, i))
		}
		p.drawNames(on, f, wide)
	}
	return of
}

// path is the line of an architecture: level where it crosses an axis, so that a reader can follow it from one to the
// next.
func (p *parallelScene) path(f frame, i int) (path vg.Path) {
	for j, y := range p.heights[i] {
		to := f.at(float64(j), y)
		if j == 0 {
			path.Move(to)
			continue
		}
		from := f.at(float64(j-1), p.heights[i][j-1])
		bend := (to.X - from.X) * .45
		path.CubeTo(vg.Point{X: from.X + bend, Y: from.Y}, vg.Point{X: to.X - bend, Y: to.Y}, to)
	}
	return path
}

// drawNames writes the names of decisions below the axes and, where they have room, those of options beside them that
// stand neither at the left nor at the right.
func (p *parallelScene) drawNames(on pen, f frame, wide vg.Length) {
	first, last := p.ends()
	for j, d := range p.decisions {
		x := f.at(float64(j), 0).X
		if p.upright() {
			name := shorten(d.Name, uprightSize, uprightLongest)
			on.textUp(name, uprightSize, inkLight, vg.Point{X: x, Y: f.Min.Y - 4 - textWidth(name, uprightSize)/2})
		} else {
			on.text(d.Name, tickSize, inkLight, center, vg.Point{X: x, Y: f.Min.Y - 9})
		}
		names := places(p.names[j])
		if d.Options == 0 {
			names = []tick{{.03, short(d.Lo)}, {.97, short(d.Hi)}}
		}
		atEnd := d.Options > 0 && (slices.Equal(p.names[j], first) || slices.Equal(p.names[j], last))
		if len(p.decisions) > fewDecisions || widest(names) > wide-12 || atEnd {
			continue
		}
		for _, t := range names {
			at := f.at(float64(j), t.value)
			high := capHeight(tickSize)
			on.fill(veil, box(vg.Rectangle{Min: vg.Point{X: at.X + 6, Y: at.Y - high*.8},
				Max: vg.Point{X: at.X + 9 + textWidth(t.label, tickSize), Y: at.Y + high*.8}}))
			on.text(t.label, tickSize, ink, left, vg.Point{X: at.X + 7.5, Y: at.Y})
		}
	}
}
