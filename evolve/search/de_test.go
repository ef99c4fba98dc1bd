package search

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"gonum.org/v1/gonum/floats"
)

func randomVector(n int, r *rand.Rand) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.Float64()
	}
	return v
}

// Mutation and crossover by their definitions: of equal vectors the mutant is the same whatever F is; every number is
// base + F·(plus - minus) or, where that is out of range, anything in it; a rate of 0 leaves one number of the mutant, a
// rate of 1 all, and in between the others are the mutant's with that chance.
func TestDifferAndCross(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n, runs = 7, 4000
	same, mutant := randomVector(n, r), make([]float64, n)
	for _, f := range []float64{0, .5, 2} {
		if differ(mutant, same, same, same, f, r); !slices.Equal(mutant, same) {
			t.Errorf("F=%g: %v of %v alone", f, mutant, same)
		}
	}
	redrawn, beyond, kept := 0, 0, 0
	for range runs {
		a, b, c, target := randomVector(n, r), randomVector(n, r), randomVector(n, r), randomVector(n, r)
		differ(mutant, a, b, c, .5, r)
		for i, x := range mutant {
			want := a[i] + .5*(b[i]-c[i])
			if want < 0 || want > 1 {
				beyond++
				want = x
			}
			if math.Abs(x-want) > 1e-15 || x < 0 || x > 1 {
				t.Fatalf("%g, want %g", x, want)
			}
			if x != a[i]+.5*(b[i]-c[i]) {
				redrawn++
			}
		}
		for rate, least := range map[float64]int{0: 1, 1: n} {
			m := slices.Clone(mutant)
			if crossBinomially(m, target, rate, r); n-common(m, target) != least {
				t.Errorf("a rate of %g leaves %d numbers of the mutant, want %d", rate, n-common(m, target), least)
			}
		}
		m := slices.Clone(mutant)
		crossBinomially(m, target, .3, r)
		kept += n - common(m, target)
	}
	if beyond == 0 || redrawn < beyond {
		t.Errorf("%d numbers out of range, %d redrawn", beyond, redrawn)
	}
	want := runs * (1 + .3*(n-1))
	if sd := math.Sqrt(runs * (n - 1) * .3 * .7); math.Abs(float64(kept)-want) > 4*sd {
		t.Errorf("a rate of 0.3 leaves %d numbers of %d mutants, want %.0f ± %.0f", kept, runs, want, sd)
	}
	for but := range 5 {
		x := threeOf(5, but, r)
		if slices.Contains(x[:], but) || x[0] == x[1] || x[0] == x[2] || x[1] == x[2] {
			t.Errorf("%v of 5 but %d", x, but)
		}
	}
}

// common is how many numbers two vectors share.
func common(a, b []float64) (n int) {
	for i := range a {
		if a[i] == b[i] {
			n++
		}
	}
	return n
}

// Architectures as vectors and back, on every space of decisions; an even vector chooses every option alike.
func TestCube(t *testing.T) {
	tried := 0
	for _, e := range evolve.Spaces.Entries() {
		s, _, err := evolve.Spaces.Open(evolve.Spec{Name: e.Name})
		if err != nil {
			continue
		}
		d, ok := s.(evolve.Decider)
		if !ok {
			continue
		}
		tried++
		c, r := newCube(d), rand.New(rand.NewPCG(1, 2))
		v := make([]float64, len(c.all))
		for range 200 {
			a := s.Sample(r)
			c.encode(v, a, r)
			b, err := c.decode(v)
			if err != nil || floats.Min(v) < 0 || floats.Max(v) > 1 {
				t.Fatalf("%s: %s is %v, which is %v", e.Name, a, v, err)
			}
			x, _ := s.Canon(a)
			if y, _ := s.Canon(b); x != y {
				t.Errorf("%s: %s comes back as %s", e.Name, a, b)
			}
		}
	}
	if tried < 5 {
		t.Errorf("%d spaces of decisions", tried)
	}
	all := &plane{all: []evolve.Decision{{Name: "k", Options: 49}, {Name: "rate", Lo: 1e-4, Hi: 1, Log: true}, {Name: "x", Lo: -1, Hi: 3}}}
	c, r := newCube(all), rand.New(rand.NewPCG(1, 2))
	v := make([]float64, 3)
	for k := range 49 { // 1/49·49 is below 1 where it is rounded
		x := []float64{float64(k), 1e-4, 3}
		if k%2 == 0 {
			x[1], x[2] = 1, -1
		}
		c.encode(v, all.arch(x), r)
		if a, err := c.decode(v); err != nil || a != all.arch(x) {
			t.Errorf("%v becomes %s, %v", x, a, err)
		}
	}
	for end, want := range map[float64]evolve.Arch{0: "0,0.0001,-1", 1: "48,1,3"} {
		if a, err := c.decode([]float64{end, end, end}); err != nil || a != want {
			t.Errorf("the end %g is %s, %v, want %s", end, a, err, want)
		}
	}
}

