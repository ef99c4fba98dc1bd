package census

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestSpread(t *testing.T) {
	c, err := New(listed{about: evolve.About{Kind: "table", Metric: evolve.Accuracy}}, evolve.Spec{Name: "listed"})
	if err != nil {
		t.Fatal(err)
	}
	by, err := c.NewOrder(ByTest)
	if err != nil {
		t.Fatal(err)
	}
	const parts, each = 10, 30
	drawn, of, err := c.Spread(context.Background(), parts, each, by, evolve.Stream(1, "test"))
	if err != nil || len(drawn) != parts*each {
		t.Fatal(len(drawn), err)
	}
	// What the parts are, by hand: the values of all canonical cells whose training did not fail.
	var all []float64
	for i := range c.Size() {
		e, ok, err := c.Entry(i)
		if err != nil {
			t.Fatal(err)
		}
		if canon, _ := c.bench.Problem().Space.Canon(e.Arch); ok && canon == e.Arch {
			all = append(all, e.Test)
		}
	}
	slices.Sort(all)
	if of != len(all) || of < 5000 || of > 6466 {
		t.Errorf("of %d, want %d", of, len(all))
	}
	seen := map[evolve.Arch]bool{}
	for i, d := range drawn {
		canon, _ := c.bench.Problem().Space.Canon(d.Arch)
		low, high := all[(d.Part-1)*of/parts], all[d.Part*of/parts-1]
		if d.Part != i%parts+1 || seen[d.Arch] || canon != d.Arch || d.Value != d.Test || d.Value < low || d.Value > high {
			t.Errorf("%d: %+v, want part %d, from %g to %g", i, d, i%parts+1, low, high)
		}
		seen[d.Arch] = true
	}
	again, _, _ := c.Spread(context.Background(), parts, each, by, evolve.Stream(1, "test"))
	other, _, _ := c.Spread(context.Background(), parts, each, by, evolve.Stream(2, "test"))
	if !slices.Equal(again, drawn) || slices.Equal(other, drawn) {
		t.Error("the stream alone does not decide what is drawn")
	}
	// A whole part is drawn when all of it is asked for.
	whole, _, err := c.Spread(context.Background(), of, 1, by, evolve.Stream(1, "test"))
	if err != nil || len(whole) != of || whole[0].Test != all[0] || whole[of-1].Test != all[of-1] {
		t.Error(len(whole), err)
	}
	if _, _, err := c.Spread(context.Background(), parts, of/parts+1, by, evolve.Stream(1, "test")); !errors.Is(err,
		evolve.ErrInvalid) || !strings.Contains(err.Error(), "of each of 10 parts") {
		t.Error(err)
	}
}
