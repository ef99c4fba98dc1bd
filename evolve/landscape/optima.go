package landscape

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// An Optimum is an architecture none of whose neighbours has a lower loss.
type Optimum struct {
	Arch  evolve.Arch
	Loss  float64
	Basin int // architectures from which steepest descent ends here, itself included
}

// Numbered is a space that numbers its architectures and knows their neighbours.
type Numbered interface {
	evolve.Enumerable
	evolve.Neighborer
}

// Basins returns every local optimum of a space with its basin of attraction under steepest descent (Ochoa, Tomassini,
// Vérel and Darabos, GECCO 2008), from the largest basin to the smallest. Of equal neighbours the first is
// taken, and a step is to a lower loss alone, so that each architecture of a plateau without exit is an optimum. An
// architecture without a loss, NaN, belongs to no basin and is never stepped to.
func Basins(s Numbered, losses []float64) []Optimum {
	const unknown = -1
	end := make([]int, len(losses))
	next := make([]int, len(losses))
	var near []evolve.Arch
	for i := range losses {
		end[i], next[i] = unknown, i
		best := losses[i]
		near = s.Neighbors(near[:0], s.At(i))
		for _, a := range near {
			if k := s.Index(a); losses[k] < best {
				next[i], best = k, losses[k]
			}
		}
	}
	var walked []int
	basin := map[int]int{}
	for i := range losses {
		if math.IsNaN(losses[i]) {
			continue
		}
		at := i
		for walked = walked[:0]; end[at] == unknown; at = next[at] {
			if walked = append(walked, at); next[at] == at {
				end[at] = at
				break
			}
		}
		for _, k := range walked {
			end[k] = end[at]
		}
		basin[end[i]]++
	}
	var all []Optimum
	for i := range losses {
		if n := basin[i]; n > 0 {
			all = append(all, Optimum{Arch: s.At(i), Loss: losses[i], Basin: n})
		}
	}
	return bySize(all)
}

// bySize sorts optima from the largest basin to the smallest, of equals that of the lower loss first.
func bySize(all []Optimum) []Optimum {
	slices.SortStableFunc(all, func(a, b Optimum) int {
		return cmp.Or(cmp.Compare(b.Basin, a.Basin), cmp.Compare(a.Loss, b.Loss))
	})
	return all
}

// Descents are the optima that steepest descents end in from so many architectures drawn from the space, each with the
// number of descents that end there as its Basin: an unbiased share of the space where the space is drawn from evenly.
// A start without a loss ends nowhere.
func Descents(s evolve.Space, near evolve.Neighborer, starts int, loss func(evolve.Arch) float64,
	r *rand.Rand) []Optimum {
	var all []Optimum
	// Genomes that mean the same network and have the same loss are one optimum; a table may have trained each of them.
	type network struct {
		arch evolve.Arch
		loss float64
	}
	place := map[network]int{}
	var around []evolve.Arch
	for range starts {
		at := s.Sample(r)
		least := loss(at)
		if math.IsNaN(least) {
			continue
		}
		for moved := true; moved; {
			moved = false
			around = near.Neighbors(around[:0], at)
			for _, a := range around {
				if x := loss(a); x < least {
					at, least, moved = a, x, true
				}
			}
		}
		of := network{at, least}
		if c, err := s.Canon(at); err == nil {
			of.arch = c
		}
		k, known := place[of]
		if !known {
			k = len(all)
			place[of] = k
			all = append(all, Optimum{Arch: at, Loss: least})
		}
		all[k].Basin++
	}
	return bySize(all)
}