// A rival takes its member's place if it is as good, and not if it is worse or failed; members are rivalled in turn.
func TestDEReplaces(t *testing.T) {
	s := begun(t, &DE{Population: 5, F: .5, CR: .5}, evolve.Problem{Space: space.NB201{}})
	id := 0
	tell := func(loss float64) (tr evolve.Trial, target int) {
		id++
		tr.ID = id
		if !s.Ask(&tr.Proposal) {
			t.Fatalf("trial %d: it waits", id)
		}
		target = s.flights.of[tr.Tag].target
		if err := s.Tell(&tr, &evolve.Result{Loss: loss}); err != nil {
			t.Fatal(err)
		}
		return tr, target
	}
	for i := range 5 {
		if tr, at := tell(.5); at != i || tr.Parents[0] != 0 {
			t.Errorf("trial %d is of member %d, parents %v", tr.ID, at, tr.Parents)
		}
	}
	for i, c := range []struct {
		loss     float64
		replaces bool
	}{{.5, true}, {.6, false}, {math.Inf(1), false}, {.4, true}, {.5, true}, {.5, true}, {.5, true}} {
		before := s.members[i%5].id
		tr, at := tell(c.loss)
		if at != i%5 || tr.Parents[0] != before {
			t.Errorf("trial %d rivals member %d, of trial %d; want member %d, of trial %d", tr.ID, at, tr.Parents[0], i%5, before)
		}
		if got := s.members[at].id == tr.ID; got != c.replaces {
			t.Errorf("a loss of %g replaces: %v", c.loss, got)
		}
		if a, err := s.cube.decode(s.members[at].v); c.replaces && (err != nil || a != tr.Arch) {
			t.Errorf("member %d is %s, %v, want %s", at, a, err, tr.Arch)
		}
	}
}

// The first mutants wait for the whole first generation; what the space refuses is never proposed; a space that
// refuses all mutants is sampled.
func TestDEWaitsAndRedraws(t *testing.T) {
	s := begun(t, &DE{Population: 4, F: .5, CR: .5}, evolve.Problem{Space: space.NB201{}})
	var trials [5]evolve.Trial
	for i := range 4 {
		trials[i].ID = i + 1
		s.Ask(&trials[i].Proposal)
	}
	for i := range 4 {
		if s.Ask(&trials[4].Proposal) {
			t.Fatalf("a mutant after %d of 4", i)
		}
		_ = s.Tell(&trials[i], &evolve.Result{Loss: 1})
	}
	if !s.Ask(&trials[4].Proposal) || trials[4].Parents == [2]int{} {
		t.Errorf("no mutant after the first generation: %+v", trials[4])
	}
	picky := &plane{all: []evolve.Decision{{Name: "x", Options: 9}, {Name: "y", Options: 9}}, refuse: func(x []float64) bool { return x[0] == x[1] }}
	s = begun(t, &DE{Population: 4, F: .5, CR: .5}, evolve.Problem{Space: picky})
	for i := range 200 {
		tr := evolve.Trial{ID: i + 1}
		s.Ask(&tr.Proposal)
		if x := picky.Choices(nil, tr.Arch); i >= 4 && (tr.Parents[0] == 0 || x[0] == x[1]) {
			t.Errorf("trial %d: %s of %v", tr.ID, tr.Arch, tr.Parents)
		}
		_ = s.Tell(&tr, &evolve.Result{Loss: float64(i)})
	}
	none := &plane{all: picky.all, refuse: func([]float64) bool { return true }}
	(&formula{none, func(x []float64) float64 { return x[0] }}).lowest(t, &DE{Population: 4, F: .5, CR: .5}, 12, 1)
}

func TestDERefuses(t *testing.T) {
	for _, s := range []*DE{{}, {Population: 3, F: .5, CR: .5}, {Population: 9, F: 3}, {Population: 9, CR: math.NaN()}, {Population: 9, Repeat: "never"}} {
		err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "search"))
		if !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}
