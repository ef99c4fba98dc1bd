package plots

import (
	"fmt"
	"io"
	"math"

	"gonum.org/v1/plot/vg"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Orderings is a figure of how well scores of shared weights order cells: the cells of one checkpoint by both orders,
// and Kendall's tau-b of all checkpoints, over epochs where there are several.
type Orderings struct {
	Title, Note string
	// True and Scores are of the cells that the left panel shows, greater for the better; By says what orders the true.
	True, Scores []float64
	By           string
	Of           string // the checkpoint whose scores these are
	Curves       []OrderingCurve
	References   []OrderingLine // such as one run and the limit
}

// OrderingCurve is tau-b of one variant by epoch, with its interval, whose ends are NaN where there is none.
type OrderingCurve struct {
	Name           string
	Control        bool // drawn grey
	Epochs         []int
	Mid, Low, High []float64
}

// OrderingLine is a tau-b that no checkpoint has part in.
type OrderingLine struct {
	Name string
	TauB float64
}

// Write draws the figure as "png" (200 dpi), "svg" or "pdf".
func (o Orderings) Write(w io.Writer, format string) error { return o.scene().Write(w, format) }

// Data has a row for each cell of the left panel, with its places in per cent, for each point of a curve, and for each
// reference.
func (o Orderings) Data() Table { return o.scene().Data() }

func (o Orderings) scene() *scene {
	s := &scene{title: o.Title, note: o.Note}
	s.table.Header = []string{"panel", "series", "x", "y", "low", "high"}
	if len(o.True) > 0 {
		s.panels = append(s.panels, o.cells(&s.table))
	}
	for _, c := range o.Curves {
		for i, e := range c.Epochs {
			s.table.Add("tau-b", c.Name, e, c.Mid[i], c.Low[i], c.High[i])
		}
	}
	for _, l := range o.References {
		s.table.Add("tau-b", l.Name, math.NaN(), l.TauB, math.NaN(), math.NaN())
	}
	if o.overEpochs() {
		s.panels, s.keys = append(s.panels, o.course()), append(o.curveKeys(), o.lineKeys()...)
	} else {
		s.panels, s.keys = append(s.panels, o.whiskers()), o.lineKeys()
	}
	return s
}

const (
	fewCells     = 1000 // up to here each cell is a dot of its own
	densityParts = 25   // squares a side: of six thousand cells ten lie in one
	bestShown    = .01  // the part of the true best that are marked
)

// percentiles are the places of values among all, in per cent from the worst; equal values share one.
func percentiles(values []float64) []float64 {
	ranks := stats.Ranks(values)
	for i, r := range ranks {
		ranks[i] = 100 * (r - .5) / float64(len(ranks))
	}
	return ranks
}

// cells is the panel of the cells by both orders.
func (o Orderings) cells(t *Table) scenePanel {
	x, y := percentiles(o.True), percentiles(o.Scores)
	for i := range x {
		t.Add("cells", o.Of, x[i], y[i], math.NaN(), math.NaN())
	}
	p := scenePanel{title: shorten(o.Of, panelSize, framesWidth), xLabel: "place by " + o.By + " (%), the best 100",
		yLabel: "place by shared weights (%)", width: framesWidth, x: axis{max: 100}, y: axis{max: 100}}
	p.draw = func(p pen, f frame) {
		if len(x) > fewCells {
			density(p, f, x, y)
		} else {
			dots(p, f, x, y)
		}
		for i := range x {
			if x[i] > 100*(1-bestShown) {
				p.sizedMark(1, palette[1].line, f.at(x[i], y[i]), .55)
			}
		}
	}
	return p
}

// dots draws a pale dot for each cell.
func dots(p pen, f frame, x, y []float64) {
	pale := palette[0].line
	pale.A = 150
	for i := range x {
		p.fill(pale, circle(f.at(x[i], y[i]), 1.4))
	}
}

// density shades squares by how many cells lie in each, the fullest darkest.
func density(p pen, f frame, x, y []float64) {
	counts, most := squares(x, y)
	const side = 100. / densityParts
	for i := range counts {
		for k, n := range counts[i] {
			if n > 0 {
				ground, _ := shade(float64(n) / float64(most))
				p.fill(ground, box(vg.Rectangle{Min: f.at(float64(i)*side, float64(k)*side),
					Max: f.at(float64(i+1)*side, float64(k+1)*side)}))
			}
		}
	}
}

// squares counts the cells in each square, and those in the fullest.
func squares(x, y []float64) (counts [densityParts][densityParts]int, most int) {
	part := func(v float64) int { return min(int(v/100*densityParts), densityParts-1) }
	for i := range x {
		c := &counts[part(x[i])][part(y[i])]
		*c++
		most = max(most, *c)
	}
	return counts, most
}

// DensityNote says what the left panel shows, for a caption.
func (o Orderings) DensityNote() string {
	shown := "each dot is a cell"
	if len(o.True) > fewCells {
		_, most := squares(percentiles(o.True), percentiles(o.Scores))
		shown = fmt.Sprintf("the more cells in a square, the darker, up to %d", most)
	}
	return fmt.Sprintf("Left: %s; orange: the true best %g %%.", shown, 100*bestShown)
}

// lineKeys name the references.
func (o Orderings) lineKeys() (all []sceneKey) {
	for i, l := range o.References {
		all = append(all, sceneKey{l.Name + " " + number.Fixed(l.TauB, 2), func(p pen, at vg.Point) {
			p.sampleLine(stroke{referenceHue.line, referenceWidth, referenceDashes[i%len(referenceDashes)]}, at)
		}})
	}
	return all
}
