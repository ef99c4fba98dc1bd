package plots

import (
	"errors"
	"fmt"
	"io"
	"math"

	"gonum.org/v1/plot/vg"
)

// MaxSeries is the number of series in a panel that a reader can tell apart.
const MaxSeries = 8

// A Series is one method's curve: Mid over X, with a band from Lo to Hi, both nil for
// none. Points that are NaN, infinite, or not positive on a log X axis, are skipped. The
// points are joined by straight lines: a step function needs a grid fine enough, or both
// ends of every step.
type Series struct {
	Name           string
	X, Mid, Lo, Hi []float64
	Baseline       bool // drawn grey and dashed, behind the others
	Points         bool // marks alone, a point each, joined by nothing
	Twin           bool // shown as the series before it is, such as a second curve of one method
	// Hue is the place of its colour and its mark, from 1; 0 takes the next. By it methods look the same in all panels.
	Hue int
	// From is where X begins to count; what lies before is drawn thin and light. 0 for all.
	From float64
}

// A Line is a horizontal reference, such as the best of the space.
type Line struct {
	Name string
	Y    float64
}

// A Panel is one pair of axes with one to [MaxSeries] series, baselines that are lines aside. On a log Y axis values of
// 0, or under a millionth of the greatest, lie on a floor labelled 0.
type Panel struct {
	Title, XLabel, YLabel string
	LogX, LogY            bool
	Top                   float64    // the highest Y there can be, such as 100 %, where a linear axis ends; 0 for none
	Limits                [2]float64 // of the Y axis where they are known, such as 0 and 1; zeros for those of the data
	Places                []float64  // where X has ticks, such as the values that there are; nil for round numbers
	Series                []Series
	Lines                 []Line
}

// A Chart is one or more panels side by side, with a title above and a note below, small
// and grey, for the provenance of the data. Columns are how many stand in a row; 0 for all. Width
// and Height are those of the whole figure; 0 gives panels of one good size, a figure as wide as
// its labels ask, and a height of 9 cm and what a legend takes, or of 6 cm for each of several
// rows. Names stand beside the ends of their curves; where one is long, or panels stand in columns,
// all stand once, above the panels.
type Chart struct {
	Title, Note   string
	Panels        []Panel
	Columns       int
	Width, Height vg.Length
}

// Write draws the figure as "png" (200 dpi), "svg" or "pdf". It fails on another format,
// on a panel with nothing to draw, on series whose slices differ in length, on a size
// too small for the labels, and when w does.
func (f Chart) Write(w io.Writer, format string) error {
	panels, err := f.check()
	if err != nil {
		return err
	}
	on, err := f.layout(panels)
	if err != nil {
		return err
	}
	return output(w, format, on.width, on.height, func(p pen) {
		p.title(f.Title, on.height)
		p.note(f.Note)
		on.legend.draw(p, on.height-margin-titleHeight(f.Title))
		for _, l := range panels {
			l.draw(p)
		}
	})
}

// Data has a row for every point of every curve, and one for every line, which has no x. Low and high are those of the
// bands, empty where there are none. A twin without a name is called after the series that it is of, with "(marks)".
func (f Chart) Data() Table {
	t := Table{Header: []string{"panel", "x_label", "y_label", "series", "x", "y", "low", "high"}}
	for _, p := range f.Panels {
		name := ""
		for _, s := range p.Series {
			if s.Twin && s.Name == "" {
				name += " (marks)"
			} else {
				name = s.Name
			}
			for i, x := range s.X {
				low, high := math.NaN(), math.NaN()
				if s.Lo != nil {
					low, high = s.Lo[i], s.Hi[i]
				}
				t.Add(p.Title, p.XLabel, p.YLabel, name, x, s.Mid[i], low, high)
			}
		}
		for _, l := range p.Lines {
			t.Add(p.Title, p.XLabel, p.YLabel, l.Name, math.NaN(), l.Y, math.NaN(), math.NaN())
		}
	}
	return t
}

// ErrNoPoint says that a panel has nothing to show: what is beyond 1e100 overflows on the way to the page.
var ErrNoPoint = errors.New("no point has finite numbers below 1e100")

// check returns the panels with their axes.
func (f Chart) check() ([]panelLayout, error) {
	if len(f.Panels) == 0 {
		return nil, errors.New("plots: the figure has no panel")
	}
	panels := make([]panelLayout, len(f.Panels))
	for i, p := range f.Panels {
		if n := p.hues(); len(p.Series) == 0 || n > MaxSeries {
			return nil, fmt.Errorf("plots: panel %d has %d series, not 1 to %d", i+1, n, MaxSeries)
		}
		for _, s := range p.Series {
			n := len(s.X)
			if len(s.Mid) != n || len(s.Lo) != len(s.Hi) || s.Lo != nil && len(s.Lo) != n {
				return nil, fmt.Errorf("plots: panel %d, series %q: %d X, %d Mid, %d Lo and %d Hi",
					i+1, s.Name, n, len(s.Mid), len(s.Lo), len(s.Hi))
			}
		}
		x, ok := p.limitsX()
		if !ok {
			return nil, fmt.Errorf("plots: panel %d: %w", i+1, ErrNoPoint)
		}
		panels[i] = panelLayout{Panel: p, frame: frame{x: x, y: p.limitsY(x)}}
	}
	return panels, nil
}

