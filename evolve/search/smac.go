package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/forest"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
)

// SMAC is sequential model-based optimization with a forest: Hutter, Hoos and Leyton-Brown, "Sequential Model-Based
// Optimization for General Algorithm Configuration", LION 2011, Algorithm 1. Before each proposal a forest of
// regression trees learns from all losses, and the architecture of the greatest expected improvement over the lowest
// of them is proposed (Jones, Schonlau and Welch, 1998, equation 15).
//
// It departs from the paper in this: the forest sees the features of the network beside the decisions; its trees are
// extremely randomized (Geurts, Ernst and Wehenkel, Machine Learning 63, 2006), and only some of them are grown anew
// for a proposal, while the others learn the new targets of their leaves; losses above the median are compressed
// logarithmically; every architecture of a space of up to 40,000 is looked at, instead of a local search; none is
// proposed twice, so that there is no race of challengers over repeated trainings (the paper's intensification); and
// no proposal in between is random. What runs on other workers counts as if it had ended as well as the best.
//
// With preset=published it is the facade for hyper-parameter optimization of SMAC3 (Lindauer et al., JMLR 23, 2022) as
// far as that has a counterpart here: ten bootstrapped trees, grown anew for every proposal, with the best splits of
// all columns; the logarithms of losses, whose improvement is that of the losses (Hutter, Hoos, Leyton-Brown and
// Murphy, GECCO 2009, section 5.2); and a fifth of the proposals random. There too the candidates are the whole of a
// listed space, and the first architectures are random instead of a Sobol sequence.
type SMAC struct {
	Preset     string          // small or published; "" is small
	Scale      string          // half, raw, log or copula; "" is the preset's
	Trees      int             // 0 is the preset's
	Interleave float64         // share of the proposals that are random; below 0 it is the preset's
	Features   string          // an encoding, or several with + between; auto is the best of the space
	Start      int             // architectures that no forest proposes
	First      evolve.Searcher // proposes them; nil samples the space
	Repeat     string
	Same       string

	trees  treeSearch
	forest forest.Forest
	params forest.Params
	anew   int // trees that are grown anew for a proposal
}

// The forest of the default: chosen on 60 runs on NAS-Bench-201, where ten trees anew for a proposal found no more
// than five, and a third of the columns no more than a tenth.
const (
	smacTrees   = 30
	smacAnew    = 5
	smacColumns = .1

	smacPublishedTrees      = 10
	smacPublishedInterleave = .2
)

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "smac",
		Doc: "Bayesian optimization with a random forest over features of the network: " +
			"expected improvement over the whole of a listed space",
		Paper:  "Hutter, Hoos and Leyton-Brown, LION 2011; Lindauer et al., JMLR 23, 2022",
		Losses: evolve.UpToScale,
		Params: append([]evolve.Param{
			evolve.Choice("preset", "small: extremely randomized trees, grown anew a few at a time; "+
				"published: ten bootstrapped trees of the logarithms of losses, as in SMAC3", "small", "published"),
			evolve.Choice("scale", "what the forest is fitted to: losses, those above the median compressed "+
				"logarithmically; as they are; their logarithms; their ranks as normal quantiles; "+
				"preset is half, of published log", "preset", "half", "raw", "log", "copula").
				WithPreset(map[string]string{"small": "half", "published": "log"}),
			evolve.Int("trees", smacTrees, 1, maxTrees,
				"trees of the forest; none is the preset's, 30, of published 10").OrNone().
				WithPreset(map[string]string{"small": "30", "published": "10"}),
			evolve.Float("interleave", 0, 0, 1,
				"share of the proposals that are random; none is the preset's, 0, of published 0.2").OrNone().
				WithPreset(map[string]string{"small": "0", "published": "0.2"}),
			featuresParam(),
			evolve.Int("start", 10, 2, maxPopulation, "architectures to begin with, which no forest proposes"),
			initParam(),
		}, repeatParams(repeatSkip)...),
		Models: true,
		Claims: modelClaims,
		Needs:  func(evolve.Options) evolve.Needs { return evolve.Encodes },
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := &SMAC{Preset: o.Text("preset"), Features: o.Text("features"), Start: o.Int("start"), Interleave: -1}
			if scale := o.Text("scale"); scale != "preset" {
				s.Scale = scale
			}
			if n, ok := o.Given("trees"); ok {
				s.Trees = int(n)
			}
			if x, ok := o.Given("interleave"); ok {
				s.Interleave = x
			}
			s.Repeat, s.Same = repeatOptions(o)
			var err error
			s.First, err = openInit(o)
			return s, err
		},
	})
}

// maxTrees is far beyond where more trees change anything.
const maxTrees = 10_000

