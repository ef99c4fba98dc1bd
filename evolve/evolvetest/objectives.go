package evolvetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// declared: objectives have names, each once, and the units that the names have on every benchmark.
func (c *benchmark) declared(t *testing.T) {
	all := c.Problem().Objectives
	for i, o := range all {
		if o.Name == "" || slices.IndexFunc(all, func(p evolve.Objective) bool { return p.Name == o.Name }) < i {
			t.Errorf("objective %d of %v: want a name of its own", i+1, evolve.ObjectiveNames(all))
		}
		// A user's column may bear a known name and have another unit, which then is not told.
		if want := evolve.NewObjective(o.Name); o.Unit != want.Unit && o.Unit != "" || o.Maximised != want.Maximised {
			t.Errorf("%s is in %q (maximised: %t), want %q (%t) as on every benchmark",
				o.Name, o.Unit, o.Maximised, want.Unit, want.Maximised)
		}
	}
	if first := all[0]; first.Trained() && first.Metric.Name() != c.About().Metric.Name() {
		t.Errorf("%s is printed as %s, the benchmark's losses as %s",
			first.Name, first.Metric.Name(), c.About().Metric.Name())
	}
}

// values: what a trial was told of its objectives is finite and can be of their units, and what is exact is no better
// than the best that is declared and what a query tells.
func (c *benchmark) values(t *testing.T, a evolve.Arch, r *evolve.Result) {
	t.Helper()
	all := c.Problem().Objectives
	if len(r.Others) != len(all)-1 {
		t.Fatalf("%s: %d further objectives, want %v", a, len(r.Others), evolve.ObjectiveNames(all[1:]))
	}
	told := map[string]evolve.Fact{}
	if q, ok := evolve.As[evolve.Querier](c.Benchmark); ok {
		facts, err := q.Query(a)
		if err != nil {
			t.Fatalf("%s: %v", a, err)
		}
		for _, f := range facts {
			told[f.Name] = f
		}
	}
	for i, o := range all {
		loss := r.Loss
		if i > 0 {
			loss = r.Others[i-1]
		}
		x := o.Value(loss)
		possible := finite(x)
		switch o.Unit {
		case evolve.UnitCount:
			possible = possible && x >= 0 && x == math.Trunc(x)
		case evolve.UnitMS, evolve.UnitPerSecond:
			possible = possible && x > 0
		}
		if !possible {
			t.Fatalf("%s: %s is %g, which no %q is", a, o.Name, x, o.Unit)
		}
		if !o.Exact {
			continue
		}
		if loss < o.Ideal {
			t.Fatalf("%s: %s has loss %g, better than the best, %g", a, o.Name, loss, o.Ideal)
		}
		if f := told[o.Name]; f.Value != x || f.Unit != o.Unit {
			t.Fatalf("%s: a trial is told %g %s of %s, a query %g %s", a, x, o.Unit, o.Name, f.Value, f.Unit)
		}
	}
}

// sizes: the training-free scores params and flops are the numbers that a query tells.
func (c *benchmark) sizes(t *testing.T) {
	q, ok := evolve.As[evolve.Querier](c.Benchmark)
	if !ok {
		t.Skip("a benchmark without queries")
	}
	for _, p := range c.Problem().Proxies {
		if p.Name != evolve.ParamsObjective && p.Name != evolve.FLOPsObjective {
			continue
		}
		for i := range c.trials {
			a := c.trials[i].Arch
			want, err := p.Score(a)
			facts, err2 := q.Query(a)
			at := slices.IndexFunc(facts, func(f evolve.Fact) bool { return f.Name == p.Name })
			if err != nil || err2 != nil || at < 0 || facts[at].Value != want {
				t.Fatalf("%s: the score %s is %g, %v, a query tells %v, %v", a, p.Name, want, err, facts, err2)
			}
		}
	}
}

