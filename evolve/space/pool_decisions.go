package space

import (
	"github.com/amoeba-nas/amoeba/evolve"
)

// poolDecisions are the decisions of a space all of whose choices are recorded.
type poolDecisions struct {
	decider  evolve.Decider
	recorded func(evolve.Arch) (evolve.Arch, bool)
}

// A pool that offers decisions: what it does not offer, a searcher must not find by assertion.
type (
	decidingPool struct {
		*Pool
		*poolDecisions
	}
	decidingMovingPool struct {
		*movingPool
		*poolDecisions
	}
)

// poolDecided is how many choices are tried at most: as many as the largest of the spaces has whose
// genomes are all kept.
const poolDecided = digitsInterned

// poolDecides returns the decisions of a pool's space where every architecture that they make is recorded,
// itself or in another genome of the same network; nil otherwise.
func poolDecides(p *Pool) *poolDecisions {
	decider, ok := p.Space.(evolve.Decider)
	if !ok {
		return nil
	}
	all, combinations := decider.Decisions(), 1
	for _, d := range all {
		// A real number has no end of values.
		if d.Options == 0 || combinations*d.Options > poolDecided {
			return nil
		}
		combinations *= d.Options
	}
	networks := make(map[evolve.Arch]evolve.Arch, len(p.archs))
	for _, a := range p.archs {
		c, err := p.Space.Canon(a)
		if err != nil {
			return nil
		}
		if _, ok := networks[c]; !ok {
			networks[c] = a
		}
	}
	d := &poolDecisions{decider, func(a evolve.Arch) (evolve.Arch, bool) {
		if i, ok := p.index[a]; ok {
			return p.archs[i], true
		}
		c, err := p.Space.Canon(a)
		a, ok := networks[c]
		return a, ok && err == nil
	}}
	x := make([]float64, len(all))
	for n := range combinations {
		for i, rest := len(all)-1, n; i >= 0; i-- {
			x[i] = float64(rest % all[i].Options)
			rest /= all[i].Options
		}
		a, err := decider.Choose(x)
		if err != nil {
			continue // no architecture of the space
		}
		if _, ok := d.recorded(a); !ok {
			return nil
		}
	}
	return d
}

// Decisions are the space's.
func (d *poolDecisions) Decisions() []evolve.Decision { return d.decider.Decisions() }

// Choose returns the recorded genome of what the space chooses.
func (d *poolDecisions) Choose(x []float64) (evolve.Arch, error) {
	a, err := d.decider.Choose(x)
	if err != nil {
		return "", err
	}
	a, _ = d.recorded(a) // every one is
	return a, nil
}

// Choices are the space's.
func (d *poolDecisions) Choices(dst []float64, a evolve.Arch) []float64 {
	return d.decider.Choices(dst, a)
}
