package plots

import (
	"cmp"
	"image/color"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
)

var (
	deadColor = rgb(0xbbbbbb)
	deadText  = rgb(0x858585)
	deadDash  = []vg.Length{3, 2.5}
	plainHue  = hue{rgb(0x555555), rgb(0x333333)}
)

const (
	nodeHeight  vg.Length = 20
	portStep    vg.Length = 6 // between arrows at a node
	arrowLength vg.Length = 5.5
	columnGap   vg.Length = 22
	labelStep   vg.Length = 10.5 // between the lines of a node's label
)

// kindColors are the colours of kinds that must look alike in all pictures.
var kindColors = map[string]hue{
	"": plainHue, "input": plainHue, "output": plainHue, "sum": plainHue, "skip": plainHue,
	"conv": palette[0], "pool": palette[2],
	"small": palette[6], "large": palette[1], "dilated": palette[6], // other convolutions
	"dense": palette[3], "linear": palette[0], "activation": palette[2], "elementwise": palette[4], "blend": palette[3],
	"reduction": palette[4], // of the resolution
}

// nodeSize leaves room for the label and, in height, for the arrows.
func nodeSize(g Graph, i int, n Node) (width, height vg.Length) {
	in, out := 0, 0
	for _, e := range g.Edges {
		if e.To == i {
			in++
		}
		if e.From == i {
			out++
		}
	}
	height = max(nodeHeight, vg.Length(max(in, out)-1)*portStep+10)
	lines := strings.Split(n.Label, "\n")
	for _, line := range lines {
		width = max(width, textWidth(line, labelSize))
	}
	height = max(height, vg.Length(len(lines))*labelStep+8)
	if n.Kind == "sum" {
		d := max(height, width+10)
		return d, d
	}
	return max(width+14, nodeHeight), height
}

// A cellDrawing is a layout with places on the page.
type cellDrawing struct {
	*layout
	g             Graph
	hues          map[string]hue
	lefts, rights []vg.Length // of the columns
	width, height vg.Length
	top           vg.Length // of the page, where the layout's y is 0
	head          vg.Length // of the drawing on the page
}

func newCellDrawing(g Graph, layers []int, hues map[string]hue) *cellDrawing {
	d := &cellDrawing{layout: newLayout(g, layers), g: g, hues: hues}
	x, before := margin, vg.Length(0) // before: the width of the column to the left
	for i, c := range d.columns {
		w, steep := vg.Length(0), vg.Length(0)
		for _, s := range c {
			w = max(w, d.slots[s].width)
			for _, n := range d.slots[s].prev {
				steep = max(steep, d.slots[s].y-d.slots[n].y, d.slots[n].y-d.slots[s].y)
			}
		}
		if i > 0 {
			least := columnGap
			if w == 0 || before == 0 { // a column without labels: two gaps are one
				least /= 2
			}
			x += min(max(least, steep*0.6), 3*columnGap)
		}
		before = w
		d.lefts, d.rights = append(d.lefts, x), append(d.rights, x+w)
		x += w
	}
	d.width = max(x, margin+textWidth(g.Title, panelSize)) + margin
	lo, hi := vg.Length(math.Inf(1)), vg.Length(math.Inf(-1))
	for _, s := range d.slots {
		lo, hi = min(lo, s.y-s.height/2), max(hi, s.y+s.height/2)
	}
	d.height = hi - lo + 2*margin
	if g.Title != "" {
		d.height += panelSize + 8
	}
	d.top, d.head = margin+hi, d.height
	return d
}

// A cellPage is drawings one above the other, the first on top.
type cellPage struct {
	drawings      []*cellDrawing
	width, height vg.Length
}

func newCellPage(cs Cells, layers [][]int) (p cellPage) {
	hues := kindHues(cs)
	for i, g := range slices.Backward(cs) {
		d := newCellDrawing(g, layers[i], hues)
		d.top += p.height
		d.head += p.height
		p.height += d.height
		p.width = max(p.width, d.width)
		p.drawings = append(p.drawings, d)
	}
	return p
}

func (c cellPage) draw(p pen) {
	for _, d := range slices.Backward(c.drawings) {
		d.draw(p)
	}
}

// kindHues gives the kinds that are not known a colour in the order of appearance.
func kindHues(cs Cells) map[string]hue {
	hues := maps.Clone(kindColors)
	others := []hue{palette[1], palette[3], palette[4], palette[6], palette[7]}
	unknown := 0
	see := func(kind string) {
		if _, ok := hues[kind]; !ok {
			hues[kind] = others[unknown%len(others)]
			unknown++
		}
	}
	for _, g := range cs {
		for _, n := range g.Nodes {
			see(n.Kind)
		}
		for _, e := range g.Edges {
			see(e.Kind)
		}
	}
	return hues
}

// center is the place of a slot on the page.
func (d *cellDrawing) center(i int) vg.Point {
	s := d.slots[i]
	return vg.Point{X: (d.lefts[s.column] + d.rights[s.column]) / 2, Y: d.top - s.y}
}