const (
	figureHeight = 9 * vg.Centimeter
	rowsHeight   = 6 * vg.Centimeter   // of each of several rows
	frameWidth   = 9.5 * vg.Centimeter // of a single panel
	framesWidth  = 5.4 * vg.Centimeter // of each of several
	frameLeast   = 2 * vg.Centimeter

	// Without gutters two panels fill a page's width of 17 cm, and one is as wide as with a gutter.
	openFrameWidth  = 12 * vg.Centimeter
	openFramesWidth = 7.2 * vg.Centimeter
)

// A page is the size of a figure and what is on it besides its panels.
type page struct {
	width, height vg.Length
	legend        legend
}

// layout breaks title and note into lines, gives every panel its frame, and the names their places
// above where one is long.
func (f *Chart) layout(panels []panelLayout) (on page, err error) {
	names := sharedNames(panels, f.Columns > 0)
	columns := len(panels)
	if f.Columns > 0 {
		columns = min(f.Columns, columns)
	}
	rows := (len(panels) + columns - 1) / columns
	each := framesWidth
	switch {
	case len(names) > 0 && columns == 1:
		each = openFrameWidth
	case len(names) > 0 && columns == 2:
		each = openFramesWidth
	case columns == 1:
		each = frameWidth
	}
	for i := range panels {
		panels[i].unnamed = len(names) > 0
	}
	gutters := widestOf(panels, columns, panelLayout.gutter)
	room := f.textWidth(gutters, each)
	if longest := widestName(names); longest > room {
		if f.Width != 0 {
			return on, f.noRoom(f.Height)
		}
		room = longest
	}
	on.legend = newLegend(names, room)
	if on.height = f.Height; on.height == 0 && rows == 1 {
		on.height = figureHeight + on.legend.height()
	}
	wrapTexts(&f.Title, &f.Note, room)
	if on.height == 0 {
		on.height = rowsHeight*vg.Length(rows) + titleHeight(f.Title) + on.legend.height() + noteHeight(f.Note)
	}
	tall := f.place(panels, columns, rows, on)
	lefts := widestOf(panels, columns, panelLayout.left)
	if f.Width != 0 {
		each = (f.Width - 2*margin - total(lefts) - total(gutters)) / vg.Length(columns)
	}
	if !(each >= frameLeast && tall >= frameLeast) { // a NaN leaves no room either
		return on, f.noRoom(on.height)
	}
	x := margin
	for c := range columns {
		for i := c; i < len(panels); i += columns {
			panels[i].Min.X = x + lefts[c]
			panels[i].Max.X = panels[i].Min.X + each
		}
		x += lefts[c] + each + gutters[c]
	}
	on.width = max(x, margin+room) + margin
	return on, nil
}

// place gives every panel the height of its frame in its row, and returns that.
func (f *Chart) place(panels []panelLayout, columns, rows int, on page) vg.Length {
	top, bottom := on.height-margin-titleHeight(f.Title)-on.legend.height(), margin+noteHeight(f.Note)
	above, below := vg.Length(3), vg.Length(14) // half a tick label, and a whole one
	var titled, labelled bool
	for _, l := range panels {
		titled = titled || l.Title != ""
		labelled = labelled || l.XLabel != ""
	}
	if titled {
		above += panelSize + 6
	}
	if labelled {
		below += lineHeight
	}
	row := (top - bottom) / vg.Length(rows)
	for i := range panels {
		head := top - row*vg.Length(i/columns)
		panels[i].Min.Y, panels[i].Max.Y = head-row+below, head-above
	}
	return row - above - below
}

// widestOf is the greatest of a width of panels in each column.
func widestOf(panels []panelLayout, columns int, width func(panelLayout) vg.Length) []vg.Length {
	widest := make([]vg.Length, columns)
	for i, l := range panels {
		widest[i%columns] = max(widest[i%columns], width(l))
	}
	return widest
}

func total(widths []vg.Length) (sum vg.Length) {
	for _, w := range widths {
		sum += w
	}
	return sum
}

func (f Chart) noRoom(height vg.Length) error {
	return fmt.Errorf("plots: %.1f × %.1f cm leave no room for the panels", f.Width/vg.Centimeter, height/vg.Centimeter)
}

// textWidth is the room for title and note: the figure will be no narrower.
func (f Chart) textWidth(gutters []vg.Length, each vg.Length) vg.Length {
	if f.Width != 0 {
		return f.Width - 2*margin
	}
	return each*vg.Length(len(gutters)) + total(gutters)
}
