package plots

import "gonum.org/v1/plot/vg"

// The first series of points has the largest marks, up to so many times those of the last: where points of several lie
// on each other all are seen, one within the other.
const (
	largestPoint = 1.8
	pointStep    = 0.6
	twinPoint    = 0.6
)

// drawPoints draws the series that are points: those of baselines, which are small, over large ones, and below twins,
// which are small too and have a hue.
func (l panelLayout) drawPoints(p pen, looks []look) {
	n := 0
	for _, k := range looks {
		if k.points && k.mark >= 0 {
			n++
		}
	}
	step := min(pointStep, (largestPoint-1)/float64(max(n-1, 1)))
	layer := func(s Series) int {
		switch {
		case s.Baseline:
			return 1
		case s.Twin:
			return 2
		}
		return 0
	}
	for at := range 3 {
		for i, s := range l.Series {
			if !s.Points || layer(s) != at {
				continue
			}
			if !s.Baseline {
				n--
			}
			size := vg.Length(1 + float64(step*float64(n)))
			if s.Twin { // beside its curve
				size *= twinPoint
			}
			for _, at := range l.points(s, s.Mid) {
				p.point(looks[i], at, size)
			}
		}
	}
}
