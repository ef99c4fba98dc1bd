package search

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
)

// seen is a set of architectures.
type seen map[evolve.Arch]struct{}

// The largest population: some hundred megabytes. Published ones have 10 to 1,000 members.
const maxPopulation = 1_000_000

// Redraws before a searcher that may not repeat itself looks elsewhere. Far more than an
// operator's number of outcomes (24 in nb201), so a child that exists is found.
const redraws = 1000

// mark adds a and says whether it is new.
func (s seen) mark(a evolve.Arch) bool {
	if _, ok := s[a]; ok {
		return false
	}
	s[a] = struct{}{}
	return true
}

// mutation finds a space's operator for a searcher; "" and the option's own default are the space's.
func mutation(searcher string, space evolve.Space, name string) (evolve.Mutation, error) {
	if err := evolve.Mutates.Check(evolve.Problem{Space: space}); err != nil {
		return nil, fmt.Errorf("%s: %w", searcher, err)
	}
	m := space.(evolve.Mutator)
	if name == "" || name == "default" {
		name = m.Mutations()[0]
	}
	return m.Mutation(name)
}

// claims are those of a searcher that learns from a few hundred trials, on what is embedded.
var claims = []evolve.Claim{
	{On: "bits", By: evolve.ByTrials, Budget: 400, Over: "random"},
	{On: "nb201:cifar10,source=surrogate", By: evolve.ByTrials, Budget: 400, Over: "random"},
	{On: "nb101,source=surrogate,noise=mean", By: evolve.ByTrials, Budget: 400, Over: "random"},
}

// modelClaims are those of a searcher that fits models, which learns from fewer.
var modelClaims = []evolve.Claim{
	{On: "nb201:cifar10,source=surrogate", By: evolve.ByTrials, Budget: 60, Over: "random"},
	{On: "nb101,source=surrogate,noise=mean", By: evolve.ByTrials, Budget: 100, Over: "random"},
}
