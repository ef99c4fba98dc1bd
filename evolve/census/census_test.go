package census

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// listed is a benchmark of NAS-Bench-201's cells: the test accuracy of cell i is i mod 1000 tenths of a per cent, the
// validation accuracy half of that; cells divisible by 7 failed, and cells below 10 have a time that was measured.
type listed struct {
	space.NB201
	about evolve.About
}

func (l listed) Problem() evolve.Problem {
	return evolve.Problem{Space: l.NB201, Objectives: []evolve.Objective{evolve.TrainedObjective(evolve.Accuracy)}}
}
func (l listed) About() evolve.About { return l.about }
func (l listed) Evaluate(context.Context, *evolve.Trial, *evolve.Result) error {
	return nil
}
func (l listed) Score(t *evolve.Trial) (evolve.Score, error) {
	i := l.Index(t.Arch)
	if i%7 == 0 {
		return evolve.Score{}, evolve.ErrFailed
	}
	x := float64(i%1000) / 1000
	return evolve.Score{Val: 1 - x/2, Test: 1 - x}, nil
}
func (l listed) Query(a evolve.Arch) ([]evolve.Fact, error) {
	i := l.Index(a)
	how := "estimated"
	if i < 10 {
		how = "measured"
	}
	facts := []evolve.Fact{{Name: "params", Value: float64(15625 - i), Unit: evolve.UnitCount, How: "counted"},
		{Name: "time", Value: float64(i) / 4, Unit: "s", How: how}}
	if i == 3 {
		facts = append(facts, evolve.Fact{Name: "rare", Value: 1e-7, How: "told"})
	}
	return facts, nil
}

func open(t *testing.T) *Census {
	t.Helper()
	c, err := New(listed{}, evolve.Spec{Name: "listed", Variant: "a"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The best are those of highest result, of equal ones the first: 999 is the highest remainder, and cells 999, 2999, …
// have it, of which 8999 = 7·1285 + 4 and so on are kept; those divisible by 7 are not.
func TestBest(t *testing.T) {
	c := open(t)
	for _, by := range []string{ByVal, ByTest, "params"} {
		order, err := c.NewOrder(by)
		if err != nil {
			t.Fatal(err)
		}
		var want []int
		for i := range 15625 {
			if i%7 != 0 {
				want = append(want, i)
			}
		}
		slices.SortStableFunc(want, func(a, b int) int {
			if by == "params" {
				return b - a
			}
			return b%1000 - a%1000
		})
		best, err := c.Best(context.Background(), 40, order)
		if err != nil || len(best) != 40 {
			t.Fatal(len(best), err)
		}
		for k, e := range best {
			if i := c.space.Index(e.Arch); i != want[k] || math.Abs(e.Test-float64(i%1000)/10) > 1e-9 || math.Abs(e.Val-e.Test/2) > 1e-9 {
				t.Errorf("%s %d: cell %d with %v and %v, want cell %d", by, k, i, e.Val, e.Test, want[k])
			}
		}
	}
	if _, err := c.NewOrder("time"); !errors.Is(err, evolve.ErrUnknown) || !strings.Contains(err.Error(), "known: val, test, params") {
		t.Error(err)
	}
}

func TestWriteCSV(t *testing.T) {
	var b bytes.Buffer
	c := open(t)
	rows, err := WriteCSV(context.Background(), &b, []*Census{c, c})
	if err != nil || rows != 2*15625 {
		t.Fatal(rows, err)
	}
	all, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(all) != 1+2*15625 {
		t.Fatal(len(all), err)
	}
	cell := func(i int) (genome, notation string) { return string(c.space.At(i)), c.Notation(c.space.At(i)) }
	g3, n3 := cell(3)
	g14, n14 := cell(14)
	for at, want := range map[int][]string{
		0:              {"dataset", "genome", "notation", "key", "val (%)", "test (%)", "params (counted)", "time (s)", "time origin", "rare (told)"},
		1 + 3:          {"a", g3, n3, "#3", "0.15", "0.3", "15622", "0.75", "measured", "1e-07"},
		1 + 15625 + 14: {"a", g14, n14, "#14", "", "", "15611", "3.5", "estimated", ""},
	} {
		got := slices.Clone(all[at])
		if at > 0 && got[4] != "" { // 100·(1 − loss) has rounding errors
			for _, k := range []int{4, 5} {
				x, err := strconv.ParseFloat(got[k], 64)
				if err != nil {
					t.Fatal(err)
				}
				got[k] = strconv.FormatFloat(x, 'g', 10, 64)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("row %d: %q, want %q", at, got, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []struct {
		of   evolve.Benchmark
		want string
	}{
		{listed{about: evolve.About{Kind: evolve.Training}}, "trains each architecture when it is asked"},
		{listed{about: evolve.About{Kind: evolve.Training, Shared: true}}, "what shared weights say of an architecture is none"},
		{unlisted{}, "space unlisted of benchmark b is too large to be listed"},
		{million{3 << 20, ""}, "has 3145728 architectures, and at most 2097152 are listed"},
		{million{1 << 17, "surrogate"}, "predicts its 131072 architectures one by one"},
	} {
		_, err := New(c.of, evolve.Spec{Name: "b"})
		if !errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

// unlisted is a benchmark whose space has no numbers, million one with so many.
type unlisted struct{ listed }

func (unlisted) Problem() evolve.Problem {
	p := listed{}.Problem()
	p.Space = named{}
	return p
}

type named struct{ evolve.Space }

func (named) Name() string { return "unlisted" }

type million struct {
	n    int
	kind string
}

func (m million) About() evolve.About                                           { return evolve.About{Kind: m.kind} }
func (m million) Evaluate(context.Context, *evolve.Trial, *evolve.Result) error { return nil }
func (m million) Score(*evolve.Trial) (evolve.Score, error)                     { return evolve.Score{}, nil }
func (m million) Problem() evolve.Problem {
	p := listed{}.Problem()
	p.Space = many{n: m.n}
	return p
}

type many struct {
	space.NB201
	n int
}

func (m many) Size() int { return m.n }
