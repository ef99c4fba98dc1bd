package search

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Above the bound there is no improvement.
func TestImprovementBound(t *testing.T) {
	for z := -12.0; z <= 3; z += .01 {
		for _, sd := range []float64{1e-6, .3, 50} {
			ei := gauss.ExpectedImprovement(7+z*sd, sd, 7)
			if bound := improvementBound(7+z*sd, sd, 7); !(bound >= ei) {
				t.Fatalf("z=%.2f, sd %g: bound %g, improvement %g", z, sd, bound, ei)
			}
		}
	}
}

// The improvement of losses whose logarithm is normal, in closed form and by its integral.
func TestSMACLogImprovement(t *testing.T) {
	s := &SMAC{Scale: "log"}
	for _, c := range []struct{ mean, sd, loss float64 }{{2, .3, .1}, {2.5, .1, .08}, {1.9, .5, .2}, {3, 1, .01}} {
		s.trees.top = -math.Log(c.loss)
		want := 0.0
		const steps = 200_000
		for i := range steps {
			z := -8 + 16*(float64(i)+.5)/steps
			density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
			want += max(0, c.loss-math.Exp(-(c.mean+z*c.sd))) * density * 16 / steps
		}
		if got := s.promise(c.mean, c.sd, math.Inf(-1)); math.Abs(got-want) > 1e-7 {
			t.Errorf("%+v: %.9f, want %.9f", c, got, want)
		}
	}
	s.trees.top = -math.Log(.2)
	if got := s.promise(-math.Log(.15), 0, math.Inf(-1)); math.Abs(got-.05) > 1e-12 {
		t.Errorf("without doubt: %v, want 0.05", got)
	}
}

// proposals are a searcher's, answered at once by how many operations of a cell are no 3×3 convolution.
func proposals(t *testing.T, s evolve.Searcher, n int) (archs []evolve.Arch) {
	t.Helper()
	if err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(5, "search")); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		var p evolve.Proposal
		if !s.Ask(&p) {
			t.Fatalf("no proposal %d", i+1)
		}
		archs = append(archs, p.Arch)
		loss := .1
		for _, op := range p.Arch {
			if op != '3' {
				loss += .05
			}
		}
		if err := s.Tell(&evolve.Trial{ID: i + 1, Proposal: p}, &evolve.Result{Loss: loss}); err != nil {
			t.Fatal(err)
		}
	}
	return archs
}

// A share of the proposals is random, and the forest's others find what it is told of.
func TestSMACInterleaves(t *testing.T) {
	const start, n = 10, 60
	for _, c := range []struct {
		interleave float64
		low, high  int // proposals that have a 3×3 convolution on at least three edges
	}{{0, 40, 50}, {1, 0, 15}} {
		s := &SMAC{Features: "onehot", Start: start, Interleave: c.interleave, Repeat: repeatSkip}
		archs := proposals(t, s, n)
		if !slices.Contains(archs, "333333") != (c.interleave == 1) {
			t.Errorf("interleave=%g: the best cell was found: %v", c.interleave, slices.Contains(archs, "333333"))
		}
		if n := len(slices.Compact(slices.Sorted(slices.Values(archs)))); n != len(archs) {
			t.Errorf("interleave=%g: %d different of %d: none is to be paid for twice", c.interleave, n, len(archs))
		}
		near := 0
		for _, a := range archs[start:] {
			convs := 0
			for _, op := range a {
				if op == '3' {
					convs++
				}
			}
			if convs >= 3 {
				near++
			}
		}
		if near < c.low || near > c.high {
			t.Errorf("interleave=%g: %d of %d proposals are near the best, want %d to %d", c.interleave, near, n-start,
				c.low, c.high)
		}
	}
}

// What five workers evaluate is hardly proposed again, even where repeats are allowed: its improvement is none.
func TestSMACLies(t *testing.T) {
	s := &SMAC{Features: "onehot+structure", Start: 10, Repeat: repeatCharge}
	proposals(t, s, 20)
	seen := map[evolve.Arch]bool{}
	for range 5 {
		var p evolve.Proposal
		if !s.Ask(&p) {
			t.Fatal("no proposal")
		}
		seen[p.Arch] = true
	}
	if len(s.trees.running) != 5 || len(seen) < 3 {
		t.Errorf("%d run, %d different", len(s.trees.running), len(seen))
	}
}

// The tests of the paper's method: preset published opens with its numbers, and what is given stands above it.
func TestSMACPresets(t *testing.T) {
	for _, c := range []struct {
		spec       string
		trees      int
		scale      string
		bootstrap  bool
		interleave float64
		anew       int
	}{
		{"smac", 30, "half", false, -1, 5},
		{"smac,trees=60,scale=copula", 60, "copula", false, -1, 10},
		{"smac,preset=published", 10, "log", true, -1, 10},
		{"smac,preset=published,trees=20,interleave=0,scale=raw", 20, "raw", true, 0, 20},
	} {
		s := evolvetest.Open(t, evolve.Searchers, c.spec).(*SMAC)
		if err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "search")); err != nil {
			t.Fatal(err)
		}
		if s.params.Trees != c.trees || s.scale() != c.scale || s.params.Bootstrap != c.bootstrap ||
			s.Interleave != c.interleave || s.anew != c.anew {
			t.Errorf("%s: %+v, %s, interleave %g, %d anew", c.spec, s.params, s.scale(), s.Interleave, s.anew)
		}
	}
}

