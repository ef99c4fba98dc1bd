package plots

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"gonum.org/v1/plot/vg"
)

// Confusion is a heat map of a confusion matrix: a row a true class, a column an answer. Counts
// stand in the cells, where classes are few enough; a cell's shade is its share of the row.
type Confusion struct {
	Title, Note string
	Labels      []string // of the classes
	Counts      [][]int  // by class and answer
}

const (
	confusionCell   vg.Length = 23
	confusionSmall  vg.Length = 4.5 // of a cell without a count
	confusionLabels           = 20  // most classes whose cells hold counts and that are named
)

// Write draws the figure as "png" (200 dpi), "svg" or "pdf". It fails on another format, on a
// matrix that is not square or has no class, on a number of labels that is not its, on a negative
// count, and when w does.
func (f Confusion) Write(w io.Writer, format string) error {
	n := len(f.Counts)
	if n == 0 || len(f.Labels) != n {
		return fmt.Errorf("plots: a confusion matrix of %d rows and %d labels", n, len(f.Labels))
	}
	for i, row := range f.Counts {
		if len(row) != n {
			return fmt.Errorf("plots: row %d of a confusion matrix of %d classes has %d counts", i+1, n, len(row))
		}
		for _, k := range row {
			if k < 0 {
				return errors.New("plots: a negative count in a confusion matrix")
			}
		}
	}
	l := f.layout()
	return output(w, format, l.width, l.height, l.draw)
}

type confusionLayout struct {
	Confusion
	cell          vg.Length
	grid          vg.Rectangle
	width, height vg.Length
	up            bool // names of columns stand upright
}

// named says whether cells have room for counts and names.
func (f Confusion) named() bool { return len(f.Counts) <= confusionLabels }

func (f Confusion) layout() *confusionLayout {
	l := &confusionLayout{Confusion: f, cell: confusionSmall}
	names := widestText(f.Labels)
	if !f.named() {
		names = textWidth(strconv.Itoa(len(f.Counts)), tickSize)
	} else {
		l.cell = confusionCell
		for _, row := range f.Counts {
			for _, k := range row {
				l.cell = max(l.cell, textWidth(strconv.Itoa(k), tickSize)+6)
			}
		}
		l.up = names > l.cell-4
	}
	side := l.cell * vg.Length(len(f.Counts))
	l.grid.Min.X = margin + 14 + names + 5
	l.grid.Max.X = l.grid.Min.X + side
	bar := 14 + shadesWidth + 4 + textWidth("100 %", tickSize)
	l.width = l.grid.Max.X + bar + margin
	room := l.width - 2*margin
	wrapTexts(&l.Title, &l.Note, room)
	below := vg.Length(10)
	if l.up {
		below = names
	}
	l.grid.Min.Y = margin + noteHeight(l.Note) + lineHeight + 4 + below + 5
	l.grid.Max.Y = l.grid.Min.Y + side
	l.height = l.grid.Max.Y + 6 + titleHeight(l.Title) + margin
	return l
}

func (l *confusionLayout) draw(p pen) {
	p.title(l.Title, l.height)
	p.note(l.Note)
	n := len(l.Counts)
	for i, row := range l.Counts {
		images := 0
		for _, k := range row {
			images += k
		}
		for j, k := range row {
			if k == 0 {
				continue
			}
			b := l.at(i, j)
			ground, text := shade(float64(k) / float64(images))
			p.fill(ground, box(b))
			if l.named() {
				p.text(strconv.Itoa(k), tickSize, text, center,
					vg.Point{X: (b.Min.X + b.Max.X) / 2, Y: (b.Min.Y + b.Max.Y) / 2})
			}
		}
	}
	if l.named() {
		for i := 1; i < n; i++ {
			x, y := l.grid.Min.X+l.cell*vg.Length(i), l.grid.Min.Y+l.cell*vg.Length(i)
			p.line(stroke{color: gridColor, width: hairline},
				vg.Point{X: x, Y: l.grid.Min.Y}, vg.Point{X: x, Y: l.grid.Max.Y})
			p.line(stroke{color: gridColor, width: hairline},
				vg.Point{X: l.grid.Min.X, Y: y}, vg.Point{X: l.grid.Max.X, Y: y})
		}
	}
	p.stroke(stroke{color: inkLight, width: 0.7}, box(l.grid))
	l.drawNames(p)
	l.drawBar(p)
}

// at is the cell of a class and an answer.
func (l *confusionLayout) at(class, answer int) vg.Rectangle {
	x, y := l.grid.Min.X+l.cell*vg.Length(answer), l.grid.Max.Y-l.cell*vg.Length(class+1)
	return vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + l.cell, Y: y + l.cell}}
}

func box(b vg.Rectangle) vg.Path {
	return polygon([]vg.Point{b.Min, {X: b.Max.X, Y: b.Min.Y}, b.Max, {X: b.Min.X, Y: b.Max.Y}})
}

// drawNames names classes and axes; of many classes every tenth is numbered.
func (l *confusionLayout) drawNames(p pen) {
	for i, name := range l.Labels {
		if !l.named() {
			if name = strconv.Itoa(i); i%10 != 0 {
				continue
			}
		}
		b := l.at(i, i)
		p.text(name, tickSize, inkLight, right, vg.Point{X: l.grid.Min.X - 5, Y: (b.Min.Y + b.Max.Y) / 2})
		x := (b.Min.X + b.Max.X) / 2
		if l.up {
			p.textUp(name, tickSize, inkLight, vg.Point{X: x, Y: l.grid.Min.Y - 5 - textWidth(name, tickSize)/2})
		} else {
			p.text(name, tickSize, inkLight, center, vg.Point{X: x, Y: l.grid.Min.Y - 9})
		}
	}
	mid := vg.Point{X: (l.grid.Min.X + l.grid.Max.X) / 2, Y: (l.grid.Min.Y + l.grid.Max.Y) / 2}
	p.text("answer of the network", labelSize, ink, center,
		vg.Point{X: mid.X, Y: margin + noteHeight(l.Note) + lineHeight/2})
	p.textUp("class", labelSize, ink, vg.Point{X: margin + capHeight(labelSize)/2, Y: mid.Y})
}

// drawBar is the key of the shades.
func (l *confusionLayout) drawBar(p pen) {
	b := vg.Rectangle{Min: vg.Point{X: l.grid.Max.X + 14, Y: l.grid.Min.Y},
		Max: vg.Point{X: l.grid.Max.X + 14 + shadesWidth, Y: l.grid.Max.Y}}
	p.shades(b, shade)
	for _, percent := range []int{0, 50, 100} {
		y := b.Min.Y + (b.Max.Y-b.Min.Y)*vg.Length(percent)/100
		p.text(strconv.Itoa(percent)+" %", tickSize, inkLight, left, vg.Point{X: b.Max.X + 4, Y: y})
	}
}
