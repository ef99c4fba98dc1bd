package plots

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"
)

// An Estimate is a mean with a spread: the standard deviation over runs of a published
// number, 0 for none; half the width of the 95 % interval of our own.
type Estimate struct{ Mean, Spread float64 }

// An IntervalRow compares one reproduced number with the published one. Difference is ours
// less theirs with half the width of its 95 % interval; within Margin two numbers count as
// the same. Verdict says so in a few words.
type IntervalRow struct {
	Label           string
	Published, Ours Estimate
	Difference      Estimate
	Margin          float64
	Verdict         string
}

// An IntervalFigure is a forest plot of differences: a row for every reproduced number, on
// one axis, with the numbers beside it. The note is small and grey, for provenance.
type IntervalFigure struct {
	Title, XLabel, Note string
	Reference           string // what the other numbers are, "published" when empty
	Rows                []IntervalRow
}

const (
	rowHeight      vg.Length = 18
	columnSpace    vg.Length = 14
	intervalsWidth           = 7.5 * vg.Centimeter
)

var oursHue = palette[0]

// Write draws the figure as "png" (200 dpi), "svg" or "pdf". It fails on another format,
// without rows, on a number that is not finite, on a negative spread or margin, and when w
// does.
func (f IntervalFigure) Write(w io.Writer, format string) error {
	values := []float64{0}
	for i, r := range f.Rows {
		for _, e := range []Estimate{r.Published, r.Ours, r.Difference, {0, r.Margin}} {
			if !finite(e.Mean) || !finite(e.Spread) || e.Spread < 0 {
				return fmt.Errorf("plots: row %d (%s): %g ± %g is no interval", i+1, r.Label, e.Mean, e.Spread)
			}
		}
		d := r.Difference
		values = append(values, d.Mean-d.Spread, d.Mean+d.Spread, -r.Margin, r.Margin)
	}
	if len(f.Rows) == 0 {
		return errors.New("plots: the figure has no row")
	}
	l := f.layout(linearLimits(values))
	return output(w, format, l.width, l.height, l.draw)
}

// Data has a row for every row of the figure, with spreads of 0 where none is known.
func (f IntervalFigure) Data() Table {
	t := Table{Header: []string{"label", f.reference(), f.reference() + "_spread", "ours", "ours_spread", "difference",
		"difference_spread", "margin", "verdict"}}
	for _, r := range f.Rows {
		t.Add(r.Label, r.Published.Mean, r.Published.Spread, r.Ours.Mean, r.Ours.Spread, r.Difference.Mean,
			r.Difference.Spread, r.Margin, r.Verdict)
	}
	return t
}

// An intervalLayout has columns of text left and right of a frame.
type intervalLayout struct {
	IntervalFigure
	frame
	width, height              vg.Length
	published, ours            []string
	publishedAt, oursAt, endAt vg.Length // left edges of the columns of text
}

func (f IntervalFigure) layout(x axis) *intervalLayout {
	l := &intervalLayout{IntervalFigure: f}
	decimals := f.decimals()
	labels, verdicts := []string{}, []string{"verdict"}
	for _, r := range f.Rows {
		labels, verdicts = append(labels, r.Label), append(verdicts, r.Verdict)
		l.published = append(l.published, plusMinus(r.Published, decimals))
		l.ours = append(l.ours, plusMinus(r.Ours, decimals))
	}
	l.x, l.y = x, axis{min: float64(len(f.Rows)), max: 0} // downwards
	l.Min.X = margin + widestText(labels) + columnSpace
	l.Max.X = l.Min.X + intervalsWidth
	l.publishedAt = l.Max.X + columnSpace
	l.oursAt = l.publishedAt + widestText(append(l.published, l.reference()+" ± sd")) + columnSpace
	l.endAt = l.oursAt + widestText(append(l.ours, oursHead)) + columnSpace
	l.width = l.endAt + widestText(verdicts) + margin
	wrapTexts(&l.Title, &l.Note, l.width-2*margin)
	l.Min.Y = margin + noteHeight(l.Note) + 14
	if f.XLabel != "" {
		l.Min.Y += lineHeight
	}
	l.Max.Y = l.Min.Y + rowHeight*vg.Length(len(f.Rows))
	l.height = l.Max.Y + rowHeight + titleHeight(l.Title) + margin
	return l
}

const oursHead = "ours ± 95 %"

func (f IntervalFigure) reference() string { return cmp.Or(f.Reference, "published") }

// decimals give the narrowest spread a digit, or two if the first is a 1.
func (f IntervalFigure) decimals() int {
	least := math.Inf(1)
	for _, r := range f.Rows {
		for _, e := range []Estimate{r.Published, r.Ours} {
			if e.Spread > 0 {
				least = min(least, e.Spread)
			}
		}
	}
	if math.IsInf(least, 1) {
		return 2
	}
	return min(max(-int(math.Floor(math.Log10(least/2))), 0), 4)
}

func plusMinus(e Estimate, decimals int) string {
	if e.Spread == 0 {
		return fixed(e.Mean, decimals)
	}
	return fixed(e.Mean, decimals) + " ± " + fixed(e.Spread, decimals)
}

