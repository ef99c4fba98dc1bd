package usertable

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
)

// both reads a table of columns of numbers as CSV and as Parquet.
func both(t testing.TB, o Options, fields ...field) (map[string]*Table, map[string]error) {
	t.Helper()
	tables, errs := map[string]*Table{}, map[string]error{}
	tables["csv"], errs["csv"] = read("t.csv", csvOf(fields...), o)
	tables["parquet"], errs["parquet"] = read("t.parquet", parquetOf(t, packing{}, fields...), o)
	return tables, errs
}

// Each column has the unit that its own values show, or that was said, in either format.
func TestUnits(t *testing.T) {
	const above, none = "per cent, because some are above 1", "fractions, because none is above 1"
	for _, c := range []struct {
		percent   string
		val, test []any
		per       [2]bool
		notes     []string
		want      string // error of CSV
	}{
		{percent: "auto", val: []any{.91, .5}, test: []any{92., 91.}, per: [2]bool{false, true}, notes: []string{"val is read as " + none, "test is read as " + above}},
		{percent: "auto", val: []any{91., 50.}, test: []any{.92, .91}, per: [2]bool{true, false}, notes: []string{"val is read as " + above, "test is read as " + none}},
		{percent: "auto", val: []any{91., 1.}, test: []any{92., 0.}, per: [2]bool{true, true}, notes: []string{"val and test are read as " + above}},
		{percent: "auto", val: []any{91., 50.}, test: []any{0., 1.}, per: [2]bool{true, true}, notes: []string{"val is read as " + above, "test is read as per cent, as val is: 0 and 1 decide nothing"}},
		{percent: "auto", val: []any{0., 1.}, test: []any{.5, .25}, notes: []string{"val and test are read as " + none}},
		{percent: "auto", val: []any{0., 1.}, test: []any{1., 0.}, notes: []string{"val and test are read as " + none}},
		{percent: "auto", val: []any{0., 1.}, notes: []string{"val is read as " + none}},
		{percent: "yes", val: []any{.91, 50.}, test: []any{.92, 0.}, per: [2]bool{true, true}, notes: []string{"val and test are read as per cent, as percent=yes says"}},
		{percent: "no", val: []any{.91, 1.}, test: []any{.92, 0.}, notes: []string{"val and test are read as fractions, as percent=no says"}},
		{percent: "val", val: []any{.91, 50.}, test: []any{.92, 0.}, per: [2]bool{true, false}, notes: []string{"val is read as per cent, as percent=val says", "test is read as fractions, as percent=val says"}},
		{percent: "test", val: []any{.91, 1.}, test: []any{.92, 33.}, per: [2]bool{false, true}, notes: []string{"val is read as fractions, as percent=test says", "test is read as per cent, as percent=test says"}},
		{percent: "val", val: []any{.91, 1.}, per: [2]bool{true, false}, notes: []string{"val is read as per cent, as percent=val says"}},

		{percent: "auto", val: []any{.91, 92., 91.}, want: `t.csv:2: column "val": 0.91 looks like a fraction, 92 in line 3 like per cent, and a column has one unit; if all of it is per cent, with 0.91 % in it, say percent=yes, else correct it`},
		{percent: "auto", val: []any{.5, .25, 92., .91}, test: []any{.5, .5, .5, .5}, want: `t.csv:4: column "val": 92 looks like per cent, 0.5 in line 2 like a fraction, and a column has one unit; if all of it is per cent, with 0.5 % in it, say percent=val, else correct it`},
		{percent: "auto", val: []any{91., 92.}, test: []any{92., .91}, want: `t.csv:3: column "test": 0.91 looks like a fraction, 92 in line 2 like per cent, and a column has one unit; if all of it is per cent, with 0.91 % in it, say percent=yes, else correct it`},
		{percent: "auto", val: []any{0., .25}, test: []any{.5, 7.}, want: `t.csv:3: column "test": 7 looks like per cent, 0.5 in line 2 like a fraction, and a column has one unit; if all of it is per cent, with 0.5 % in it, say percent=test, else correct it`},
		{percent: "auto", val: []any{91., 50.}, test: []any{-1., 0.}, want: `t.csv:2: column "test": -1 is no per cent 0..100, which is how the column is read because val is`},
		{percent: "no", val: []any{.91, 1.}, test: []any{.92, 1.5}, want: `t.csv:3: column "test": 1.5 is no fraction 0..1, which percent=no says it is`},
		{percent: "val", val: []any{.91, 101.}, want: `t.csv:3: column "val": 101 is no per cent 0..100, which percent=val says it is`},
		{percent: "test", val: []any{91., 1.}, test: []any{1., 1.}, want: `t.csv:2: column "val": 91 is no fraction 0..1, which percent=test says it is`},
	} {
		o, fields := bits4, []field{archs([]any{"0000", "0001", "0011", "0111"}[:len(c.val)]...), doubles("val", c.val...)}
		if o.Percent = c.percent; c.test != nil {
			fields = append(fields, doubles("test", c.test...))
		}
		tables, errs := both(t, o, fields...)
		for format, got := range tables {
			if c.want != "" {
				want := c.want
				if format == "parquet" {
					want = rowed(want)
				}
				wantError(t, errs[format], evolve.ErrInvalid, "%s", want)
				continue
			}
			if errs[format] != nil {
				t.Fatal(errs[format])
			}
			slices.Sort(c.notes) // the columns of a file come in any order
			slices.Sort(got.Notes)
			if per := [2]bool{got.PercentVal, got.PercentTest}; per != c.per || !slices.Equal(got.Notes, c.notes) {
				t.Errorf("%s, percent=%s, %v, %v: read as %v, %q; want %v, %q", format, c.percent, c.val, c.test, per, got.Notes, c.per, c.notes)
			}
			for a := range c.val {
				if loss := got.Val(0, a)[0]; loss != lossOf(c.val[a], c.per[0]) {
					t.Errorf("%s, percent=%s: val %v is a loss of %v", format, c.percent, c.val[a], loss)
				}
				if c.test != nil && got.Test(0, a)[0] != lossOf(c.test[a], c.per[1]) {
					t.Errorf("%s, percent=%s: test %v is a loss of %v", format, c.percent, c.test[a], got.Test(0, a)[0])
				}
			}
		}
	}
	o := bits4
	o.Percent = "test"
	_, err := read("t.csv", "arch,val\n0000,.5\n", o)
	wantError(t, err, evolve.ErrUnsupported, "t.csv: percent=test: there is no column test; percent=no reads val as fractions")
}

