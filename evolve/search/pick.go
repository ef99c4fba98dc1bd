package search

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Pick is the zero-cost baseline: draw architectures, score each without training, evaluate
// them by falling score. With one evaluation it is the search of NASWOT (Mellor et al., ICML
// 2021, arXiv:2006.04647), which evaluates the best of 100 or 1,000; by parameters or
// multiply-adds it is the baseline that proxies are held against (White et al., 2022).
type Pick struct {
	By    string // one of the problem's proxies, or auto, the first
	Drawn int    // architectures to score; 0 = the whole space, if it can be enumerated

	Repeat string // charge, cache or skip: whether an architecture is drawn again; "" is skip
	Same   string // genome or network: what counts as drawn before; "" is genome

	memory memory
	ranked []evolve.Arch
	next   int
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "pick",
		Doc: "evaluate random architectures by falling training-free score: " +
			"parameters, multiply-adds or a zero-cost proxy",
		Paper:    "Mellor, Turner, Storkey and Crowley, ICML 2021, arXiv:2006.04647",
		Losses:   evolve.ByRank,
		Baseline: true, // it learns nothing
		Params: append([]evolve.Param{
			evolve.Named("by", evolve.Proxies, "auto",
				"a proxy of the benchmark; params and flops also where it calls them a little otherwise; "+
					"auto is the first").Alone(),
			evolve.Int("drawn", 1000, 0, maxPopulation, "architectures that are drawn and scored, at no cost, "+
				"but no more than half of a space that can be enumerated; 0 = the whole of it"),
		}, later(repeatParams(repeatSkip))...),
		Needs: func(o evolve.Options) evolve.Needs {
			if o.Int("drawn") == 0 {
				return evolve.Proxies | evolve.Lists
			}
			return evolve.Proxies
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := &Pick{By: o.Text("by"), Drawn: o.Int("drawn")}
			s.Repeat, s.Same = repeatOptions(o)
			return s, nil
		},
	})
}

func (s *Pick) Init(p evolve.Problem, r *rand.Rand) error {
	if err := evolve.Proxies.Check(p); err != nil {
		return fmt.Errorf("pick: %w", err)
	}
	proxy := p.Proxies[0]
	if s.By != "auto" {
		var err error
		if proxy, err = p.Proxy(s.By); err != nil {
			return fmt.Errorf("pick: %w", err)
		}
	}
	if err := s.memory.begin("pick", p.Space, r, cmp.Or(s.Repeat, repeatSkip), s.Same); err != nil {
		return err
	}
	archs, err := s.draw(p.Space, r)
	if err != nil {
		return err
	}
	scores := make(map[evolve.Arch]float64, len(archs))
	for _, a := range archs {
		if scores[a], err = proxy.Score(a); err != nil {
			return err
		}
	}
	slices.SortStableFunc(archs, func(a, b evolve.Arch) int { return cmp.Compare(scores[b], scores[a]) })
	s.ranked, s.next = archs, 0
	return nil
}

// draw returns the architectures to score, under repeat=skip fewer than asked for when a space is used up.
func (s *Pick) draw(space evolve.Space, r *rand.Rand) ([]evolve.Arch, error) {
	if s.Drawn > 0 {
		n := s.Drawn
		if e, ok := space.(evolve.Enumerable); ok {
			n = min(n, max(1, e.Size()/2)) // of a small space all runs would draw the same
		}
		var archs []evolve.Arch
		for len(archs) < n {
			a, ok := s.memory.draw(func() evolve.Arch { return space.Sample(r) })
			if !ok {
				break
			}
			archs = append(archs, a)
		}
		return archs, nil
	}
	if err := evolve.Lists.Check(evolve.Problem{Space: space}); err != nil {
		return nil, fmt.Errorf("pick: drawn=0: %w", err)
	}
	e := space.(evolve.Enumerable)
	archs := make([]evolve.Arch, 0, e.Size())
	for _, k := range r.Perm(e.Size()) { // equals in random order
		if a := e.At(k); s.memory.mark(a) {
			archs = append(archs, a)
		}
	}
	return archs, nil
}

// Ask proposes the next by score; done when all that were drawn have been.
func (s *Pick) Ask(p *evolve.Proposal) bool {
	if s.next == len(s.ranked) {
		return false
	}
	p.Arch = s.ranked[s.next]
	p.Known = s.memory.recall(p.Arch)
	s.next++
	return true
}

func (s *Pick) Tell(t *evolve.Trial, r *evolve.Result) error {
	s.memory.told(t, r)
	return nil
}
