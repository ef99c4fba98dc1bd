package scores

import (
	"errors"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

func TestRead(t *testing.T) {
	got, err := Read("t.csv", []byte("\ufeffdata, a ,\"b, too\"\r\nx, 1 ,2e-3\r\n\"y\nz\",-3,16\r\n"))
	want := &Table{Methods: []string{"a", "b, too"}, Rows: []string{"x", "y\nz"}, Scores: [][][]float64{{{1}, {.002}}, {{-3}, {16}}}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%s, %v", d, err)
	}
}

// The header shows what stands between the columns.
func TestSeparators(t *testing.T) {
	for _, text := range []string{
		"set,a,b;c\nx,1,2\n", "set;a;b,c\nx;1;2\n", "\n\nset\ta\tb,;c\nx\t1\t2\n", "set;\"a,,,\";b\nx;1;2\n",
	} {
		text += strings.Replace(text[strings.LastIndex(text, "x"):], "x", "y", 1)
		got, err := Read("t.csv", []byte(text))
		if want := [][][]float64{{{1}, {2}}, {{1}, {2}}}; err != nil || !cmp.Equal(want, got.Scores) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// What stands on standard input is bounded as a file is.
func TestReadFrom(t *testing.T) {
	got, err := ReadFrom("in", strings.NewReader("set,a,b\nx,1,2\ny,3,4\n"))
	if err != nil || !cmp.Equal([]string{"x", "y"}, got.Rows) {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = ReadFrom("in", strings.NewReader("set,a,b\n"+strings.Repeat("x,1,2\n", MaxBytes/6+1)))
	if !errors.Is(err, evolve.ErrInvalid) || err.Error() != "in: want at most 33554432 bytes: invalid" {
		t.Error(err)
	}
}

// What is wrong is said with file, line and column, whatever it is.
func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "t.csv:1:1: empty, want a header such as dataset,ours,theirs"},
		{"\n\n", "t.csv:1:1: empty, want a header such as dataset,ours,theirs"},
		{"a,b\n1,2\n", "t.csv:1:1: 2 columns, want one of names and at least two methods, with commas, semicolons or tabs between"},
		{"x,1,2\ny,1,2\n", "t.csv:1:1: there is no header: want a first line of names, such as dataset,ours,theirs"},
		{"\nx;1e3; NaN\ny;1;2\n", "t.csv:1:1: there is no header: want a first line of names, such as dataset,ours,theirs"},
		{"set,\"a\nb\",c\n", `t.csv:1:5: method "a\nb": want a name without control characters`},
		{"set,\x1b[31ma,b\n", `t.csv:1:5: method "\x1b[31ma": want a name without control characters`},
		{"set;a;b\nx;1,5;2\n", `t.csv:2:3: a "1,5": want a number, whose decimals follow a point`},
		{"set,a,\nx,1,2\n", "t.csv:1:7: column 3 has no name"},
		{"set,a,a\nx,1,2\n", `t.csv:1:7: method "a" is named twice`},
		{"set,a,\xff\nx,1,2\n", "t.csv:1:7: the name of column 3 is invalid UTF-8"},
		{"set,a,b\n\xff,1,2\n", "t.csv:2:1: the name of the row is invalid UTF-8"},
		{"set,a,b\n", "t.csv:2:1: 0 rows of scores, want at least two to compare methods over"},
		{"set,a,b\nx,1,2\n", "t.csv:3:1: 1 row of scores, want at least two to compare methods over"},
		{"set,a,b\nx,1,2\ny,1\n", "t.csv:3:1: 2 fields, the header has 3"},
		{"set,a,b\nx,1,2\ny,1,\n", "t.csv:3:5: b has no score here: leave out the row, or the method"},
		{"set,a,b\nx,1,2\n\ny,3,one\n", `t.csv:4:5: b "one": want a number`},
		{"set,a,b\n ,1,2\n,3,4\n", "t.csv:2:1: the row has no name: want that of its data set or run"},
		{"set,a,b\nx,0x1p3,2\n", `t.csv:2:3: a "0x1p3": want a number`},
		{"set,a,b\nx,NaN,2\n", `t.csv:2:3: a "NaN": want a number`},
		{"set,a,b\nx,1,1e999\n", `t.csv:2:5: b "1e999": want a number`},
		{"set,a,b\nx,1,\"2\n", "t.csv:2:8: a quoted field that is not closed, or goes on after its quote"},
		{"set,a,b\nx,1,2\"\n", "t.csv:2:6: a quote inside a field that does not begin with one"},
		{"set" + strings.Repeat(",m", 101), "t.csv:1:1: 101 methods, want at most 100"},
		{"set,a,b\nx" + strings.Repeat(",", 10_001), "t.csv:2:1: 10001 commas, want at most 100 methods"},
		{"set\ta\tb\nx" + strings.Repeat("\t", 10_001), "t.csv:2:1: 10001 tabs, want at most 100 methods"},
	} {
		_, err := Read("t.csv", []byte(c.text))
		if !errors.Is(err, evolve.ErrInvalid) || err.Error() != c.want+": invalid" {
			t.Errorf("%.40q: %v, want %s", c.text, err, c.want)
		}
	}
}

// Demšar, JMLR 7, 2006, table 6 and section 3.2.2.
func TestDemsar(t *testing.T) {
	path := shared.Path(t, "vectors", "demsar2006.csv")
	table, err := Open(filepath.Clean(path))
	if err != nil {
		t.Fatal(err)
	}
	c := table.Compare(Question{})
	for i, want := range []string{"3.143", "2.000", "2.893", "1.964"} {
		if got := strconv.FormatFloat(c.Ranks[i], 'f', 3, 64); got != want {
			t.Errorf("%s: average rank %s, want %s", table.Methods[i], got, want)
		}
	}
	for _, x := range []struct {
		what string
		got  float64
		want string
	}{
		{"chi-square", c.Plain.Chi2, "9.28"}, {"tie-corrected", c.Corrected.Chi2, "10.23"}, {"F", c.Plain.F, "3.69"},
		{"F of the corrected", c.Corrected.F, "4.19"}, {"critical difference", c.CD, "1.25"},
	} {
		if got := strconv.FormatFloat(x.got, 'f', 2, 64); got != x.want {
			t.Errorf("%s %s, want %s", x.what, got, x.want)
		}
	}
}

// With the lower scores the better, all turns round; and a pair's resamplings hang on its names and the seed alone.
func TestLower(t *testing.T) {
	text := "set,a,b,c\n"
	turned := "set,a,b,c\n"
	other := "set,b,c,new\n"
	for i := range 9 {
		x, y, z := i*i%7, i*5%11, i%4
		text += strings.Join([]string{"x" + strconv.Itoa(i), strconv.Itoa(x), strconv.Itoa(y), strconv.Itoa(z)}, ",") + "\n"
		turned += strings.Join([]string{"x" + strconv.Itoa(i), strconv.Itoa(-x), strconv.Itoa(-y), strconv.Itoa(-z)}, ",") + "\n"
		other += strings.Join([]string{"x" + strconv.Itoa(i), strconv.Itoa(-y), strconv.Itoa(-z), "1"}, ",") + "\n"
	}
	read := func(text string, lower bool, seed uint64) *Comparison {
		table, err := Read("t.csv", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		c := table.Compare(Question{Lower: lower, Resamplings: 40, Seed: seed})
		c.Lower, c.IQMs = false, nil // interquartile means are in the scores' own order
		return c
	}
	higher := read(text, false, 1)
	if d := cmp.Diff(higher, read(turned, true, 1)); d != "" {
		t.Error(d)
	}
	if a, b := higher.Pairs[2].Resampled, read(other, true, 1).Pairs[0].Resampled; !cmp.Equal(a, b) {
		t.Errorf("b and c beside others: %+v and %+v", a, b)
	}
	if a, b := higher.Pairs[2].Resampled, read(text, false, 2).Pairs[2].Resampled; cmp.Equal(a, b) {
		t.Errorf("another seed resamples alike: %+v", a)
	}
}

// Any text is a table or one clear error, and a table has a rank for each method.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"", "set,a,b\nx,1,2\ny,2,1\n", "set,\"a\",b\r\nx,1e3,-0\n\ny,2,2", "s;a;b\nx;1;2", "s,a,b\nx,1,\"2", "\ufeffs,a,a\n", "s,a,b\nx,,\n", "s,a,b\nx,1,NaN\n", "s,a,b\nx,1,2\nx,3,1\ny,2,2\ny,1,0\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		table, err := Read("t.csv", text)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), "t.csv:") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		c := table.Compare(Question{Lower: true, Resamplings: 3, Seed: 1})
		k := len(table.Methods)
		if len(c.Ranks) != k || len(c.Pairs) != k*(k-1)/2 || len(table.Rows) != len(table.Scores) || len(c.IQMs) != k {
			t.Fatalf("%q: %+v", text, c)
		}
		for _, r := range c.Ranks {
			if c.Blocks == ByRow && !(r >= 1 && r <= float64(k)) {
				t.Fatalf("%q: rank %g", text, r)
			}
		}
		for _, p := range c.Pairs {
			if c.Blocks == ByRow && (!(p.Signed.P >= 0 && p.Signed.P <= 1) || math.IsNaN(p.Test.P) || !(p.Effect.Low < p.Effect.High)) ||
				c.Blocks != ByRow && p.Wins+p.Losses+p.Even != len(table.Rows) {
				t.Fatalf("%q: %+v", text, p)
			}
		}
	})
}
