package search

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/forest"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Quantiles rise with their level as far as the corrections let them: those of 10 and 90 % are corrected by the same
// amount to both sides, the median not at all, and nothing where few are told or nothing is held out.
func TestConformalCorrects(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	rows, y := forest.Rows{Cols: 5}, make([]float64, 120)
	for i := range y {
		row := make([]float32, 5)
		for c := range row {
			row[c] = float32(r.IntN(4))
		}
		if err := rows.Add(row); err != nil {
			t.Fatal(err)
		}
		y[i] = float64(row[0]) + r.NormFloat64()
	}
	for _, c := range []struct {
		told  int
		share float64
		want  bool
	}{{120, .2, true}, {120, 0, false}, {31, .2, false}, {100, .3, true}} {
		n := c.told
		if n == 100 {
			n = 120 // twenty are running
		}
		part := forest.Rows{Cols: 5, X: rows.X[:5*n]}
		q, err := newConformal(part, y[:n], c.told, c.share, r)
		if err != nil {
			t.Fatal(err)
		}
		last := len(conformalLevels) - 1
		if q.correct[0] != -q.correct[last] || q.correct[last/2] != 0 {
			t.Errorf("%d told, %g held: corrections %v", c.told, c.share, q.correct)
		}
		if got := q.correct[last] != 0 || q.correct[last-1] != 0; got != c.want {
			t.Errorf("%d told, %g held: corrections %v", c.told, c.share, q.correct)
		}
		row := rows.Row(3)
		if low, high := q.quantile(row, 0), q.quantile(row, last); !(low < high) {
			t.Errorf("%d told, %g held: 10 %% is %g, 90 %% is %g", c.told, c.share, low, high)
		}
	}
}

func TestConformalRefuses(t *testing.T) {
	for _, held := range []float64{-.1, .6} {
		s := &Conformal{Held: held, Features: "auto", Start: 10}
		if err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "search")); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("held %g: %v", held, err)
		}
	}
}
