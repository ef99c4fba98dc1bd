package plots

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func orderings(cells int, epochs ...int) Orderings {
	r := evolve.Stream(1, "orderings")
	o := Orderings{Title: "digits201: how shared weights order cells", Note: "A note.", By: "test loss", Of: "s1.ckpt, path, epoch 20"}
	for range cells {
		x := r.NormFloat64()
		o.True, o.Scores = append(o.True, x), append(o.Scores, x+2*r.NormFloat64())
	}
	for i, name := range []string{"path", "path, fair", "path, shuffled labels"} {
		c := OrderingCurve{Name: name, Control: i == 2}
		for _, e := range epochs {
			mid := .3 - .3/float64(1+e) - .05*float64(i)
			c.Epochs, c.Mid, c.Low, c.High = append(c.Epochs, e), append(c.Mid, mid), append(c.Low, mid-.02), append(c.High, mid+.02)
		}
		o.Curves = append(o.Curves, c)
	}
	o.References = []OrderingLine{{"one run", .16}, {"limit", .52}}
	return o
}

// Every point is in the numbers, and all formats are drawn, to the same bytes again.
func TestOrderings(t *testing.T) {
	for name, o := range map[string]Orderings{"over epochs": orderings(3000, 0, 5, 10, 20), "whiskers": orderings(300, 20)} {
		table := o.Data()
		if want := len(o.True) + 3*len(o.Curves[0].Epochs) + 2; len(table.Rows) != want {
			t.Errorf("%s: %d rows, want %d", name, len(table.Rows), want)
		}
		if len(o.True) > fewCells {
			counts, most := squares(percentiles(o.True), percentiles(o.Scores))
			n := 0
			for _, column := range counts {
				for _, k := range column {
					n += k
				}
			}
			if n != len(o.True) || most < n/(densityParts*densityParts) || !strings.Contains(o.DensityNote(), fmt.Sprintf("up to %d;", most)) {
				t.Errorf("%s: %d cells in squares, %d in the fullest: %s", name, n, most, o.DensityNote())
			}
		}
		best := slices.Index(o.True, slices.Max(o.True))
		if row := table.Rows[best]; !strings.HasPrefix(row[2], "99.") {
			t.Errorf("%s: the best lies at %v", name, row)
		}
		for _, format := range Formats {
			var a, b bytes.Buffer
			if err := o.Write(&a, format); err != nil || a.Len() < 1000 {
				t.Fatalf("%s: %d bytes, %v", name, a.Len(), err)
			}
			if o.Write(&b, format); !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Errorf("%s: other bytes as %s", name, format)
			}
		}
	}
}

// What is not known draws nothing and breaks nothing.
func TestOrderingsUnknown(t *testing.T) {
	nan := math.NaN()
	o := Orderings{Curves: []OrderingCurve{{Name: "path", Epochs: []int{1}, Mid: []float64{nan}, Low: []float64{nan}, High: []float64{nan}}},
		References: []OrderingLine{{"one run", nan}}}
	var b bytes.Buffer
	if err := o.Write(&b, "svg"); err != nil || strings.Contains(b.String(), "NaN") {
		t.Errorf("%v, %s", err, b.String())
	}
	if p := percentiles([]float64{3, 1, 1, 2}); p[0] != 87.5 || p[1] != 25 || p[2] != 25 || p[3] != 62.5 {
		t.Errorf("%v", p)
	}
}
