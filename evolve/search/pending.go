package search

import (
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// pending are the architectures that a searcher asked for and was not told of yet, in the order of asking. With several
// workers a model that knows nothing of them would propose the neighbours of what is being evaluated: a constant liar
// (Ginsbourger, Le Riche and Carraro, "Kriging is well-suited to parallelize optimization", 2010) fits it as if they
// had ended with some loss.
type pending []evolve.Arch

// ask adds a trial.
func (p *pending) ask(a evolve.Arch) { *p = append(*p, a) }

// tell removes the first of an architecture: which of several trials of one architecture ended makes no difference to
// a model.
func (p *pending) tell(a evolve.Arch) {
	if i := slices.Index(*p, a); i >= 0 {
		*p = slices.Delete(*p, i, i+1)
	}
}

// flights keep what a searcher must still know of a trial when it ends, by numbers that are used again, so that memory
// is that of the most trials at a time.
type flights[T any] struct {
	of   []T
	free []int // numbers of no trial
}

// begin is the number of a trial that begins. What the last trial of that number left there is to be overwritten, and
// its memory may be.
func (f *flights[T]) begin() (number int, of *T) {
	if n := len(f.free); n > 0 {
		number, f.free = f.free[n-1], f.free[:n-1]
	} else {
		var none T
		number, f.of = len(f.of), append(f.of, none)
	}
	return number, &f.of[number]
}

// end is what was kept of a trial. It stands until the next one begins.
func (f *flights[T]) end(number int) *T {
	f.free = append(f.free, number)
	return &f.of[number]
}
