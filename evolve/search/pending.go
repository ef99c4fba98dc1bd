package search

import (
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// pending are the trials that a searcher asked for and was not told of yet, in the order of asking. With several
// workers a model that knows nothing of them would propose the neighbours of what is being evaluated: a constant liar
// (Ginsbourger, Le Riche and Carraro, "Kriging is well-suited to parallelize optimization", 2010) fits it as if they
// had ended with some loss.
type pending []flight

// flight is one of them.
type flight struct {
	arch evolve.Arch
	at   int // a number of the searcher's own, such as the place in a listed space
}

// ask adds a trial.
func (p *pending) ask(a evolve.Arch, at int) { *p = append(*p, flight{a, at}) }

// tell removes the first of an architecture: which of several trials of one architecture ended makes no difference to
// a model.
func (p *pending) tell(a evolve.Arch) {
	if i := slices.IndexFunc(*p, func(f flight) bool { return f.arch == a }); i >= 0 {
		*p = slices.Delete(*p, i, i+1)
	}
}