func (d *cellDrawing) draw(p pen) {
	p.text(d.g.Title, panelSize, ink, left, vg.Point{X: margin, Y: d.head - margin - capHeight(panelSize)/2})
	out, in := d.ports()
	for _, dead := range []bool{true, false} {
		for i, e := range d.g.Edges {
			if e.Dead == dead {
				d.drawEdge(p, i, out[i], in[i])
			}
		}
	}
	for i, n := range d.g.Nodes {
		d.drawNode(p, i, n)
	}
}

// ports are where edges leave and enter their nodes: in the order of where they lead, so
// that no two meet at an arrow head.
func (d *cellDrawing) ports() (out, in []vg.Point) {
	out, in = make([]vg.Point, len(d.chains)), make([]vg.Point, len(d.chains))
	side := func(node int, from bool) {
		var edges []int
		toward := func(e int) vg.Length {
			if from {
				return d.slots[d.chains[e][1]].y
			}
			return d.slots[d.chains[e][len(d.chains[e])-2]].y
		}
		for i, e := range d.g.Edges {
			if from && e.From == node || !from && e.To == node {
				edges = append(edges, i)
			}
		}
		slices.SortStableFunc(edges, func(a, b int) int { return cmp.Compare(toward(a), toward(b)) })
		for k, e := range edges {
			dy := portStep * (vg.Length(len(edges)-1)/2 - vg.Length(k))
			at := d.center(node).Add(vg.Point{Y: dy})
			half := d.slots[node].width / 2
			if d.g.Nodes[node].Kind == "sum" {
				half = vg.Length(math.Sqrt(float64(half*half - dy*dy)))
			}
			if from {
				at.X += half
				out[e] = at
			} else {
				at.X -= half
				in[e] = at
			}
		}
	}
	for node := range d.g.Nodes {
		side(node, true)
		side(node, false)
	}
	return out, in
}

// drawEdge curves between columns and runs level across them, where boxes are.
func (d *cellDrawing) drawEdge(p pen, i int, out, in vg.Point) {
	e, chain := d.g.Edges[i], d.chains[i]
	h := d.hues[e.Kind]
	s := stroke{color: h.line, width: 1.1}
	if e.Dead {
		h = hue{deadColor, deadText}
		s = stroke{deadColor, 0.9, deadDash}
	}
	end := vg.Point{X: in.X - arrowLength, Y: in.Y}
	var path vg.Path
	path.Move(out)
	at := vg.Point{X: d.rights[d.slots[chain[0]].column], Y: out.Y}
	path.Line(at)
	for k, c := range chain[1:] {
		column := d.slots[c].column
		if d.lefts[column] == d.rights[column] {
			continue // nothing is there to keep clear of
		}
		to := vg.Point{X: d.lefts[column], Y: d.center(c).Y}
		if k == len(chain)-2 {
			to = vg.Point{X: min(d.lefts[column], end.X), Y: end.Y}
			if to.X == d.lefts[column] {
				to.X -= arrowLength
			}
		}
		middle := (at.X + to.X) / 2
		path.CubeTo(vg.Point{X: middle, Y: at.Y}, vg.Point{X: middle, Y: to.Y}, to)
		at = vg.Point{X: d.rights[column], Y: to.Y}
		if k < len(chain)-2 {
			path.Line(at)
		}
	}
	path.Line(end)
	p.stroke(s, path)
	p.fill(s.color, polygon([]vg.Point{in, {X: end.X, Y: in.Y + 2.4}, {X: end.X, Y: in.Y - 2.4}}))
	for _, c := range chain {
		if box := d.slots[c]; box.label {
			d.drawLabel(p, e.Label, h.text, d.center(c), box)
		}
	}
}

// drawLabel writes on the line, on a white ground.
func (d *cellDrawing) drawLabel(p pen, text string, c color.Color, at vg.Point, box slot) {
	half := vg.Point{X: box.width/2 - 1, Y: box.height / 2}
	p.fill(white, roundRect(vg.Rectangle{Min: at.Sub(half), Max: at.Add(half)}, 2))
	p.text(text, labelSize, c, center, at)
}

func (d *cellDrawing) drawNode(p pen, i int, n Node) {
	at, s, h := d.center(i), d.slots[i], d.hues[n.Kind]
	half := vg.Point{X: s.width / 2, Y: s.height / 2}
	box := vg.Rectangle{Min: at.Sub(half), Max: at.Add(half)}
	shape, ground := roundRect(box, 4), tint(h.line, 0.16)
	if n.Kind == "sum" {
		shape, ground = circle(at, half.X), white
	}
	outline, text := stroke{color: h.line, width: 1}, ink
	if n.Dead {
		outline, text, ground = stroke{deadColor, 0.9, deadDash}, deadText, white
	}
	p.fill(ground, shape)
	p.stroke(outline, shape)
	lines := strings.Split(n.Label, "\n")
	at.Y += vg.Length(len(lines)-1) / 2 * labelStep
	for _, line := range lines {
		p.text(line, labelSize, text, center, at)
		at.Y -= labelStep
	}
}
