package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"image/color"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

type figure interface {
	Write(w io.Writer, format string) error
}

func render(t testing.TB, f figure, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, format); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.Bytes()
}

// curves are two methods and a baseline with closed forms for their regret.
func curves(n int) []Series {
	rates := []float64{0.8, 0.6, 0.35}
	all := []Series{{Name: "regularized evolution"}, {Name: "local search"}, {Name: "random search", Baseline: true}}
	for k := range all {
		s := &all[k]
		for i := range n {
			x := math.Round(math.Pow(1000, float64(i)/float64(n-1)))
			y := 10 * math.Pow(x, -rates[k])
			s.X, s.Mid = append(s.X, x), append(s.Mid, y)
			s.Lo, s.Hi = append(s.Lo, y*0.8), append(s.Hi, y*1.25)
		}
	}
	return all
}

// withZeros makes the regret exactly 0 where it is small.
func withZeros(all []Series) []Series {
	for _, s := range all {
		for _, ys := range [][]float64{s.Mid, s.Lo, s.Hi} {
			for i, y := range ys {
				if y < 0.2 {
					ys[i] = 0
				}
			}
		}
	}
	return all
}

func accuracy(all []Series) []Series {
	for _, s := range all {
		for i := range s.Mid {
			s.Mid[i], s.Lo[i], s.Hi[i] = 94-s.Mid[i], 94-s.Hi[i], 94-s.Lo[i]
		}
	}
	return all
}

func nb201() Graph {
	return Graph{
		Title: `a cell with "quotes" & <tags>`,
		Nodes: []Node{{"in", "input", false}, {"1", "sum", false}, {"2", "sum", false}, {"out", "output", false}},
		Edges: []Edge{
			{0, 1, "nor_conv_3x3", "conv", false}, {0, 2, "skip_connect", "skip", false},
			{1, 2, "avg_pool_3x3", "pool", false}, {0, 3, "none", "", true},
			{1, 3, "nor_conv_1x1", "conv", false}, {2, 3, "nor_conv_3x3", "conv", false},
		},
	}
}

// complete is a graph with an edge between any two nodes.
func complete(n int, label string) Graph {
	g := Graph{Nodes: make([]Node, n)}
	for to := range n {
		g.Nodes[to] = Node{Label: "conv 3×3", Kind: "conv"}
		for from := range to {
			g.Edges = append(g.Edges, Edge{From: from, To: to, Label: label})
		}
	}
	return g
}

var samples = map[string]figure{
	"trajectories": Chart{
		Title: "NAS-Bench-201, CIFAR-10", Note: "closed forms, median and quartile band",
		Panels: []Panel{
			{Title: "test regret", XLabel: "architectures evaluated", YLabel: "regret (%)", LogX: true, LogY: true, Series: curves(12)},
			{Title: "test accuracy", XLabel: "architectures evaluated", YLabel: "accuracy (%)", Series: accuracy(curves(12)),
				Lines: []Line{{"best of the space", 94}}},
		},
	},
	"legend": manyNames(6),
	"zeros":  Chart{Panels: []Panel{{YLabel: "regret (%)", LogX: true, LogY: true, Series: withZeros(curves(20))}}},
	"intervals": IntervalFigure{
		Title: "Reproduction of a table", XLabel: "CIFAR-10 test accuracy (%)", Note: "500 seeds",
		Rows: []IntervalRow{
			{"random search", Estimate{93.70, 0.36}, Estimate{93.66, 0.05}, Estimate{-0.04, 0.05}, 0.1, "equivalent"},
			{"BOHB", Estimate{Mean: 93.61}, Estimate{93.40, 0.08}, Estimate{-0.21, 0.08}, 0.1, "differs"},
		},
	},
	"cell": nb201(),
}

func TestGolden(t *testing.T) {
	formats := map[string]string{"svg": "svg", "dot": "dot", "mermaid": "mmd"}
	for name, f := range samples {
		for format, ext := range formats {
			if _, ok := f.(Graph); !ok && format != "svg" {
				continue
			}
			golden(t, name+"."+ext, render(t, f, format))
		}
	}
}

