package stats

// Ranks are the ranks of values from 1, the lowest, on; equal values share the mean of theirs.
func Ranks(values []float64) []float64 { return ranks(values) }
