package truth

import "github.com/amoeba-nas/amoeba/evolve/number"

// MeanOf sums rows up number by number: of gives the mean of a column's values with the ends of its interval.
func MeanOf(rows []Agreed, of func(xs []float64) (mean, low, high float64)) (a Agreed) {
	for i, to := range a.triples() {
		var xs []float64
		for k := range rows {
			xs = append(xs, float64(*rows[k].triples()[i][0]))
		}
		mean, low, high := of(xs)
		*to[0], *to[1], *to[2] = number.Short(mean), number.Short(low), number.Short(high)
	}
	return a
}

// Numbers are each of a row's numbers with the ends of its interval, in the order of [Columns].
func (a *Agreed) Numbers() (all [len(names)][3]number.Short) {
	for i, t := range a.triples() {
		all[i] = [3]number.Short{*t[0], *t[1], *t[2]}
	}
	return all
}

// Columns are the names of a row's numbers, as JSON and CSV have them.
func Columns() []string { return names[:] }
