package search

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/forest"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
)

// WeakNAS ranks a listed space by a weak predictor, again and again: Wu, Dai, Chen, Chen, Liu, Yu, Wang, Liu, Chen and
// Yuan, "Stronger NAS with Weaker Predictors", NeurIPS 2021, arXiv:2102.10490, Algorithm 1. In each round the
// predictor learns from all that was told, and of the architectures that it ranks highest a few, drawn with equal
// chance, are evaluated. Predictors only have to be right about the part of the space that the earlier ones led to.
//
// Defaults are those of the authors on NAS-Bench-201: ten architectures to begin with (a hundred on NAS-Bench-101),
// then ten of the highest hundred a round. Where fewer of the highest are new, the draw goes on down the ranking.
//
// It departs from the paper in this: the predictor is a forest of extremely randomized trees over features of the
// network instead of four layers over the decisions; it sees nothing but what was told, where the authors' code brings
// accuracies to mean 0 and variance 1 by those of the whole table; equals are ranked in random order; and of a space
// of more than 40,000 architectures a round ranks a few thousand, a part of them around the best. With several workers
// a round begins when all of the last are asked for, and not when all are told.
type WeakNAS struct {
	Top      int    // the highest ranked
	Draw     int    // proposals of a round, drawn among those
	Features string // an encoding, or several with + between; auto is the best of the space
	Start    int
	First    evolve.Searcher
	Repeat   string
	Same     string

	trees  treeSearch
	rank   weakPredictor
	queue  []evolve.Arch // of the round
	scores []float64
}

// weakPredictor appends what it predicts, the higher the better, of all architectures of a listed space, or of those
// of a list.
type weakPredictor func(dst []float64, list []evolve.Arch) []float64

// weakRanked is how many architectures of a large space a round ranks.
const weakRanked = 2000

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "weaknas",
		Doc: "ranking of a listed space by a weak predictor: a few of the highest are drawn, " +
			"and it learns from them",
		Losses: evolve.UpToScale,
		Paper:  "Wu, Dai, Chen, Chen, Liu, Yu, Wang, Liu, Chen and Yuan, NeurIPS 2021, arXiv:2102.10490",
		Params: append([]evolve.Param{
			evolve.Int("top", 100, 1, maxPopulation, "the highest ranked, among which a round draws"),
			evolve.Int("draw", 10, 1, maxPopulation, "proposals of a round"),
			featuresParam(),
			evolve.Int("start", 10, 2, maxPopulation, "architectures to begin with, which no predictor proposes "+
				"(the paper: 10 on NAS-Bench-201, 100 on NAS-Bench-101)"),
			initParam(),
		}, repeatParams(repeatSkip)...),
		Models: true,
		Claims: modelClaims,
		Needs:  func(evolve.Options) evolve.Needs { return evolve.Encodes | evolve.Lists },
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := &WeakNAS{Top: o.Int("top"), Draw: o.Int("draw"), Features: o.Text("features"), Start: o.Int("start")}
			s.Repeat, s.Same = repeatOptions(o)
			var err error
			if s.First, err = openInit(o); err != nil {
				return nil, err
			}
			return s, s.valid()
		},
	})
}

// valid refuses settings that make no search.
func (s *WeakNAS) valid() error {
	if s.Draw < 1 || s.Draw > s.Top {
		return fmt.Errorf("weaknas: draw=%d of top=%d: want at least 1, and at most the top: %w", s.Draw, s.Top,
			evolve.ErrInvalid)
	}
	return nil
}

func (s *WeakNAS) Init(p evolve.Problem, r *rand.Rand) error {
	if err := s.valid(); err != nil {
		return err
	}
	if err := evolve.Lists.Check(p); err != nil {
		return fmt.Errorf("weaknas: %w", err)
	}
	*s = WeakNAS{Top: s.Top, Draw: s.Draw, Features: s.Features, Start: s.Start, First: s.First, Repeat: s.Repeat,
		Same: s.Same}
	s.rank = s.forest
	return s.trees.begin("weaknas", p, r, treeOptions{s.Features, s.First, s.Start, s.Repeat, s.Same})
}

func (s *WeakNAS) Ask(p *evolve.Proposal) bool {
	if s.trees.memory.stuck() {
		return false
	}
	t := &s.trees
	if t.opens() {
		return t.open(p)
	}
	if len(s.queue) == 0 {
		s.round()
	}
	for len(s.queue) > 0 {
		a := s.queue[0]
		s.queue = s.queue[1:]
		if !t.memory.has(a) { // another of the round may be the same network
			return t.ask(p, a)
		}
	}
	return t.ask(p, "")
}

// round ranks the space and draws the next proposals.
func (s *WeakNAS) round() {
	t := &s.trees
	var list []evolve.Arch // of a large space
	n := t.around.whole()
	if n == 0 {
		t.found = t.around.near(t.found[:0], weakRanked, t.ranked(), t.memory.has)
		list, n = t.found, len(t.found)
	}
	s.scores = s.rank(s.scores[:0], list)
	for i, score := range s.scores {
		s.scores[i] = gauss.Round(score) // the last bits are not the same on every processor
	}
	at := t.r.Perm(n) // equals stay in random order
	slices.SortStableFunc(at, func(i, j int) int { return cmp.Compare(s.scores[j], s.scores[i]) })
	var fresh []int // of the highest, or of as many more as it takes
	for k, i := range at {
		if k >= s.Top && len(fresh) >= s.Draw {
			break
		}
		if list != nil || !t.memory.hasAt(i) {
			fresh = append(fresh, i)
		}
	}
	for k := range min(s.Draw, len(fresh)) {
		j := k + t.r.IntN(len(fresh)-k)
		fresh[k], fresh[j] = fresh[j], fresh[k]
		if list != nil {
			s.queue = append(s.queue, list[fresh[k]])
		} else {
			s.queue = append(s.queue, t.around.list.At(fresh[k]))
		}
	}
}

// forest is the predictor.
func (s *WeakNAS) forest(dst []float64, list []evolve.Arch) []float64 {
	t := &s.trees
	rows, y := t.data("half")
	var f forest.Forest
	params := forest.Params{Trees: smacTrees, Columns: smacColumns, MinLeaf: 1, Random: true}
	err := f.Grow(rows, y, params, smacTrees, t.r)
	if list != nil {
		rows := forest.Rows{Cols: rows.Cols}
		for _, a := range list {
			rows.X = rows.X[:0]
			mean := 0.0
			if err == nil && t.add(&rows, a) == nil {
				mean, _ = f.Predict(rows.X)
			}
			dst = append(dst, mean)
		}
		return dst
	}
	if err == nil {
		f.Ask(t.whole, &t.answers)
	}
	for i := range t.around.whole() {
		mean := 0.0
		if err == nil {
			mean, _ = t.answers.Row(i)
		}
		dst = append(dst, mean)
	}
	return dst
}

func (s *WeakNAS) Tell(t *evolve.Trial, r *evolve.Result) error { return s.trees.tell(t, r) }

// Learn lets the predictor know an architecture that was not proposed.
func (s *WeakNAS) Learn(t *evolve.Trial, r *evolve.Result) { s.trees.told(t, r) }
