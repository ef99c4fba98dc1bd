package truth

import (
	"fmt"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

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

// Heads are the names of a row's numbers for readers, as [Agreed.Texts] has them.
func Heads() []string {
	all := []string{"tau-b", "Spearman"}
	for _, share := range stats.TopShares {
		all = append(all, fmt.Sprintf("top %.0f %%", 100*share))
	}
	return all
}

// Texts are a row's numbers for readers, each with its interval where that is known.
func (a *Agreed) Texts() (all []string) {
	for _, x := range a.triples() {
		text := number.Fixed(*x[0], 3)
		if number.Known(float64(*x[1])) {
			text += fmt.Sprintf(" [%s, %s]", number.Fixed(*x[1], 3), number.Fixed(*x[2], 3))
		}
		all = append(all, text)
	}
	return all
}

// Columns are the names of a row's numbers and of their intervals' ends in CSV, as [Agreed.Fields] has them.
func Columns() (all []string) {
	for _, name := range names {
		all = append(all, name, name+"_low", name+"_high")
	}
	return all
}

// Fields are a row's numbers in CSV, empty where they are not known.
func (a *Agreed) Fields() (all []string) {
	for _, triple := range a.triples() {
		for _, x := range triple {
			text := ""
			if number.Known(float64(*x)) {
				text = strconv.FormatFloat(float64(*x), 'g', 8, 64)
			}
			all = append(all, text)
		}
	}
	return all
}
