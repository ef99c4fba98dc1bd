package data

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Fit is the quality of an estimate on cells that it was not fitted on. The estimate in
// the table is then fitted again on all measured cells.
type Fit struct {
	Fitted            int     `json:"fitted"`   // cells fitted on
	HeldOut           int     `json:"held_out"` // cells tested on
	R2                float64 `json:"r2"`
	MeanRelativeError float64 `json:"mean_relative_error"` // a fraction
}

// nb201Held is how many of the measured cells a Fit is tested on: the last ones.
const nb201Held = 200

// timeTerms is the number of terms of the linear model of seconds: a constant, and one
// for each edge and operation but none, the reference level.
const timeTerms = 1 + 6*4

// timeTerm is the term of a cell's edge, 0 when its operation is none.
func timeTerm(a evolve.Arch, edge int) int {
	if a[edge] == '0' {
		return 0
	}
	return 4*edge + int(a[edge]-'0')
}

// timeModel is the fitted seconds: a column for each data set and kind.
type timeModel struct {
	terms *mat.Dense
	least []float64 // the shortest time fitted on; the sum of terms below it is extrapolation
}

// estimateTimes fills the seconds of the cells that were not measured, by least squares
// on those that were.
func (t *NB201) estimateTimes() error {
	var columns [][]float64
	for i := range t.Sets {
		columns = append(columns, t.Sets[i].EpochSeconds, t.Sets[i].TestSeconds)
	}
	m, err := fitTimes(columns, NB201Measured-nb201Held)
	if err != nil {
		return err
	}
	// Seconds of the three sets differ by constant factors: one set says it for all.
	t.EpochFit = m.judge(0, columns[0])
	t.TestFit = m.judge(1, columns[1])
	if m, err = fitTimes(columns, NB201Measured); err != nil {
		return err
	}
	for k, c := range columns {
		for i := NB201Measured; i < space.NB201Size; i++ {
			// To a microsecond, so that the last bits of a machine's arithmetic do
			// not show in the table's hash.
			c[i] = math.Round(m.predict(k, i)*1e6) / 1e6
		}
	}
	return nil
}

// fitTimes fits the columns of seconds on the first rows cells.
func fitTimes(columns [][]float64, rows int) (*timeModel, error) {
	m := &timeModel{terms: new(mat.Dense)}
	x := mat.NewDense(rows, timeTerms, nil)
	y := mat.NewDense(rows, len(columns), nil)
	for i := range rows {
		a := space.NB201{}.At(i)
		for e := range 6 {
			x.Set(i, timeTerm(a, e), 1)
		}
		x.Set(i, 0, 1)
	}
	for k, c := range columns {
		y.SetCol(k, c[:rows])
		m.least = append(m.least, slices.Min(c[:rows]))
	}
	var qr mat.QR
	qr.Factorize(x)
	if err := qr.SolveTo(m.terms, false, y); err != nil {
		return nil, fmt.Errorf("nb201: fit of the seconds: %w", err)
	}
	return m, nil
}

// predict is the fitted seconds of a cell.
func (m *timeModel) predict(column, index int) float64 {
	a := space.NB201{}.At(index)
	sum := m.terms.At(0, column)
	for e := range 6 {
		if k := timeTerm(a, e); k > 0 {
			sum += m.terms.At(k, column)
		}
	}
	return max(sum, m.least[column])
}

// judge compares a fit with the measured cells that it has not seen.
func (m *timeModel) judge(column int, seconds []float64) Fit {
	f := Fit{Fitted: NB201Measured - nb201Held, HeldOut: nb201Held}
	held := seconds[f.Fitted:NB201Measured]
	var mean, residual, total float64
	for _, y := range held {
		mean += y / nb201Held
	}
	for i, y := range held {
		d := y - m.predict(column, f.Fitted+i)
		residual += float64(d * d)
		total += float64((y - mean) * (y - mean))
		f.MeanRelativeError += math.Abs(d) / y / nb201Held
	}
	f.R2 = 1 - residual/total
	return f.rounded()
}

// rounded keeps six digits, so that the last bits of a machine's arithmetic do not show in the
// table's hash.
func (f Fit) rounded() Fit {
	f.R2, f.MeanRelativeError = math.Round(f.R2*1e6)/1e6, math.Round(f.MeanRelativeError*1e6)/1e6
	return f
}
