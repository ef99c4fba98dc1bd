package search_test

import (
	"testing"

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
		_, ones := toy(t, opened(t, "npenas,variant="+v), 0, true, 100, 3)
		for _, n := range ones {
			if n < 66 { // random search has 62.5 on average after so many
				t.Errorf("%s: %v ones of 100 after 100 evaluations", v, ones)
			}
		}
	}
}
