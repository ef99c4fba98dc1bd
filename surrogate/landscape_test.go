package surrogate

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Of a lookup a landscape has every schedule once, its seconds where they are more than the price
// of one, its runs as they are printed and the facts that its own table has.
func TestLandscapeByHand(t *testing.T) {
	pool, err := space.NewPool(space.NB201{}, []evolve.Arch{"000000", "100000", "000300", "333333"}, space.PoolNearest, "onehot")
	if err != nil {
		t.Fatal(err)
	}
	val, test := []float64{.9, .8, .3, .1}, []float64{.9, .82, .25, .12}
	b := &lookup{about: evolve.About{Title: "tiny"}, space: pool.(Indexed),
		levels: []level{
			{epochs: 1, loss: []float64{.5, .6, .4, .45}, cost: ones(4)},
			{epochs: 2, loss: val, cost: []float64{10, 20, 30, 44}, runs: [][]float64{{.88, .92}, {.8}, {.3}, {.09, .11}}},
		},
		score: scores(val, test),
		facts: []fact{
			{"params", "M", kept([]float64{1, 2, 3, math.NaN()}), always("counted"), proxy},
			{"elsewhere", "ms", kept([]float64{1, 1, 1, 1}), always("measured"), plain},
			// The level of two epochs again.
			{"val_2", "%", kept([]float64{10, 20, 70, 90}), always("measured"), result},
		},
	}
	l, err := b.Landscape(&data.Frame{Table: "tiny", Rows: 4})
	if err != nil {
		t.Fatal(err)
	}
	if !l.Pooled || l.Full.Name() != "nb201" || l.Space.Size() != 4 || !slices.Equal(l.Rows, []int{0, 1, 2, 3}) {
		t.Errorf("%+v", l)
	}
	var got []string
	for _, m := range l.Metrics {
		got = append(got, fmt.Sprintf("%s %d %v", m.Of, m.Epochs, m.Values))
	}
	want := []string{"validation 1 [0.5 0.6 0.4 0.45]", "validation 2 [0.9 0.8 0.3 0.1]", "test 2 [0.9 0.82 0.25 0.12]"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if l.Val != 1 || l.Test != 2 || l.Shape != 1 {
		t.Errorf("val %d, test %d, shape %d", l.Val, l.Test, l.Shape)
	}
	if len(l.Columns) != 1 || l.Columns[0].Name != "params" || len(l.Seconds) != 1 || l.Seconds[0].Epochs != 2 {
		t.Errorf("columns %+v, seconds %+v", l.Columns, l.Seconds)
	}
	if len(l.Runs) != 4 || len(l.Runs[1]) != 1 || math.Abs(l.Runs[0][0]-12) > 1e-9 || l.RunsUnit != "%" {
		t.Errorf("runs %v %s", l.Runs, l.RunsUnit)
	}
}