// featuresParam is the option of searchers that grow trees.
func featuresParam() evolve.Param {
	return evolve.Named("features", evolve.Encodes, features.Auto,
		"encodings of the space, of whole numbers 0..255, with + between; "+
			"auto is onehot and what describes the network, where the space has them")
}

// valid refuses settings that make no search.
func (s *SMAC) valid() error {
	switch presets := []string{"small", "published"}; {
	case s.Preset != "" && !slices.Contains(presets, s.Preset):
		return evolve.Unknown("smac preset", s.Preset, presets)
	case s.Scale != "" && !slices.Contains(scales, s.Scale):
		return evolve.Unknown("smac scale", s.Scale, scales)
	case s.Trees < 0 || s.Trees > maxTrees || !(s.Interleave <= 1):
		return fmt.Errorf("smac: trees=%d, interleave=%g: want 0, the preset's, to %d and at most 1: %w",
			s.Trees, s.Interleave, maxTrees, evolve.ErrInvalid)
	}
	return nil
}

func (s *SMAC) Init(p evolve.Problem, r *rand.Rand) error {
	if err := s.valid(); err != nil {
		return err
	}
	*s = SMAC{Preset: s.Preset, Scale: s.Scale, Trees: s.Trees, Interleave: s.Interleave, Features: s.Features,
		Start: s.Start, First: s.First, Repeat: s.Repeat, Same: s.Same}
	s.params = forest.Params{Trees: smacTrees, Columns: smacColumns, MinLeaf: 1, Random: true}
	s.anew = smacAnew
	if s.Preset == "published" {
		s.params = forest.Params{Trees: smacPublishedTrees, Columns: 1, MinLeaf: 1, Bootstrap: true}
		s.anew = smacPublishedTrees
	}
	if s.Trees > 0 {
		s.anew = max(1, s.anew*s.Trees/s.params.Trees)
		s.params.Trees = s.Trees
	}
	return s.trees.begin("smac", p, r, treeOptions{s.Features, s.First, s.Start, s.Repeat, s.Same})
}

// scale is what the forest is fitted to.
func (s *SMAC) scale() string {
	switch {
	case s.Scale != "":
		return s.Scale
	case s.Preset == "published":
		return "log"
	}
	return "half"
}

// random says whether the next proposal is one that no forest chooses.
func (s *SMAC) random() bool {
	share := s.Interleave
	if share < 0 {
		share = 0
		if s.Preset == "published" {
			share = smacPublishedInterleave
		}
	}
	return share > 0 && s.trees.r.Float64() < share
}

func (s *SMAC) Ask(p *evolve.Proposal) bool {
	if s.trees.memory.stuck() {
		return false
	}
	t := &s.trees
	if t.opens() {
		return t.open(p)
	}
	if s.random() || !s.grow() {
		return t.ask(p, "")
	}
	a := t.best(&s.forest, s.promise)
	return t.ask(p, a)
}

// grow lets the forest learn all that was told, and that what is running is as good as the best.
func (s *SMAC) grow() bool {
	rows, y := s.trees.data(s.scale())
	return s.forest.Grow(rows, y, s.params, s.anew, s.trees.r) == nil
}

// promise is the expected improvement. Targets of the scale log are negative logarithms of losses: there it is that of
// the losses, over the lowest l. With v = (ln l + μ)/σ it is l·Φ(v) - exp(σ²/2-μ)·Φ(v-σ).
func (s *SMAC) promise(mean, sd, top float64) float64 {
	best := s.trees.top
	if s.scale() != "log" {
		if bound := improvementBound(mean, sd, best); bound < top {
			return bound
		}
		return gauss.ExpectedImprovement(mean, sd, best)
	}
	loss := math.Exp(-best)
	if !(sd > 0) {
		return max(0, loss-math.Exp(-mean))
	}
	v := (mean - best) / sd
	phi := func(z float64) float64 { return .5 * math.Erfc(-z/math.Sqrt2) }
	return float64(loss*phi(v)) - float64(math.Exp(float64(.5*sd*sd)-mean)*phi(v-sd))
}

// improvementBound is not below the expected improvement, and takes no exponential: for z ≤ 0 the density and the
// distribution of the normal deviate are φ(z)+z·Φ(z) ≤ 0.4/(1+z²)².
func improvementBound(mean, sd, best float64) float64 {
	gain := mean - best
	if gain >= 0 || !(sd > 0) {
		return math.Inf(1)
	}
	z := gain / sd
	square := 1 + float64(z*z)
	return .4 * sd / float64(square*square)
}

func (s *SMAC) Tell(t *evolve.Trial, r *evolve.Result) error { return s.trees.tell(t, r) }

// Learn lets the forest know an architecture that was not proposed.
func (s *SMAC) Learn(t *evolve.Trial, r *evolve.Result) { s.trees.told(t, r) }
