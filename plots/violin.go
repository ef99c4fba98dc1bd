package plots

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// drawViolin draws the upper half of a violin, a density with Silverman's bandwidth (Density Estimation, 1986, equation
// 3.31) along the axis as it is drawn, as high as there is room, with quartiles and median.
func (l *boxLayout) drawViolin(p pen, xs []float64, y vg.Length, k look) {
	places := make([]float64, len(xs))
	for i, x := range xs {
		places[i] = float64(l.at(x, 0).X)
	}
	_, sd := stats.MeanSD(places)
	spread := (stats.Quantile(places, .75) - stats.Quantile(places, .25)) / 1.34 // of a normal it is the deviation
	if spread == 0 || sd < spread {
		spread = sd
	}
	// No narrower than a line is wide: equal values are a needle.
	width := math.Max(0.9*spread*math.Pow(float64(len(xs)), -0.2), 1)
	if math.IsNaN(width) {
		width = 1
	}
	// It ends where the values do: there are none beyond. Equal values still make a needle.
	low, high := places[0]-1, places[len(xs)-1]+1
	grid := make([]float64, 0, 2*int(high-low)+2)
	for x := low; x <= high; x += 0.5 {
		grid = append(grid, x)
	}
	density, top := make([]float64, len(grid)), 0.0
	for i, x := range grid {
		from, _ := slices.BinarySearch(places, x-4*width)
		for _, at := range places[from:] {
			z := (at - x) / width
			if z > 4 {
				break
			}
			density[i] += math.Exp(-z * z / 2)
		}
		top = math.Max(top, density[i])
	}
	outline := []vg.Point{{X: vg.Length(low), Y: y}}
	for i, x := range grid {
		outline = append(outline, vg.Point{X: vg.Length(x), Y: y + boxOutline*vg.Length(density[i]/top)})
	}
	outline = append(outline, vg.Point{X: vg.Length(high), Y: y})
	p.fill(tint(k.line, 0.3), polygon(outline))
	p.stroke(stroke{color: k.line, width: 0.8}, polygon(outline))
	for i, width := range []vg.Length{0.8, 2, 0.8} {
		x := l.at(stats.Quantile(xs, float64(i+1)/4), 0).X
		p.line(stroke{color: k.text, width: width}, vg.Point{X: x, Y: y}, vg.Point{X: x, Y: y + 6})
	}
}
