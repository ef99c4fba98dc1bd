package search_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// The mutants of a round come from the ten best alone, and from several of them.
func TestNPENASParents(t *testing.T) {
	s := &search.NPENAS{Start: 30, Round: 100, Candidates: 100, Parents: 10, Each: 10, Repeat: "skip"}
	begin(t, s, space.Bits{Length: 40}, 1)
	for id := 1; id <= 30; id++ {
		told(t, s, ask(t, s), id, float64(id))
	}
	from := map[int]int{}
	for range 80 {
		from[ask(t, s).Parents[0]]++
	}
	for id, n := range from {
		if id < 1 || id > 10 || n > 10 {
			t.Errorf("%d mutants of trial %d, want at most ten of each of the trials 1 to 10", n, id)
		}
	}
}

// Both variants learn: a sum of decisions is found as random search does not.
func TestNPENASVariants(t *testing.T) {
	for _, v := range []string{"np", "bo"} {
		_, ones := toy(t, evolvetest.Open(t, evolve.Searchers, "npenas,variant="+v), 0, true, 100, 3)
		for _, n := range ones {
			if n < 66 { // random search has 62.5 on average after so many
				t.Errorf("%s: %v ones of 100 after 100 evaluations", v, ones)
			}
		}
	}
}

// The published graph network learns as well, where the space has graphs, and where it has none it is refused.
func TestNPENASPublished(t *testing.T) {
	e, err := evolve.Searchers.Lookup("npenas")
	if err != nil {
		t.Fatal(err)
	}
	spec := evolve.Spec{Name: "npenas", Set: []evolve.Setting{{Key: "preset", Value: "published"},
		{Key: "epochs", Value: "40"}}}
	s, o, err := evolve.Searchers.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	bits := evolve.Problem{Space: space.Bits{Length: 40}}
	for what, err := range map[string]error{
		"Fit": e.Fit(o, bits), "Init": s.Init(bits, evolve.Stream(1, "search")),
	} {
		if !errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(err.Error(), "graphs") {
			t.Errorf("%s on bits: %v, want an ErrUnsupported that names graphs", what, err)
		}
	}
	for _, more := range []evolve.Setting{{Key: "variant", Value: "bo"}, {Key: "features", Value: "onehot"}} {
		with := spec
		with.Set = append(slices.Clone(spec.Set), more)
		if _, _, err := evolve.Searchers.Open(with); !errors.Is(err, evolve.ErrUnsupported) {
			t.Errorf("%s beside preset=published: %v, want an ErrUnsupported", more.Key, err)
		}
	}
	// The loss is the number of edges of NAS-Bench-201 without a 3x3 convolution: 0 is one cell of 15,625.
	lowest := func(s evolve.Searcher) (least float64) {
		begin(t, s, space.NB201{}, 1)
		least = 6
		for id := 1; id <= 60; id++ {
			p := ask(t, s)
			loss := float64(6 - strings.Count(string(p.Arch), "3"))
			least = min(least, loss)
			told(t, s, p, id, loss)
		}
		return least
	}
	if found, without := lowest(s), lowest(evolvetest.Open(t, evolve.Searchers, "random")); found > 0 || without < 2 {
		t.Errorf("after 60 evaluations %g edges lack a convolution, and %g of random search; want 0, and at least 2",
			found, without)
	}
}
