package search

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/forest"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
)

// Conformal searches by quantiles: Salinas, Golebiowski, Klein, Seeger and Archambeau, "Optimizing Hyperparameters
// with Conformal Quantile Regression", ICML 2023, arXiv:2305.03623, Algorithm 1. Trees learn the quantiles of losses,
// without an assumption about their distribution. Intervals between quantiles are corrected on trials held out from
// the trees, so that they cover what they say (split conformal prediction: Romano, Patterson and Candès, NeurIPS 2019,
// arXiv:1905.03222). For each candidate a quantile is drawn at random, as for Thompson sampling, and the candidate of
// the lowest is proposed.
//
// It departs from the paper in this: the quantiles are those of one forest of extremely randomized trees (Meinshausen,
// JMLR 7, 2006) instead of boosted trees, one ensemble for each quantile; the forest sees the features of the network
// beside the decisions; losses above the median are compressed logarithmically, which changes no order; candidates are
// for the most part mutants of the best, since among all architectures of a space the luckiest draw is that of a bad
// one; and a fifth is held out, drawn anew for each proposal. What runs on other workers counts as if it had ended as
// well as the best, and is not held out.
type Conformal struct {
	Held     float64 // share of what was told that corrects the quantiles
	Features string  // an encoding, or several with + between; auto is the best of the space
	Start    int
	First    evolve.Searcher
	Repeat   string
	Same     string

	trees treeSearch
}

// The forest: fewest rows of a leaf, so that it has quantiles, and the share of columns tried for a split.
const (
	conformalLeaf    = 3
	conformalColumns = 1. / 3
)

// conformalLeast is how many trials must have been told before some are held out (32 in the authors' Syne Tune).
const conformalLeast = 32

// conformalLevels are the quantiles that are drawn from.
var conformalLevels = [...]float64{.1, .2, .3, .4, .5, .6, .7, .8, .9}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "conformal",
		Doc: "conformal quantile regression: trees whose quantiles are corrected on trials held out; " +
			"the lowest of quantiles drawn at random is proposed",
		Losses: evolve.UpToScale,
		Paper:  "Salinas, Golebiowski, Klein, Seeger and Archambeau, ICML 2023, arXiv:2305.03623",
		Params: append([]evolve.Param{
			evolve.Float("held", .2, 0, .5, "share of what was told that is held out from the trees to correct their "+
				"quantiles; 0 corrects nothing"),
			featuresParam(),
			evolve.Int("start", 10, 2, maxPopulation, "architectures to begin with, which no trees propose"),
			initParam(),
		}, repeatParams(repeatSkip)...),
		Models: true,
		Claims: modelClaims,
		Needs:  func(evolve.Options) evolve.Needs { return evolve.Encodes },
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := &Conformal{Held: o.Float("held"), Features: o.Text("features"), Start: o.Int("start")}
			s.Repeat, s.Same = repeatOptions(o)
			var err error
			s.First, err = openInit(o)
			return s, err
		},
	})
}

func (s *Conformal) Init(p evolve.Problem, r *rand.Rand) error {
	if !(s.Held >= 0 && s.Held <= .5) {
		return fmt.Errorf("conformal: held=%g: want 0 to 0.5: %w", s.Held, evolve.ErrInvalid)
	}
	return s.trees.begin("conformal", p, r, treeOptions{s.Features, s.First, s.Start, s.Repeat, s.Same})
}

func (s *Conformal) Ask(p *evolve.Proposal) bool {
	if s.trees.memory.stuck() {
		return false
	}
	t := &s.trees
	if t.opens() {
		return t.open(p)
	}
	rows, y := t.data("half")
	c, err := newConformal(rows, y, len(t.loss), s.Held, t.r)
	if err != nil {
		return t.ask(p, "")
	}
	t.near()
	at, top := evolve.Arch(""), math.Inf(-1)
	one := forest.Rows{Cols: rows.Cols}
	for _, a := range t.found {
		one.X = one.X[:0]
		if t.add(&one, a) != nil {
			continue
		}
		if v := gauss.Round(c.quantile(one.X, t.r.IntN(len(conformalLevels)))); v > top {
			at, top = a, v
		}
	}
	return t.ask(p, at)
}

// conformal are the quantiles of a forest with what corrects them.
type conformal struct {
	forest  forest.Forest
	of      *forest.Quantiles
	correct [len(conformalLevels)]float64 // is added to each
	scratch []float64
}

// newConformal grows a forest on rows and holds out a share of the first told ones, unless they are few.
func newConformal(rows forest.Rows, y []float64, told int, share float64, r *rand.Rand) (*conformal, error) {
	fit, held := forest.Rows{Cols: rows.Cols}, forest.Rows{Cols: rows.Cols}
	var fitted, kept []float64
	out := 0
	if told >= conformalLeast {
		out = int(share * float64(told))
	}
	for k, i := range r.Perm(told) {
		if k < out {
			held.X, kept = append(held.X, rows.Row(i)...), append(kept, y[i])
		} else {
			fit.X, fitted = append(fit.X, rows.Row(i)...), append(fitted, y[i])
		}
	}
	fit.X, fitted = append(fit.X, rows.X[told*rows.Cols:]...), append(fitted, y[told:]...)
	c := new(conformal)
	p := forest.Params{Trees: smacTrees, Columns: conformalColumns, MinLeaf: conformalLeaf, Random: true}
	if err := c.forest.Grow(fit, fitted, p, p.Trees, r); err != nil {
		return nil, err
	}
	c.of = c.forest.Quantiles(fit, fitted)
	for k, level := range conformalLevels {
		// An interval of so few that it would be infinite stays as it is.
		by := c.of.Correction(held, kept, math.Abs(2*level-1))
		switch {
		case math.IsInf(by, 1):
		case level < .5:
			c.correct[k] = -by
		case level > .5:
			c.correct[k] = by
		}
	}
	return c, nil
}

// quantile is the corrected quantile of a row at one of the levels.
func (c *conformal) quantile(row []uint8, level int) float64 {
	c.scratch = c.of.Of(c.scratch[:0], row, conformalLevels[level])
	return c.scratch[0] + c.correct[level]
}

func (s *Conformal) Tell(t *evolve.Trial, r *evolve.Result) error { return s.trees.tell(t, r) }

// Learn lets the trees know an architecture that was not proposed.
func (s *Conformal) Learn(t *evolve.Trial, r *evolve.Result) { s.trees.told(t, r) }
