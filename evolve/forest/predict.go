package forest

import "math"

// answer is the mean of the trees' means, and by the law of total variance the standard deviation of the trees' means
// and of the targets within their leaves (Hutter, Xu, Hoos and Leyton-Brown, Artificial Intelligence 206, 2014,
// section 4.3.2).
func (f *Forest) answer(m *moments) (mean, sd float64) {
	n := float64(len(f.trees))
	mean = float64(m.mean) / n
	variance := float64(m.square)/n - float64(mean*mean)
	return f.base + float64(mean*f.step), math.Sqrt(max(0, variance)) * f.step
}

// Predict is what the forest says of a row: a mean and a standard deviation.
func (f *Forest) Predict(row []uint8) (mean, sd float64) {
	var m moments
	for k := range f.trees {
		t := &f.trees[k]
		leaf := &t.leaves[t.leaf(row)]
		m.mean += leaf.mean
		m.square += leaf.square
	}
	return f.answer(&m)
}
