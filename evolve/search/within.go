package search

import "github.com/amoeba-nas/amoeba/evolve"

// Every searcher that takes another one lists it, so that one which holds a process is closed with the study:
// [evolve.Outer].

func (n *nest) within() []evolve.Searcher {
	if n.inner == nil {
		return nil
	}
	return []evolve.Searcher{n.inner}
}

func (n *nests) within() (all []evolve.Searcher) {
	for i := range n.at {
		all = append(all, n.at[i].within()...)
	}
	return all
}

// Within is Inner.
func (s *ASHA) Within() []evolve.Searcher { return s.nest.within() }

// Within is Inner.
func (s *MedianStop) Within() []evolve.Searcher { return s.nest.within() }

// Within is Inner.
func (s *Halving) Within() []evolve.Searcher { return s.brackets.in.within() }

// Within is what Inner made, one for each rung at which brackets begin.
func (s *Hyperband) Within() []evolve.Searcher { return s.brackets.in.within() }

// Within is First.
func (e *RegEvo) Within() []evolve.Searcher { return e.opening.nest.within() }

// Within is First.
func (g *GP) Within() []evolve.Searcher { return g.opening.nest.within() }

// Within is First.
func (s *SMAC) Within() []evolve.Searcher { return s.trees.opening.nest.within() }

// Within is First.
func (s *Conformal) Within() []evolve.Searcher { return s.trees.opening.nest.within() }

// Within is First.
func (s *WeakNAS) Within() []evolve.Searcher { return s.trees.opening.nest.within() }

// Within is First.
func (s *NSGA2) Within() []evolve.Searcher { return s.opening.nest.within() }

// Within is First.
func (s *Lemonade) Within() []evolve.Searcher { return s.opening.nest.within() }

// Within is First.
func (s *EHVI) Within() []evolve.Searcher { return s.opening.nest.within() }
