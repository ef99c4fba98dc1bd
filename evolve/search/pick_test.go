package search_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// convs is the number of 3×3 convolutions of a cell, whole numbers with many equals.
func convs(a evolve.Arch) (float64, error) { return float64(strings.Count(string(a), "3")), nil }

// place is the cell's number, without equals.
func place(a evolve.Arch) (float64, error) { return float64(space.NB201{}.Index(a)), nil }

func proxies(s evolve.Space) evolve.Problem {
	return evolve.Problem{Space: s, Proxies: []evolve.Proxy{{Name: "convs", Score: convs}, {Name: "number", Score: place}}}
}

// picked is what a searcher proposes until it is done.
func picked(t *testing.T, s *search.Pick, p evolve.Problem, seed uint64) (archs []evolve.Arch) {
	t.Helper()
	if err := s.Init(p, evolve.Stream(seed, "search")); err != nil {
		t.Fatal(err)
	}
	var next evolve.Proposal
	for s.Ask(&next) {
		archs = append(archs, next.Arch)
		if err := s.Tell(&evolve.Trial{Proposal: next}, &evolve.Result{Loss: 1}); err != nil {
			t.Fatal(err)
		}
		next = evolve.Proposal{}
	}
	return archs
}

// What was drawn is proposed by falling score, each once.
func TestPickFallsByScore(t *testing.T) {
	for _, c := range []struct {
		by    string
		drawn int
		want  int // proposals
		score func(evolve.Arch) (float64, error)
	}{
		{"auto", 100, 100, convs}, {"convs", 100, 100, convs}, {"number", 1000, 1000, place},
		{"number", 0, space.NB201Size, place},
		{"convs", 1_000_000, space.NB201Size / 2, convs}, // no more than half
	} {
		t.Run(fmt.Sprintf("by=%s,drawn=%d", c.by, c.drawn), func(t *testing.T) {
			archs := picked(t, &search.Pick{By: c.by, Drawn: c.drawn}, proxies(space.NB201{}), 1)
			distinct := map[evolve.Arch]bool{}
			last := math.Inf(1)
			for _, a := range archs {
				x, _ := c.score(a)
				if distinct[a] = true; x > last {
					t.Fatalf("%s of score %g after %g", a, x, last)
				}
				last = x
			}
			if len(archs) != c.want || len(distinct) != c.want {
				t.Errorf("%d proposals of %d architectures, want %d", len(archs), len(distinct), c.want)
			}
		})
	}
}

// One seed proposes the same again, another seed others; a searcher is as new after Init.
func TestPickIsItsSeeds(t *testing.T) {
	s := &search.Pick{By: "convs", Drawn: 50}
	one := picked(t, s, proxies(space.NB201{}), 1)
	if again := picked(t, s, proxies(space.NB201{}), 1); !slices.Equal(one, again) {
		t.Error("one seed proposes two lists")
	}
	if two := picked(t, s, proxies(space.NB201{}), 2); slices.Equal(one, two) {
		t.Error("two seeds propose one list")
	}
	// Of the whole space equals come in an order of the seed's.
	s.Drawn = 0
	one, two := picked(t, s, proxies(space.NB201{}), 1), picked(t, s, proxies(space.NB201{}), 2)
	if one[0] != "333333" || two[0] != "333333" || slices.Equal(one, two) {
		t.Errorf("%s and %s are first, equals in one order %t", one[0], two[0], slices.Equal(one, two))
	}
}

// A score of −Inf is the last but for none at all.
func TestPickWithoutScore(t *testing.T) {
	p := proxies(space.NB201{})
	p.Proxies[0].Score = func(a evolve.Arch) (float64, error) {
		switch a[0] {
		case '0':
			return math.NaN(), nil
		case '1':
			return math.Inf(-1), nil
		case '2':
			return math.Inf(1), nil
		}
		return -1e300, nil
	}
	order := ""
	for _, a := range picked(t, &search.Pick{By: "auto"}, p, 1) {
		if n := len(order); n == 0 || order[n-1] != min(a[0], '3') {
			order += string(min(a[0], '3'))
		}
	}
	if order != "2310" {
		t.Errorf("first operations come as %s, want 2310", order)
	}
}

func TestPickRefuses(t *testing.T) {
	lost := errors.New("lost")
	broken := evolve.Problem{Space: space.NB201{}, Proxies: []evolve.Proxy{{Name: "broken", Score: func(evolve.Arch) (float64, error) { return 0, lost }}}}
	for name, c := range map[string]struct {
		s    search.Pick
		p    evolve.Problem
		is   error
		text string
	}{
		"no proxies":   {search.Pick{By: "auto", Drawn: 10}, evolve.Problem{Space: space.NB201{}}, evolve.ErrUnsupported, "no training-free scores"},
		"unknown":      {search.Pick{By: "conv", Drawn: 10}, proxies(space.NB201{}), evolve.ErrUnknown, `did you mean "convs"?`},
		"empty name":   {search.Pick{Drawn: 10}, proxies(space.NB201{}), evolve.ErrUnknown, "known: convs, number"},
		"no numbering": {search.Pick{By: "auto"}, proxies(bare{}), evolve.ErrUnsupported, "cannot be enumerated"},
		"score":        {search.Pick{By: "broken", Drawn: 10}, broken, lost, "lost"},
	} {
		err := c.s.Init(c.p, evolve.Stream(1, "search"))
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", name, err, c.text)
		}
	}
	for _, text := range []string{"-1", "1000001", "x", "1e3"} {
		if _, _, err := evolve.Searchers.Open(evolve.Spec{Name: "pick", Set: []evolve.Setting{{Key: "drawn", Value: text}}}); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("drawn=%s: %v", text, err)
		}
	}
}

// A space that is not numbered and smaller than what is to be drawn is used up.
func TestPickUsesUp(t *testing.T) {
	p := evolve.Problem{Space: bare{}, Proxies: []evolve.Proxy{{Name: "letter", Score: func(a evolve.Arch) (float64, error) { return float64(a[0]), nil }}}}
	if archs := picked(t, &search.Pick{By: "auto", Drawn: 10}, p, 1); !slices.Equal(archs, []evolve.Arch{"c", "b", "a"}) {
		t.Errorf("proposals %v", archs)
	}
}

// The one that is evaluated is the best by score of all that were drawn without repeats: of
// n of N numbers the highest is (n(N+1))/(n+1) − 1 in the mean.
func TestPickTakesTheBestOfDrawn(t *testing.T) {
	const n, runs = 100, 2000
	var best []float64
	for seed := range uint64(runs) {
		b := &invented{space: space.NB201{}}
		var r tape
		study := evolve.Study{Problem: proxies(b.space), Searcher: &search.Pick{By: "number", Drawn: n}, Pool: evolve.Simulate(b, 1), Recorder: &r, Trials: 1, Seed: seed}
		if _, err := study.Run(context.Background()); err != nil || len(r) != 1 {
			t.Fatal(len(r), err)
		}
		x, _ := place(r[0].Arch)
		best = append(best, x)
	}
	want := float64(n*(space.NB201Size+1))/(n+1) - 1
	mean, sd := stat.MeanStdDev(best, nil)
	if se := sd / math.Sqrt(runs); math.Abs(mean-want) > 4*se {
		t.Errorf("the best of %d has number %.1f ± %.1f, want %.1f", n, mean, se, want)
	}
}
