package search

import (
	"errors"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Settings that make no search are refused when a study begins, whoever set them.
func TestInitRefuses(t *testing.T) {
	for name, s := range map[string]evolve.Searcher{
		"regevo's zero value":   &RegEvo{},
		"no sample":             &RegEvo{Population: 10},
		"sample too large":      &RegEvo{Population: 10, Sample: 11, Distinct: true},
		"unknown kill":          &RegEvo{Population: 10, Sample: 3, Kill: "youngest"},
		"unknown repeat":        &RegEvo{Population: 10, Sample: 3, Repeat: "never"},
		"unknown mutation":      &RegEvo{Population: 10, Sample: 3, Mutation: "flip"},
		"eaopt's zero value":    &EAOpt{},
		"eaopt, all contend":    &EAOpt{Population: 3, Contest: 3, MutRate: 1},
		"eaopt, nothing new":    &EAOpt{Population: 10, Contest: 3},
		"eaopt, rate above one": &EAOpt{Population: 10, Contest: 3, MutRate: 2},
	} {
		err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "search"))
		if !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