// objectives: the option of that name takes those that the benchmark offers, in any order, and no other name.
func (c *benchmark) objectives(t *testing.T) {
	const option = "objectives"
	if !slices.ContainsFunc(c.entry.Params, func(p evolve.Param) bool { return p.Name == option }) {
		t.Skip("a benchmark without the option")
	}
	set := slices.DeleteFunc(slices.Clone(c.set), func(kv evolve.Setting) bool { return kv.Key == option })
	with := func(names ...string) (*benchmark, error) {
		b, err := open(c.entry, c.variant,
			append(slices.Clone(set), evolve.Setting{Key: option, Value: strings.Join(names, "+")}))
		d := *c
		d.Benchmark = b
		return &d, err
	}
	own := evolve.TrainedObjective(c.About().Metric).Name
	if !c.entry.Program { // whose further numbers have names of the user's
		_, err := with(own, "no_such_objective")
		unknown(t, err, "no_such_objective", "")
	}
	if _, err := with(own, own); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("%s twice: %v, want an ErrInvalid", own, err)
	}
	if c.entry.Formerly != nil {
		_, err := open(c.entry, c.variant, []evolve.Setting{{Key: "objective", Value: "params"}})
		if err == nil || !strings.Contains(err.Error(), "objective=params is now written objectives=") {
			t.Errorf("the former option: %v, want its new spelling", err)
		}
	}
	for _, name := range []string{evolve.ParamsObjective, evolve.FLOPsObjective} {
		b, err := with(own, name)
		if errors.Is(err, evolve.ErrUnknown) || errors.Is(err, evolve.ErrUnsupported) {
			continue // not of this benchmark, or not with these settings
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := evolve.ObjectiveNames(b.Problem().Objectives); !slices.Equal(got, []string{own, name}) {
			t.Errorf("%v, want %s and %s", got, own, name)
		}
		b.declared(t)
		c.reference(t, append(slices.Clone(set), evolve.Setting{Key: option, Value: own + "+" + name}))
		swapped, err := with(name, own)
		if c.About().Trains() { // judged by its error; an evaluation takes seconds
			if !errors.Is(err, evolve.ErrUnsupported) {
				t.Errorf("%s first: %v, want an ErrUnsupported", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s first: %v", name, err)
			continue
		}
		swapped.declared(t)
		for i := range c.trials {
			b.swaps(t, swapped, &c.trials[i])
		}
	}
}

// reference: the corner of hypervolumes is what the option says, a number of each objective in its own sense.
func (c *benchmark) reference(t *testing.T, set []evolve.Setting) {
	with := func(text string) (evolve.Benchmark, error) {
		return open(c.entry, c.variant, append(slices.Clone(set), evolve.Setting{Key: "reference", Value: text}))
	}
	first := 1e3 // worse than all results, as the sizes are
	if o, err := open(c.entry, c.variant, set); err != nil {
		t.Fatal(err)
	} else if o.Problem().Objectives[0].Unit == evolve.UnitFraction {
		first = 1
	}
	b, err := with(fmt.Sprintf("%g+1e12", first))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{first, 1e12} {
		if o := b.Problem().Objectives[i]; o.Reference != want {
			t.Errorf("the reference of %s is %g, want %g as it was given", o.Name, o.Reference, want)
		}
	}
	if _, err := with("1"); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("a reference of one number for two objectives: %v, want an ErrInvalid", err)
	}
}

// swaps: a benchmark with its two objectives in the other order says the same.
func (c *benchmark) swaps(t *testing.T, swapped *benchmark, tr *evolve.Trial) {
	var r, s evolve.Result
	err := errors.Join(c.Evaluate(context.Background(), tr, &r), swapped.Evaluate(context.Background(), tr, &s))
	if err != nil {
		t.Fatal(err)
	}
	c.values(t, tr.Arch, &r)
	swapped.values(t, tr.Arch, &s)
	if s.Loss != r.Others[0] || s.Others[0] != r.Loss || s.Cost != r.Cost {
		t.Fatalf("%s: %+v, in the other order %+v", tr.Arch, r, s)
	}
	got, err := swapped.Score(tr)
	if err != nil || got.Val != s.Loss || got.Test != s.Loss || got.Val < swapped.About().BestVal {
		t.Fatalf("%s: score %+v, %v of a first objective that is known without training: %g; the best is %g",
			tr.Arch, got, err, s.Loss, swapped.About().BestVal)
	}
}