func lossOf(x any, percent bool) float64 {
	if percent {
		return 1 - x.(float64)/100
	}
	return 1 - x.(float64)
}

// rowed is an error of a line of CSV as it is of a row of Parquet.
func rowed(text string) string {
	place := func(m string) string {
		var n int
		fmt.Sscanf(strings.TrimLeft(m, "t.csv:line "), "%d", &n)
		return fmt.Sprintf("row %d", n-1)
	}
	text = regexp.MustCompile(`line \d+`).ReplaceAllStringFunc(text, place)
	text = regexp.MustCompile(`t\.csv:\d+`).ReplaceAllStringFunc(text, func(m string) string { return "t.parquet: " + place(m) })
	return strings.Replace(text, ": column", ", column", 1)
}

// No table of two units is read, whatever its rows: either it is refused with a remedy that
// opens it, or every column has one unit.
func TestMixedUnitsProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		score := rapid.OneOf(rapid.SampledFrom([]float64{0, 1}), rapid.Float64Range(1e-6, .999), rapid.Float64Range(1.001, 100))
		n := rapid.IntRange(1, 6).Draw(rt, "rows")
		val, test := rapid.SliceOfN(score, n, n).Draw(rt, "val"), rapid.SliceOfN(score, n, n).Draw(rt, "test")
		var fields [3]field
		fields[0], fields[1], fields[2] = archs(), field{"test", parquet.Leaf(parquet.DoubleType), nil}, doubles("val")
		mixed := false
		for _, xs := range [][]float64{val, test} {
			above := slices.ContainsFunc(xs, func(x float64) bool { return x > 1 })
			within := slices.ContainsFunc(xs, func(x float64) bool { return x > 0 && x < 1 })
			mixed = mixed || above && within
		}
		for i := range n {
			fields[0].cells = append(fields[0].cells, fmt.Sprintf("%04b", i))
			fields[1].cells = append(fields[1].cells, test[i])
			fields[2].cells = append(fields[2].cells, val[i])
		}
		got, err := read("t.csv", csvOf(fields[:]...), bits4)
		if mixed != (err != nil) {
			rt.Fatalf("val %v, test %v: %v", val, test, err)
		}
		if err != nil {
			remedy := regexp.MustCompile(`say percent=(\w+)`).FindStringSubmatch(err.Error())
			o := bits4
			o.Percent = remedy[1]
			if got, err = read("t.csv", csvOf(fields[:]...), o); err != nil {
				rt.Fatalf("percent=%s was said to help: %v", o.Percent, err)
			}
		}
		for i := range n {
			if a, b := got.Val(0, i)[0], lossOf(val[i], got.PercentVal); math.Abs(a-b) > 0 {
				rt.Fatalf("val %v: %v, want %v", val[i], a, b)
			}
			if a, b := got.Test(0, i)[0], lossOf(test[i], got.PercentTest); math.Abs(a-b) > 0 {
				rt.Fatalf("test %v: %v, want %v", test[i], a, b)
			}
		}
	})
}
