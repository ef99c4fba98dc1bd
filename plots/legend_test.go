package plots

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

// manyNames are two panels of so many algorithms with options as people write them, and a baseline.
func manyNames(n int) Chart {
	all := curves(12)
	base := all[len(all)-1]
	var series []Series
	for i := range n {
		s := all[i%2]
		s.Name = fmt.Sprintf("regevo,population=%d,sample=5,kill=worst", 10*(i+1))
		series = append(series, s)
	}
	series = append(series, base)
	lines := []Line{{"best of the space", 1}}
	return Chart{Title: "t", Note: "n", Panels: []Panel{
		{XLabel: "trials", YLabel: "regret", LogX: true, LogY: true, Series: series},
		{XLabel: "trials", YLabel: "accuracy (%)", Series: series, Lines: lines},
	}}
}

// laid is a figure's panels and page.
func laid(t *testing.T, f Chart) ([]panelLayout, page) {
	t.Helper()
	panels, err := f.check()
	if err != nil {
		t.Fatal(err)
	}
	on, err := f.layout(panels)
	if err != nil {
		t.Fatal(err)
	}
	return panels, on
}

// Where a name is long the panels have no gutter, and every name stands once and within the figure.
func TestLongNames(t *testing.T) {
	for n := 1; n < MaxSeries; n++ {
		for _, panels := range []int{1, 2} {
			f := manyNames(n)
			f.Panels = f.Panels[2-panels:]
			layouts, on := laid(t, f)
			for _, l := range layouts {
				if l.gutter() != panelGap {
					t.Errorf("%d names: a gutter of %.0f points", n, l.gutter())
				}
			}
			if on.width > 19*vg.Centimeter {
				t.Errorf("%d names make the figure %.1f cm wide", n, on.width/vg.Centimeter)
			}
			svg := string(render(t, f, "svg"))
			for _, name := range on.legend.names {
				if got := strings.Count(svg, ">"+name.text+"<"); got != 1 {
					t.Errorf("%d names: %q stands there %d times", n, name.text, got)
				}
			}
			if len(on.legend.names) != n+2 {
				t.Errorf("%d names, a baseline and a line: %d in the legend", n, len(on.legend.names))
			}
			for i, name := range on.legend.names {
				if right := margin + on.legend.places[i/on.legend.rows] + widestName([]named{name}); right > on.width-margin {
					t.Errorf("%q ends at %.0f of %.0f points", name.text, right, on.width)
				}
			}
		}
	}
}

// Short names stay beside their curves, and so do long ones that stand for two looks.
func TestNamesBesideCurves(t *testing.T) {
	short, two := Chart{Panels: manyNames(2).Panels}, manyNames(2)
	for i := range short.Panels {
		short.Panels[i].Series = curves(12)
	}
	s := two.Panels[1].Series
	two.Panels[1].Series = []Series{s[1], s[0]}
	for name, f := range map[string]Chart{"short": short, "two looks": two} {
		layouts, on := laid(t, f)
		if on.legend.rows != 0 || layouts[0].gutter() <= panelGap || on.height != figureHeight {
			t.Errorf("%s: %d rows of names above, a gutter of %.0f points", name, on.legend.rows, layouts[0].gutter())
		}
	}
}

// A width that is asked for and too small for a name is refused, and kept where it is not.
func TestLegendWidth(t *testing.T) {
	f := manyNames(4)
	f.Width = 14 * vg.Centimeter
	if _, on := laid(t, f); on.width != f.Width || len(on.legend.places) < 2 {
		t.Errorf("%.1f cm and %d columns", on.width/vg.Centimeter, len(on.legend.places))
	}
	f.Panels = f.Panels[:1]
	f.Width = 6 * vg.Centimeter
	if err := f.Write(io.Discard, "svg"); err == nil || !strings.Contains(err.Error(), "leave no room") {
		t.Errorf("a narrow figure: %v", err)
	}
}

// More than five bands are lighter than five.
func TestBandsThinOut(t *testing.T) {
	for n, want := range map[int]uint8{1: 40, 4: 40, 5: 16, 7: 12} { // of n and a baseline
		p := manyNames(n).Panels[0]
		if got := p.bandAlpha(); got != want {
			t.Errorf("%d bands: alpha %d, want %d", n+1, got, want)
		}
	}
	bare := manyNames(7).Panels[0]
	for i := range bare.Series {
		bare.Series[i].Lo, bare.Series[i].Hi = nil, nil
	}
	bare.Series[0].Lo, bare.Series[0].Hi = bare.Series[0].Mid, bare.Series[0].Mid
	if got := bare.bandAlpha(); got != 40 {
		t.Errorf("one band among eight curves: alpha %d", got)
	}
}
