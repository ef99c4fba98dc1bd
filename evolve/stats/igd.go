package stats

import "math"

// IGDPlus is how far points that are minimised stay behind a front: the mean over the front's points of the distance to
// the nearest of the others, of which only the coordinates count in which that is worse (IGD⁺ of Ishibuchi, Masuda,
// Tanigaki and Nojima, EMO 2015, LNCS 9019, equations 13 and 14). It is 0 where every point of the front is met, and
// NaN where either has no points. Coordinates should have been scaled to ranges that compare.
func IGDPlus(points, front [][]float64) float64 {
	if len(points) == 0 || len(front) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, z := range front {
		nearest := math.Inf(1)
		for _, a := range points {
			square := 0.0
			for i := range z {
				worse := max(a[i]-z[i], 0)
				square += float64(worse * worse)
			}
			nearest = min(nearest, square)
		}
		sum += math.Sqrt(nearest)
	}
	return sum / float64(len(front))
}
