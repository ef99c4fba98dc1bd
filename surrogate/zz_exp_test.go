package surrogate

import (
	"fmt"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate/model"
	"os"
	"testing"
	"time"
)

type joined struct {
	space.NB101
	encs []string
}

func (j joined) Encode(dst []float64, _ string, a evolve.Arch) ([]float64, error) {
	var err error
	for _, e := range j.encs {
		if dst, err = j.NB101.Encode(dst, e, a); err != nil {
			return nil, err
		}
	}
	return dst, nil
}
func TestExp(t *testing.T) {
	os.Setenv("AMOEBA_DATA", "/tmp/ad")
	src, err := openNB101Cells("table")
	if err != nil {
		t.Fatal(err)
	}
	tb := src.(*nb101Table)
	order := evolve.Stream(1, "split").Perm(space.NB101Size)
	n := 338899
	y := perCent(errorsOf(tb.tests, 1))
	for _, c := range []struct {
		encs                        []string
		rounds, leaves, depth, minc int
		rate, rows, cols            float64
	}{
		{[]string{"structure"}, 1200, 256, 14, 10, .1, .5, .5},
		{[]string{"structure", "canonical"}, 1200, 256, 14, 10, .1, .5, .5},
		{[]string{"structure", "canonical", "path"}, 1200, 256, 14, 10, .1, .5, .3},
	} {
		st := time.Now()
		in, err := encodeAll(joined{encs: c.encs}, "x", space.NB101Size, space.NB101{}.At)
		if err != nil {
			t.Fatal(err)
		}
		p := model.Defaults()
		p.Rounds, p.Leaves, p.Depth, p.MinChild, p.Rate, p.Rows, p.Columns, p.Step = c.rounds, c.leaves, c.depth, c.minc, c.rate, c.rows, c.cols, .01
		g := fitTarget{name: "t", unit: "%", in: in, params: p, y: y}
		m, q, err := g.fit(order[:n], order[n:], 90)
		if err != nil {
			t.Fatal(err)
		}
		f := model.File{Models: []model.Model{m}}
		b, err := f.MarshalBinary()
		fmt.Println(c, len(in.x), "R2", q.R2, "tau", q.Tau, "top half", q.TauTopHalf, "top5", q.Top.Tau, "MAE", q.MAE, "above90", q.Above.R2, q.Above.Tau, "bytes", len(b), err, time.Since(st))
	}
}
