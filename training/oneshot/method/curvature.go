package method

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve/samebits"
)

// krylov is the largest number of products that largestEigenvalue takes. On Hessians of some hundred weights as many
// leave an error far below the changes of a search.
const krylov = 16

// largestEigenvalue is that of a symmetric matrix of n rows, which product multiplies with a vector of length 1: by
// Lanczos's method with vectors that are made orthogonal to all before them (Golub and Van Loan, "Matrix Computations",
// section 10.3), begun at a random vector.
func largestEigenvalue(n int, product func([]float64) ([]float64, error), r *rand.Rand) (float64, error) {
	v := make([]float64, n)
	for i := range v {
		v[i] = samebits.Normal(r)
	}
	scale(v, 1/norm(v))
	var basis [][]float64
	var diagonal, beside []float64 // of the tridiagonal matrix with the same largest eigenvalues
	for len(basis) < min(n, krylov) {
		basis = append(basis, v)
		u, err := product(v)
		if err != nil {
			return 0, err
		}
		u = slices.Clone(u)
		diagonal = append(diagonal, dot(u, v))
		before := norm(u)
		for range 2 { // once more takes off what rounding has left
			for _, b := range basis {
				d := dot(u, b)
				for i := range u {
					u[i] -= float64(d * b[i])
				}
			}
		}
		length := norm(u)
		if length <= 1e-10*before || before == 0 { // the vectors span all that the matrix does to the first
			break
		}
		beside = append(beside, length)
		scale(u, 1/length)
		v = u
	}
	return topOfTridiagonal(diagonal, beside), nil
}

// topOfTridiagonal is the largest eigenvalue of a symmetric matrix that has numbers on its diagonal and beside it
// alone, by halving the interval of Gershgorin's circles: as many pivots of the matrix less x are positive as
// eigenvalues are above x (Sylvester's law of inertia).
func topOfTridiagonal(diagonal, beside []float64) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for i, d := range diagonal {
		around := 0.0
		if i > 0 {
			around += math.Abs(beside[i-1])
		}
		if i < len(diagonal)-1 {
			around += math.Abs(beside[i])
		}
		low, high = min(low, d-around), max(high, d+around)
	}
	for range 100 { // more halves than a float64 has bits
		x := low + float64((high-low)/2)
		if above(diagonal, beside, x) {
			low = x
		} else {
			high = x
		}
	}
	return low + float64((high-low)/2)
}

// above says that an eigenvalue is larger than x.
func above(diagonal, beside []float64, x float64) bool {
	pivot := 1.0
	for i, d := range diagonal {
		next := d - x
		if i > 0 {
			next -= float64(beside[i-1]*beside[i-1]) / pivot
		}
		if next > 0 {
			return true
		}
		if pivot = next; pivot == 0 {
			pivot = -math.SmallestNonzeroFloat64
		}
	}
	return false
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += float64(x * b[i])
	}
	return sum
}

func scale(v []float64, by float64) {
	for i := range v {
		v[i] *= by
	}
}
