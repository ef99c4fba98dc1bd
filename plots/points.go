package plots

import "gonum.org/v1/plot/vg"

// The first series of points has the largest marks, up to so many times those of the last: where points of several lie
// on each other all are seen, one within the other.
const (
	largestPoint = 1.8
	pointStep    = 0.6
	twinPoint    = 0.6
)

// drawPoints draws the series that are points, those of baselines in front, which are small.
func (l panelLayout) drawPoints(p pen, looks []look) {
	n := 0
	for _, k := range looks {
		if k.points && k.mark >= 0 {
			n++
		}
	}
	step := min(pointStep, (largestPoint-1)/float64(max(n-1, 1)))
	for _, baseline := range []bool{false, true} {
		for i, s := range l.Series {
			if !s.Points || s.Baseline != baseline {
				continue
			}
			if !baseline {
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