func fixed(v float64, decimals int) string {
	return minus(strconv.FormatFloat(v, 'f', decimals, 64))
}

func widestText(texts []string) vg.Length {
	w := vg.Length(0)
	for _, s := range texts {
		w = max(w, textWidth(s, labelSize))
	}
	return w
}

func (l *intervalLayout) draw(p pen) {
	p.title(l.Title, l.height)
	l.drawGround(p)
	l.drawHead(p, l.Max.Y+rowHeight/2)
	for i, r := range l.Rows {
		y := l.at(0, float64(i)+0.5).Y
		p.text(r.Label, labelSize, ink, left, vg.Point{X: margin, Y: y})
		p.text(l.published[i], labelSize, inkLight, left, vg.Point{X: l.publishedAt, Y: y})
		p.text(l.ours[i], labelSize, oursHue.text, left, vg.Point{X: l.oursAt, Y: y})
		p.text(r.Verdict, labelSize, ink, left, vg.Point{X: l.endAt, Y: y})
		l.drawRow(p, r, y)
	}
	p.text(l.XLabel, labelSize, ink, center, vg.Point{X: (l.Min.X + l.Max.X) / 2, Y: l.Min.Y - 21})
	p.note(l.Note)
}

// drawGround draws the X axis, its grid, and a hairline under every row.
func (l *intervalLayout) drawGround(p pen) {
	for _, t := range l.ticksX() {
		x := l.at(t.value, 0).X
		p.line(stroke{color: gridColor, width: hairline}, vg.Point{X: x, Y: l.Min.Y}, vg.Point{X: x, Y: l.Max.Y})
		p.line(stroke{color: inkLight, width: 0.7}, vg.Point{X: x, Y: l.Min.Y}, vg.Point{X: x, Y: l.Min.Y - tickLength})
		p.text(t.label, tickSize, inkLight, center, vg.Point{X: x, Y: l.Min.Y - 9})
	}
	for i := range l.Rows {
		y := l.at(0, float64(i)).Y
		p.line(stroke{color: gridColor, width: hairline},
			vg.Point{X: margin, Y: y}, vg.Point{X: l.width - margin, Y: y})
	}
	p.line(stroke{color: inkLight, width: 0.7}, l.Min, vg.Point{X: l.Max.X, Y: l.Min.Y})
	zero := l.at(0, 0).X
	p.line(stroke{color: inkLight, width: 0.7}, vg.Point{X: zero, Y: l.Min.Y}, vg.Point{X: zero, Y: l.Max.Y})
}

// sameKey is the key of the margin.
const sameKey = "counts as the same"

// drawHead names the columns and, over the frame, the two glyphs.
func (l *intervalLayout) drawHead(p pen, y vg.Length) {
	x := l.Min.X
	for _, key := range []struct {
		draw func(vg.Length)
		text string
	}{
		{func(at vg.Length) { drawMargin(p, at, at+18, y) }, sameKey},
		{func(at vg.Length) { drawOurs(p, at, at+9, at+18, y) }, "ours − " + l.reference() + ", 95 %"},
	} {
		if key.text == sameKey && !slices.ContainsFunc(l.Rows, func(r IntervalRow) bool { return r.Margin > 0 }) {
			continue // nothing is judged
		}
		key.draw(x)
		p.text(key.text, tickSize, inkLight, left, vg.Point{X: x + 22, Y: y})
		x += 22 + textWidth(key.text, tickSize) + columnSpace
	}
	p.text(l.reference()+" ± sd", tickSize, inkLight, left, vg.Point{X: l.publishedAt, Y: y})
	p.text(oursHead, tickSize, inkLight, left, vg.Point{X: l.oursAt, Y: y})
	p.text("verdict", tickSize, inkLight, left, vg.Point{X: l.endAt, Y: y})
}

func (l *intervalLayout) drawRow(p pen, r IntervalRow, y vg.Length) {
	x := func(v float64) vg.Length { return l.at(v, 0).X }
	drawMargin(p, x(-r.Margin), x(r.Margin), y)
	d := r.Difference
	drawOurs(p, x(d.Mean-d.Spread), x(d.Mean), x(d.Mean+d.Spread), y)
}

// drawMargin is a pale bar from one end of the margin to the other.
func drawMargin(p pen, lo, hi, y vg.Length) {
	p.line(stroke{color: rgb(0xdcdcdc), width: 9}, vg.Point{X: lo, Y: y}, vg.Point{X: hi, Y: y})
}

// drawOurs is a capped interval with a filled circle.
func drawOurs(p pen, lo, mid, hi, y vg.Length) {
	s := stroke{color: oursHue.line, width: 1.2}
	p.line(s, vg.Point{X: lo, Y: y}, vg.Point{X: hi, Y: y})
	for _, x := range []vg.Length{lo, hi} {
		p.line(s, vg.Point{X: x, Y: y - 2}, vg.Point{X: x, Y: y + 2})
	}
	p.fill(oursHue.line, circle(vg.Point{X: mid, Y: y}, markRadius))
}
