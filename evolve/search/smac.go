package search

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/forest"
)

// SMAC draft
type SMAC struct {
	Scale, Features string
	Start           int
	Interleave      float64
	Trees           int
	P               forest.Params
	Anew            int
	forest          forest.Forest
	Repeat, Same    string

	trees
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:  "smac",
		Doc:   "sequential model-based optimization with a random forest: expected improvement over the whole of a listed space",
		Paper: "Hutter, Hoos and Leyton-Brown, LION 2011",
		Params: append([]evolve.Param{
			evolve.Choice("scale", "x", "half", "raw", "log", "copula"),
			evolve.Named("features", evolve.Encodes, features.Auto, "x"),
			evolve.Int("start", 10, 2, maxPopulation, "random architectures to begin with"),
			evolve.Float("interleave", 0, 0, 1, "x"),
			evolve.Int("trees", 30, 1, 1000, "x"),
			evolve.Float("columns", 1, 0, 1, "x"),
			evolve.Int("anew", 30, 1, 1000, "x"),
			evolve.Int("leaf", 1, 1, 100, "x"),
			evolve.Switch("boot", false, "x"),
			evolve.Switch("random", true, "x"),
		}, repeatParams(repeatSkip)...),
		Models: true,
		Claims: claims,
		Needs:  func(o evolve.Options) evolve.Needs { return evolve.Encodes },
		New: func(o evolve.Options) (evolve.Searcher, error) {
			g := &SMAC{Scale: o.Text("scale"), Features: o.Text("features"), Start: o.Int("start"), Interleave: o.Float("interleave")}
			g.P = forest.Params{Trees: o.Int("trees"), Columns: max(.001, o.Float("columns")), MinLeaf: o.Int("leaf"), Bootstrap: o.Yes("boot"), Random: o.Yes("random")}
			g.Anew = o.Int("anew")
			g.Repeat, g.Same = repeatOptions(o)
			return g, nil
		},
	})
}

func (s *SMAC) Init(p evolve.Problem, r *rand.Rand) error {
	s.forest = forest.Forest{}
	if err := s.trees.begin("smac", p, s.Features, r, s.Repeat, s.Same); err != nil {
		return fmt.Errorf("smac: %w", err)
	}
	return nil
}

func (s *SMAC) Ask(p *evolve.Proposal) bool {
	a, ok := s.propose()
	if !ok {
		return false
	}
	s.ask(p, a)
	return true
}

func (s *SMAC) propose() (evolve.Arch, bool) {
	if s.asked < s.Start || len(s.loss) < s.Start || s.Interleave > 0 && s.r.Float64() < s.Interleave {
		return s.random()
	}
	y := slices.Clone(s.loss)
	treeScale(s.Scale, y)
	best := slices.Max(y)
	rows := s.rows
	for _, f := range s.running {
		if s.add(&rows, f.arch) == nil {
			y = append(y, best)
		}
	}
	if s.forest.Grow(rows, y, s.P, s.Anew, s.r) != nil {
		return s.random()
	}
	a, ok := s.best(&s.forest, func(mean, sd float64) float64 { return treeEI(mean, sd, best) })
	if !ok {
		return s.memory.any()
	}
	s.memory.mark(a)
	return a, true
}

func (s *SMAC) Tell(t *evolve.Trial, r *evolve.Result) error { return s.tell(t, r) }
