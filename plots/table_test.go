package plots

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
)

// A file of numbers holds what is drawn with all its digits, and replaces its own kind alone.
func TestTable(t *testing.T) {
	c := Chart{Panels: []Panel{{Title: "a, b", XLabel: "trials", YLabel: "regret", Lines: []Line{{"best", .5}}, Series: []Series{
		{Name: `"x"`, X: []float64{1, 1e6}, Mid: []float64{0.30000000000000004, math.NaN()}, Lo: []float64{0, -1}, Hi: []float64{2, math.Inf(1)}}}}}}
	const want = "figure,panel,x_label,y_label,series,x,y,low,high\n" +
		`ecdf,"a, b",trials,regret,"""x""",1,0.30000000000000004,0,2` + "\n" +
		`ecdf,"a, b",trials,regret,"""x""",1e+06,,-1,+Inf` + "\n" +
		`ecdf,"a, b",trials,regret,best,,0.5,,` + "\n"
	path := filepath.Join(t.TempDir(), "f.csv")
	for range 2 { // the second over the first
		if err := WriteData(c, path, "ecdf"); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if d := cmp.Diff(want, string(got)); d != "" || err != nil {
		t.Error(d, err)
	}
	for _, foreign := range []string{"figure,1\n2,3\n", "x,y\n1,2\n", "figure,value\nnone,2\n"} {
		if err := os.WriteFile(path, []byte(foreign), 0o644); err != nil {
			t.Fatal(err)
		}
		err := WriteData(c, path, "ecdf")
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "exists and is no CSV of a figure of amoeba") {
			t.Errorf("over %q: %v", foreign, err)
		}
		if got, _ := os.ReadFile(path); string(got) != foreign {
			t.Errorf("%q became %q", foreign, got)
		}
	}
	empty := Table{Header: []string{"x"}}
	var text bytes.Buffer
	if err := empty.WriteCSV(&text, "ecdf"); err != nil || !isData(text.Bytes()) {
		t.Errorf("a table of no row is none: %v, %q", err, &text)
	}
}

// parsed is a number of a table.
func parsed(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// A second series of one method says in the numbers whose it is.
func TestTwinData(t *testing.T) {
	c := Chart{Panels: []Panel{{Series: []Series{{Name: "a", X: []float64{1}, Mid: []float64{2}},
		{Twin: true, Points: true, X: []float64{3}, Mid: []float64{4}}}}}}
	if rows := c.Data().Rows; rows[0][3] != "a" || rows[1][3] != "a (marks)" {
		t.Errorf("%v, want the series a and a (marks)", rows)
	}
}
