package trace

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/grid"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// setting is an algorithm with its parameters and the errors at the ends of its runs.
func setting(algo string, params map[string]any, errs ...float64) Arm {
	a := Arm{Algo: algo, Label: algo, Params: params}
	for _, e := range errs {
		a.Runs = append(a.Runs, Run{Final: journal.Entry{Arch: "a", Final: true, TestError: e}})
	}
	return a
}

func nestedIn(name string, params map[string]any) map[string]any {
	return map[string]any{"name": name, "params": params}
}

// The axes of a grid are the parameters that differ, also those of a nested searcher; a combination that nobody ran has
// its place and its spec.
func TestGrid(t *testing.T) {
	type m = map[string]any
	for name, c := range map[string]struct {
		arms  []Arm
		axes  []grid.Axis
		cells []string
		ran   []bool
	}{
		"numbers rise, and what is given stands first": {
			[]Arm{
				setting("r,s=10,p=100", m{"p": "100", "s": "10", "k": "old"}),
				setting("r,s=2,p=100", m{"p": "100", "s": "2", "k": "old"}),
				setting("r,p=9,s=2", m{"p": "9", "s": "2", "k": "old"}),
			},
			[]grid.Axis{{Name: "s", Values: []string{"2", "10"}}, {Name: "p", Values: []string{"9", "100"}}},
			[]string{"r,p=9,s=2", "r,s=2,p=100", "r,s=10,p=9", "r,s=10,p=100"}, []bool{true, true, false, true},
		},
		"a default beside a value": {
			[]Arm{setting("r,k=worst", m{"k": "worst"}), setting("r", m{"k": "oldest"})},
			[]grid.Axis{{Name: "k", Values: []string{"worst", "oldest"}}}, []string{"r,k=worst", "r"}, []bool{true, true},
		},
		"nested": {
			[]Arm{
				setting("a,inner=(r,p=5),eta=3", m{"eta": "3", "inner": nestedIn("r", m{"p": "5"})}),
				setting("a,inner=r,eta=4", m{"eta": "4", "inner": nestedIn("r", m{"p": "50"})}),
				setting("a,inner=(r,p=5),eta=4", m{"eta": "4", "inner": nestedIn("r", m{"p": "5"})}),
			},
			[]grid.Axis{{Name: "inner.p", Values: []string{"5", "50"}}, {Name: "eta", Values: []string{"3", "4"}}},
			[]string{"a,inner=(r,p=5),eta=3", "a,inner=(r,p=5),eta=4", "a,inner=(r,p=50),eta=3", "a,inner=r,eta=4"},
			[]bool{true, true, false, true},
		},
		"one within or another": {
			[]Arm{
				setting("a,inner=(r,p=5)", m{"inner": nestedIn("r", m{"p": "5"})}),
				setting("a,inner=b", m{"inner": nestedIn("b", m{})}),
			},
			[]grid.Axis{{Name: "inner", Values: []string{"(r,p=5)", "b"}}},
			[]string{"a,inner=(r,p=5)", "a,inner=b"}, []bool{true, true},
		},
	} {
		g, err := (&Set{Arms: c.arms}).Grid()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var cells []string
		var ran []bool
		for _, cell := range g.Cells {
			cells, ran = append(cells, cell.Algo), append(ran, cell.Arm != nil)
		}
		if diff := cmp.Diff([]any{c.axes, c.cells, c.ran}, []any{g.Axes, cells, ran}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// One algorithm, two searchers, or two labels of one spec make no grid.
func TestNoGrid(t *testing.T) {
	p := map[string]any{"p": "1"}
	other := setting("r", p)
	other.Label = "X"
	for want, arms := range map[string][]Arm{
		"there is one algorithm":         {setting("r", p)},
		"r and q are two searchers":      {setting("r", p), setting("q", p)},
		"r and r differ in no parameter": {other, setting("r", p)},
	} {
		_, err := (&Set{Arms: arms}).Grid()
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// Four runs each, wholly apart: every exact p-value is 2/70 (two of the C(8,4) orders), and with three settings Holm
// makes 3·2/70 of it, which is above 5 %, so that nothing is told; with two settings 2/70 is below.
func TestJudge(t *testing.T) {
	p := func(v string) map[string]any { return map[string]any{"p": v} }
	arms := []Arm{
		setting("r,p=1", p("1"), .11, .12, .13, .14), setting("r,p=2", p("2"), .01, .02, .03, .04),
		setting("r,p=3", p("3"), .21, .22, .23, .24),
	}
	judge := func(arms []Arm) *Judgement {
		s := &Set{Arms: arms, About: evolve.About{BestVal: math.NaN(), BestTest: math.NaN()}}
		g, err := s.Grid()
		if err != nil {
			t.Fatal(err)
		}
		return g.Judge(s.Test())
	}
	j := judge(arms)
	if j.Best != 1 || math.Abs(j.Ends[1].Mean-97.5) > 1e-9 || !math.IsNaN(j.P[1]) || j.Tied(1) {
		t.Errorf("best %d, mean %v, p %v", j.Best, j.Ends[1].Mean, j.P)
	}
	for _, c := range []int{0, 2} {
		if math.Abs(j.P[c]-6.0/70) > 1e-12 || !j.Tied(c) {
			t.Errorf("cell %d: p %v, want 6/70", c, j.P[c])
		}
	}
	if len(j.Notes) != 1 || !strings.Contains(j.Notes[0], "too few runs for 3 comparisons") {
		t.Errorf("notes %q", j.Notes)
	}
	if j = judge(arms[:2]); math.Abs(j.P[0]-2.0/70) > 1e-12 || j.Tied(0) || j.Notes != nil {
		t.Errorf("p %v, want 2/70; notes %q", j.P, j.Notes)
	}
	// Equal values are tied, and the first is the best.
	same := []Arm{setting("r,p=1", p("1"), .1, .1), setting("r,p=2", p("2"), .1, .1)}
	if j = judge(same); j.Best != 0 || !j.Tied(1) || j.P[1] != 1 {
		t.Errorf("best %d, p %v", j.Best, j.P)
	}
	// A setting half of whose runs found nothing has no mean and is never the best; there is no test of it.
	arms[1].Runs[0].Final, arms[1].Runs[1].Final = journal.Entry{TestError: math.NaN()}, journal.Entry{TestError: math.NaN()}
	if j = judge(arms); j.Best != 0 || !math.IsNaN(j.P[1]) || j.Tied(1) {
		t.Errorf("best %d, p %v", j.Best, j.P)
	}
}
