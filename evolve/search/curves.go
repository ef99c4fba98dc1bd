package search

import (
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
)

// thawCurves are the curves of freeze-thaw: after step k a training has c + a·g(k) and noise, with one of several
// shapes g. What is shared by all trainings is learned from all.
type thawCurves struct {
	shapes [][]float64 // g by step, 1 at the first and 0 at the last
	common []float64   // how common each is
	end    normal      // c of all trainings
	drop   normal      // a of all trainings
	noise  float64     // variance
}

// Exponents of powers, and the parts of the epochs in which an exponential falls to 1/e: from curves that are nearly a
// line to those that have fallen at once.
var (
	thawPowers       = []float64{.25, .5, 1, 2}
	thawExponentials = []float64{.5, .25, .125, .0625}
)

// Variances below this, in squared logarithms of losses, are rounding.
const thawLeast = 1e-6

// begin takes what holds before anything was learned: a loss that falls to a third, give or take as much again.
func (c *thawCurves) begin(levels []evolve.Fidelity) {
	first, last := float64(levels[0].Epochs), float64(levels[len(levels)-1].Epochs)
	*c = thawCurves{end: normal{-1, 1}, drop: normal{1, 1}, noise: .1}
	add := func(f func(e float64) float64) {
		g := make([]float64, len(levels))
		for k, l := range levels {
			g[k] = (f(float64(l.Epochs)) - f(last)) / (f(first) - f(last))
		}
		c.shapes, c.common = append(c.shapes, g), append(c.common, 1)
	}
	for _, p := range thawPowers {
		add(func(e float64) float64 { return math.Pow(e/first, -p) })
	}
	for _, part := range thawExponentials {
		add(func(e float64) float64 { return math.Exp((first - e) / (part * last)) })
	}
	for i := range c.common {
		c.common[i] = 1 / float64(len(c.common))
	}
}

// line is what one shape makes of a curve: the joint normal distribution of c and a, and the logarithm of the chance of
// the curve.
type line struct{ c, a, cc, aa, ca, evidence float64 }

// fit is the line of a shape through the points z, by Bayes' rule from the priors of c and of a.
func (c *thawCurves) fit(g, z []float64, end normal) line {
	n, sg, sgg, sz, sgz, szz := float64(len(z)), 0.0, 0.0, 0.0, 0.0, 0.0
	for k, y := range z {
		sg += g[k]
		sgg += float64(g[k] * g[k])
		sz += y
		sgz += float64(g[k] * y)
		szz += float64(y * y)
	}
	// The precision matrix and the vector that it maps the mean to.
	pc, pa, pca := 1/end.variance+n/c.noise, 1/c.drop.variance+sgg/c.noise, sg/c.noise
	bc, ba := end.mean/end.variance+sz/c.noise, c.drop.mean/c.drop.variance+sgz/c.noise
	det := float64(pc*pa) - float64(pca*pca)
	l := line{cc: pa / det, aa: pc / det, ca: -pca / det}
	l.c, l.a = float64(l.cc*bc)+float64(l.ca*ba), float64(l.ca*bc)+float64(l.aa*ba)
	misfit := szz/c.noise + float64(end.mean*end.mean)/end.variance + float64(c.drop.mean*c.drop.mean)/c.drop.variance -
		float64(l.c*bc) - float64(l.a*ba)
	l.evidence = -.5 * (float64(n*math.Log(c.noise)) + math.Log(end.variance) + math.Log(c.drop.variance) +
		math.Log(det) + misfit)
	return l
}

// weigh fits all shapes and returns their lines, and how likely each shape is.
func (c *thawCurves) weigh(lines []line, weights, z []float64, end normal) ([]line, []float64) {
	lines, weights = lines[:0], weights[:0]
	most, sum := math.Inf(-1), 0.0
	for i, g := range c.shapes {
		l := c.fit(g, z, end)
		l.evidence += math.Log(c.common[i])
		lines = append(lines, l)
		most = max(most, l.evidence)
	}
	for _, l := range lines {
		w := math.Exp(l.evidence - most)
		weights = append(weights, w)
		sum += w
	}
	for i := range weights {
		weights[i] /= sum
	}
	return lines, weights
}

// forecast is how a curve ends.
func (c *thawCurves) forecast(z []float64, prior normal) normal {
	var room [16]line
	var weight [16]float64
	lines, weights := c.weigh(room[:0], weight[:0], z, prior)
	mean, square := 0.0, 0.0
	for i, l := range lines {
		mean += float64(weights[i] * l.c)
		square += float64(weights[i] * (l.cc + float64(l.c*l.c)))
	}
	return normal{mean, max(square-float64(mean*mean), thawLeast)}
}

// Rounds of expectation and maximisation each time: few, since the next time goes on from here.
const thawRounds = 3

// learn learns from all curves, and returns how each ends by itself, NaN for those without a point.
func (c *thawCurves) learn(trials []thawTrial) (ends []float64) {
	var lines []line
	var weights []float64
	for range thawRounds {
		// A part of a training of what was believed before is kept, so that few trainings do not decide everything.
		n, end, end2, drop, drop2, noise, points := 1.0, c.end.mean, c.end.variance+float64(c.end.mean*c.end.mean),
			c.drop.mean, c.drop.variance+float64(c.drop.mean*c.drop.mean), c.noise, 1.0
		common := make([]float64, len(c.common))
		for i := range common {
			common[i] = 1
		}
		for i := range trials {
			z := trials[i].z
			if len(z) == 0 {
				continue
			}
			n++
			points += float64(len(z))
			lines, weights = c.weigh(lines, weights, z, c.end)
			for s, l := range lines {
				w := weights[s]
				common[s] += w
				end += float64(w * l.c)
				end2 += float64(w * (l.cc + float64(l.c*l.c)))
				drop += float64(w * l.a)
				drop2 += float64(w * (l.aa + float64(l.a*l.a)))
				for k, y := range z {
					g := c.shapes[s][k]
					miss := y - l.c - float64(l.a*g)
					noise += float64(w * (float64(miss*miss) + l.cc + float64(g*g*l.aa) + float64(2*g*l.ca)))
				}
			}
		}
		c.end, c.drop = moments(end/n, end2/n), moments(drop/n, drop2/n)
		c.noise = max(noise/points, thawLeast)
		for i, x := range common {
			c.common[i] = x / (n - 1 + float64(len(common)))
		}
	}
	for i := range trials {
		if z := trials[i].z; len(z) > 0 {
			ends = append(ends, c.forecast(z, c.end).mean)
		} else {
			ends = append(ends, math.NaN())
		}
	}
	return ends
}

// moments is the normal distribution of a mean and a mean square.
func moments(mean, square float64) normal {
	return normal{mean, max(square-float64(mean*mean), thawLeast)}
}