func TestSMACRefuses(t *testing.T) {
	for _, c := range []struct {
		s    *SMAC
		of   evolve.Space
		want error
	}{
		{&SMAC{Features: "auto", Start: 1}, space.NB201{}, evolve.ErrInvalid},
		{&SMAC{Features: "wings", Start: 10}, space.NB201{}, evolve.ErrUnknown},
		{&SMAC{Features: "adj", Start: 10}, space.NB101{}, evolve.ErrUnsupported}, // has halves
		{&SMAC{Features: "auto", Start: 10, Repeat: "never"}, space.NB201{}, evolve.ErrUnknown},
		{&SMAC{Features: "auto", Start: 10}, struct{ evolve.Space }{space.NB201{}}, evolve.ErrUnsupported},
	} {
		if err := c.s.Init(evolve.Problem{Space: c.of}, evolve.Stream(1, "search")); !errors.Is(err, c.want) {
			t.Errorf("%+v on %s: %v, want %v", c.s, c.of.Name(), err, c.want)
		}
	}
}

// forestSearchers are those that grow trees, with their defaults.
func forestSearchers(t *testing.T) map[string]evolve.Searcher {
	t.Helper()
	all := map[string]evolve.Searcher{}
	for _, name := range []string{"smac", "conformal", "weaknas"} {
		all[name] = evolvetest.Open(t, evolve.Searchers, name)
	}
	return all
}

// A space of fewer architectures than a search begins with is proposed once, and then nothing is left.
func TestForestsOfFew(t *testing.T) {
	cells := []evolve.Arch{"333333", "000001", "123401", "444444", "220011"}
	pool, err := space.NewPool(space.NB201{}, cells, space.PoolRefuse, "onehot")
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range forestSearchers(t) {
		if err := s.Init(evolve.Problem{Space: pool}, evolve.Stream(1, "search")); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []evolve.Arch
		var p evolve.Proposal
		for ; s.Ask(&p); p = (evolve.Proposal{}) {
			got = append(got, p.Arch)
			if err := s.Tell(&evolve.Trial{ID: len(got), Proposal: p}, &evolve.Result{Loss: .1}); err != nil {
				t.Fatal(err)
			}
		}
		if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(cells))) {
			t.Errorf("%s proposed %v", name, got)
		}
	}
}

// Losses that are all the same, or all of failed trials, end no search. Twice the losses, and as many more, change
// none.
func TestForestsOfAnyLosses(t *testing.T) {
	run := func(s evolve.Searcher, loss func(i int) float64) (archs []evolve.Arch) {
		if err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(3, "search")); err != nil {
			t.Fatal(err)
		}
		for i := range 45 {
			var p evolve.Proposal
			if !s.Ask(&p) {
				t.Fatalf("%T proposes nothing after %d trials", s, i)
			}
			archs = append(archs, p.Arch)
			if err := s.Tell(&evolve.Trial{ID: i + 1, Proposal: p}, &evolve.Result{Loss: loss(i)}); err != nil {
				t.Fatal(err)
			}
		}
		return archs
	}
	for name, s := range forestSearchers(t) {
		for _, v := range []float64{.25, 0, math.Inf(1)} {
			if got := run(s, func(int) float64 { return v }); len(slices.Compact(slices.Sorted(slices.Values(got)))) != 45 {
				t.Errorf("%s: losses of %g: an architecture comes twice", name, v)
			}
		}
		steps := func(i int) float64 { return float64(i*37%45) / 64 }
		want := run(s, steps)
		if got := run(s, func(i int) float64 { return 2 * steps(i) }); !slices.Equal(got, want) {
			t.Errorf("%s: twice the losses change what is proposed", name)
		}
		if got := run(s, func(i int) float64 { return steps(i) + 4 }); !slices.Equal(got, want) {
			t.Errorf("%s: losses that are 4 higher change what is proposed", name)
		}
	}
}

// Who writes out what the preset means has the same searcher, and the same random stream; another preset's number stays.
func TestPresetsWrittenOut(t *testing.T) {
	identity := func(text string) string {
		spec, err := evolve.ParseSpec(text)
		if err != nil {
			t.Fatal(err)
		}
		_, o, err := evolve.Searchers.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		return o.Identity().String()
	}
	for text, want := range map[string]string{
		"smac,trees=30,interleave=0,scale=half":                   "smac",
		"smac,preset=published,trees=10,interleave=0.2,scale=log": "smac,preset=published",
		"reinforce,lr=0.01":                                       "reinforce",
		"reinforce,preset=nb101,lr=0.1":                           "reinforce,preset=nb101",
	} {
		if got, want := identity(text), identity(want); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
	if identity("smac,trees=10") == identity("smac") || identity("reinforce,lr=0.1") == identity("reinforce") {
		t.Error("another preset's number counts as this one's")
	}
	for s, want := range map[*SMAC][2]any{{Features: "auto"}: {30, "half"}, {Preset: "published", Features: "auto"}: {10, "log"}} {
		s.Start, s.Interleave = 2, -1
		if err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "test")); err != nil {
			t.Fatal(err)
		}
		if got := [2]any{s.params.Trees, s.scale()}; got != want {
			t.Errorf("preset %q is %v, the options say %v", s.Preset, got, want)
		}
	}
}