func TestSVGIsXML(t *testing.T) {
	for name, f := range samples {
		d := xml.NewDecoder(bytes.NewReader(render(t, f, "svg")))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

func TestPNG(t *testing.T) {
	for name, f := range samples {
		data := render(t, f, "png")
		if !bytes.Contains(data[:64], []byte("pHYs")) {
			t.Errorf("%s: no resolution in the PNG", name)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b := img.Bounds()
		drawn := 0
		for y := range b.Dy() {
			for x := range b.Dx() {
				if color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y < 250 {
					drawn++
					if x < 2 || y < 2 || x >= b.Dx()-2 || y >= b.Dy()-2 {
						t.Fatalf("%s: something is cut off at %d, %d of %v", name, x, y, b.Max)
					}
				}
			}
		}
		if share := float64(drawn) / float64(b.Dx()*b.Dy()); share < 0.01 || share > 0.5 {
			t.Errorf("%s: %.3f of the pixels are drawn on", name, share)
		}
	}
}

func TestDeterministic(t *testing.T) {
	for name, f := range samples {
		for _, format := range []string{"png", "svg", "pdf"} {
			a := render(t, f, format)
			if b := render(t, f, format); !bytes.Equal(a, b) {
				t.Errorf("%s: two %s files differ", name, format)
			}
			if format == "pdf" && bytes.Count(a, []byte("(D:20000101000000)")) != 2 {
				t.Errorf("%s: the PDF has a date", name)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	ok := Series{Name: "s", X: []float64{1, 2}, Mid: []float64{1, 2}}
	one := func(s ...Series) Chart { return Chart{Panels: []Panel{{Series: s}}} }
	cases := []struct {
		figure figure
		format string
		want   string
	}{
		{Chart{}, "png", "no panel"},
		{one(), "png", "0 series"},
		{one(make([]Series, 9)...), "png", "9 series"},
		{one(Series{Name: "s", X: []float64{1}}), "svg", `"s": 1 X, 0 Mid`},
		{one(Series{X: []float64{1}, Mid: []float64{1}, Lo: []float64{1}}), "svg", "1 Lo and 0 Hi"},
		{one(Series{X: []float64{1}, Mid: []float64{math.NaN()}}), "svg", "panel 1: no point has finite numbers below 1e100"},
		{one(ok), "gif", `format "gif"`},
		{Chart{Panels: one(ok).Panels, Width: 50}, "svg", "no room"},
		{Chart{Panels: one(ok).Panels, Height: -1}, "svg", "no room"},
		{Graph{}, "svg", "no node"},
		{Graph{Nodes: make([]Node, 2), Edges: []Edge{{From: 0, To: 2}}}, "dot", "edge 0 leads from 0 to 2"},
		{Graph{Nodes: make([]Node, 2), Edges: []Edge{{From: 0, To: 1}, {From: 1, To: 0}}}, "dot", "cycle"},
		{Graph{Nodes: make([]Node, 1), Edges: []Edge{{}}}, "mermaid", "cycle"},
		{nb201(), "gif", `format "gif"`},
		{IntervalFigure{}, "svg", "no row"},
		{IntervalFigure{Rows: []IntervalRow{{Label: "r", Margin: -1}}}, "svg", "row 1 (r)"},
		{IntervalFigure{Rows: []IntervalRow{{Published: Estimate{Mean: math.NaN()}}}}, "svg", "NaN ± 0"},
	}
	for _, c := range cases {
		err := c.figure.Write(io.Discard, c.format)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want one line with %q", err, c.want)
		}
	}
}

// TestOddValues draws what a caller may well have.
func TestOddValues(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	odd := [][]float64{{1}, {0, 0}, {-1, -2}, {5, 5, 5}, {nan, 1, inf, 2}, {1e-300, 1e99, 1e300}, {-1e99, 1e99}, {1, 1 + 1e-15}, {0, 1e-12, 3}}
	for _, ys := range odd {
		xs := make([]float64, len(ys))
		for i := range xs {
			xs[i] = float64(i + 1)
		}
		for _, logY := range []bool{false, true} {
			for _, swap := range []bool{false, true} {
				s := Series{Name: "s", X: xs, Mid: ys, Lo: ys, Hi: ys}
				if swap {
					s = Series{Name: "s", X: ys, Mid: xs}
				}
				p := Panel{LogX: logY, LogY: logY, Series: []Series{s}, Lines: []Line{{"l", nan}}}
				err := Chart{Panels: []Panel{p}}.Write(io.Discard, "svg")
				if err != nil && !(swap && logY) { // only log X has values without a place
					t.Errorf("%v: %v", ys, err)
				}
			}
		}
	}
}

func BenchmarkTwoPanels(b *testing.B) {
	s := curves(300)
	s = append(s, s[0])
	p := Panel{Title: "a", XLabel: "x", YLabel: "y", LogX: true, LogY: true, Series: s}
	f := Chart{Title: "t", Panels: []Panel{p, p}}
	for _, format := range []string{"png", "svg", "pdf"} {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				render(b, f, format)
			}
		})
	}
}
