package data

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

// nb101HeldOut is how many of the measured cells the estimate of seconds is tested on.
const nb101HeldOut = 5000

// nb101Seconds returns the seconds of 108 epochs of every cell: measured where they were, else
// estimated by least squares on what the network computes.
func nb101Seconds(measured []int, seconds []float64) ([]float64, Fit, error) {
	fitted := len(measured) - nb101HeldOut
	terms, err := nb101FitSeconds(measured[:fitted], seconds[:fitted])
	if err != nil {
		return nil, Fit{}, err
	}
	fit := Fit{Fitted: fitted, HeldOut: nb101HeldOut}
	mean, residual, total := 0., 0., 0.
	for _, y := range seconds[fitted:] {
		mean += y / nb101HeldOut
	}
	for k, i := range measured[fitted:] {
		y := seconds[fitted+k]
		d := y - mat.Dot(terms, nb101Terms(i))
		residual += float64(d * d)
		total += float64((y - mean) * (y - mean))
		fit.MeanRelativeError += math.Abs(d) / y / nb101HeldOut
	}
	fit.R2 = 1 - residual/total
	fit = fit.rounded()
	if terms, err = nb101FitSeconds(measured, seconds); err != nil {
		return nil, fit, err
	}
	least := slices.Min(seconds)
	all := make([]float64, space.NB101Size)
	for i := range all {
		// To a millisecond, so that the last bits of a machine's arithmetic do not show in the
		// table's hash; a sum below what was ever measured is extrapolation.
		all[i] = math.Round(max(mat.Dot(terms, nb101Terms(i)), least)*1e3) / 1e3
	}
	for k, i := range measured {
		all[i] = seconds[k]
	}
	return all, fit, nil
}

func nb101FitSeconds(cells []int, seconds []float64) (*mat.VecDense, error) {
	x := mat.NewDense(len(cells), nb101Terms(0).Len(), nil)
	for row, i := range cells {
		x.SetRow(row, nb101Terms(i).RawVector().Data)
	}
	var qr mat.QR
	qr.Factorize(x)
	terms := new(mat.VecDense)
	if err := qr.SolveVecTo(terms, false, mat.NewVecDense(len(cells), seconds)); err != nil {
		return nil, fmt.Errorf("nb101: fit of the seconds: %w", err)
	}
	return terms, nil
}

// nb101Terms is what seconds are linear in.
func nb101Terms(cell int) *mat.VecDense {
	w := space.NB101Workload(space.NB101{}.At(cell))
	return mat.NewVecDense(len(w)+1, append([]float64{1}, w...))
}
