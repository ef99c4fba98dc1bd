package plots

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func init() {
	optionsOf["fidelity"] = func() Options { return Options{Benchmark: convs{}, BenchmarkSpec: "convs"} }
}

// After one epoch of three the order of convs is reversed, after two it is that of the end: tau-b is −1 and 1, and of
// the best tenth none and all are kept.
func TestFidelity(t *testing.T) {
	d, err := drawing("fidelity,curves=2", Options{Benchmark: convs{}, BenchmarkSpec: "convs"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range d.Data().Rows {
		got = append(got, strings.Join(slices.DeleteFunc(row, func(s string) bool { return s == "" }), " "))
	}
	worst := "" // the last without a convolution
	for i := range space.NB201Size {
		if a := string(space.NB201{}.At(i)); !strings.Contains(a, "3") {
			worst = a
		}
	}
	want := []string{
		"correlation tau of all 1 -1", "correlation tau of the best tenth 1 -1", "correlation best tenth kept 1 0",
		"correlation tau of all 2 1", "correlation tau of the best tenth 2 1", "correlation best tenth kept 2 1",
		"correlation tau of all 3 1", "correlation tau of the best tenth 3 1", "correlation best tenth kept 3 1",
		"matrix tau 1 1 1", "matrix tau 1 2 -1", "matrix tau 1 3 -1",
		"matrix tau 2 1 -1", "matrix tau 2 2 1", "matrix tau 2 3 1",
		"matrix tau 3 1 -1", "matrix tau 3 2 1", "matrix tau 3 3 1",
		"learning curves architecture 333333 1 0", "learning curves architecture 333333 2 100",
		"learning curves architecture 333333 3 100",
		"learning curves architecture " + worst + " 1 100", "learning curves architecture " + worst + " 2 0",
		"learning curves architecture " + worst + " 3 0",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if want := "Of all 15,625 architectures."; !strings.Contains(d.(*scene).note, want) {
		t.Errorf("%q, want %q", d.(*scene).note, want)
	}
}

func TestSpreadOver(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = i + 1
	}
	for _, c := range []struct {
		all  []int
		most int
		want []int
	}{
		{[]int{1, 3, 9}, 3, []int{1, 3, 9}}, {[]int{4, 12, 36, 108}, 2, []int{4, 108}},
		{hundred, 3, []int{1, 10, 100}}, {[]int{1, 2, 3, 4, 5, 100}, 4, []int{1, 5, 100}},
	} {
		if got := spreadOver(c.all, c.most); !slices.Equal(got, c.want) {
			t.Errorf("%d of %v: %v, want %v", c.most, c.all, got, c.want)
		}
	}
}

func TestFidelityRefuses(t *testing.T) {
	for spec, c := range map[string]struct {
		b    evolve.Benchmark
		want string
	}{
		"ones":         {ones(4), "ones answers for one schedule alone: want a benchmark of several"},
		"train:digits": {training{4}, "trains each architecture"},
	} {
		_, err := drawing("fidelity", Options{Benchmark: c.b, BenchmarkSpec: spec})
		if !errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v, want %q", spec, err, c.want)
		}
	}
}
