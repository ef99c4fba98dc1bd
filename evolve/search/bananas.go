package search

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
	"github.com/amoeba-nas/amoeba/evolve/mlp"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
)

// Bananas is White, Neiswanger and Savani, "BANANAS: Bayesian Optimization with Neural Architectures for Neural
// Architecture Search", AAAI 2021, arXiv:1910.11858, Algorithm 1: an ensemble of five networks predicts the losses of
// 100 mutants of the best architecture; for each mutant by itself a loss is drawn from the normal distribution of their
// mean and standard deviation (independent Thompson sampling); the mutants of the lowest draws are evaluated. As in the
// authors' naszilla, the best architecture is mutated 100 times, and where fewer mutants are new the second best is as
// well, and so on to the fifth. That the draws are of mutants of the best is part of the method: among all
// architectures of a space the luckiest draw is one of a bad cell.
//
// preset=published has the networks of naszilla: ten layers of 20 units, 150 epochs of batches of 32, rate 0.01,
// absolute errors of losses in percent, inputs by paths, those of at most three operations (NAS-Bench-101) or two
// (NAS-Bench-201). Where a space has no encoding of paths, it has the inputs of preset=small. The published rounds are
// of ten, round=10.
//
// preset=small, the default, takes a tenth of the time and departs in this: two layers of 16 units are trained for 20
// epochs of batches of 16, at a rate that falls to zero; losses above the median are compressed logarithmically, as
// the searcher gp does it; the inputs are those that describe the network, see [features.Best]. In both a model chooses
// five.
//
// The other acquisitions are those of naszilla: ucb is the mean minus half a standard deviation, ei the expected
// improvement with a fifth of the standard deviation, ts what one of the networks says of all mutants. random chooses
// any mutants: Schneider et al., arXiv:2107.07343, hold that mutation is what matters.
type Bananas struct {
	Published   bool   // preset=published
	Acquisition string // its, ucb, ei, ts or random; "" is its
	Loss        string // mae, mse or relative; "" is mae
	Features    string // an encoding, or several with + between; "" is the preset's
	Start       int
	Round       int
	Candidates  int
	Parents     int
	Mutation    string // the space's operator; "" is its default
	Repeat      string // charge, cache or skip; "" is charge
	Same        string // genome or network; "" is genome

	mutants mutants
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "bananas",
		Doc: "Bayesian optimization with an ensemble of neural networks: " +
			"independent Thompson sampling among mutants of the best",
		Paper:  "White, Neiswanger and Savani, AAAI 2021, arXiv:1910.11858",
		Losses: evolve.UpToScale,
		Params: append([]evolve.Param{
			evolve.Choice("preset", "networks and inputs: ten times faster than published, or as published",
				"small", "published"),
			evolve.Choice("acquisition",
				"independent Thompson sampling, mean minus half a standard deviation, expected "+
					"improvement, one network's word, or any mutants", "its", "ucb", "ei", "ts", "random"),
			evolve.Choice("loss", "what training minimises: absolute errors, squares, or errors relative to the "+
				"target's distance from a bound", "mae", "mse", "relative").
				OnlyFor("an acquisition that asks networks"),
			evolve.Named("features", evolve.Encodes, bananasFeatures, "what networks read, encodings with + between; "+
				"preset is paths for preset=published where the space has them, else what describes the network"),
		}, mutantParams(5,
			"the best architectures whose mutants are candidates, where the better ones have too few")...),
		Models: true,
		Claims: mutantClaims,
		Needs:  func(evolve.Options) evolve.Needs { return evolve.Mutates | evolve.Encodes },
		New: func(o evolve.Options) (evolve.Searcher, error) {
			b := &Bananas{Published: o.Text("preset") == "published", Acquisition: o.Text("acquisition"),
				Start: o.Int("start"), Round: o.Int("round"), Candidates: o.Int("candidates"),
				Parents: o.Int("parents"), Mutation: o.Text("mutation")}
			if b.Acquisition != "random" {
				b.Loss = o.Text("loss")
			}
			if f := o.Text("features"); f != bananasFeatures {
				b.Features = f
			}
			b.Repeat, b.Same = repeatOptions(o)
			return b, nil
		},
	})
}

// bananasFeatures is the value of features that stands for the preset's.
const bananasFeatures = "preset"

// The words of the options, the first of each the default.
var (
	bananasAcquisitions = []string{"its", "ucb", "ei", "ts", "random"}
	bananasLosses       = []string{"mae", "mse", "relative"}
)

// Networks of the two presets.
var (
	bananasSmall     = mlp.Params{Nets: 5, Depth: 2, Width: 16, Epochs: 20, Batch: 16, Rate: .01, Fade: true}
	bananasPublished = mlp.Params{Nets: 5, Depth: 10, Width: 20, Epochs: 150, Batch: 32, Rate: .01, Init: mlp.Glorot}
)

// valid refuses settings that make no search.
func (b *Bananas) valid() error {
	switch {
	case b.Acquisition != "" && !slices.Contains(bananasAcquisitions, b.Acquisition):
		return evolve.Unknown("bananas acquisition", b.Acquisition, bananasAcquisitions)
	case b.Loss != "" && !slices.Contains(bananasLosses, b.Loss):
		return evolve.Unknown("bananas loss", b.Loss, bananasLosses)
	}
	return nil
}

func (b *Bananas) Init(p evolve.Problem, r *rand.Rand) error {
	if err := (evolve.Mutates | evolve.Encodes).Check(p); err != nil {
		return fmt.Errorf("bananas: %w", err)
	}
	if err := b.valid(); err != nil {
		return err
	}
	encoding := b.Features
	if encoding == "" {
		encoding = features.Best(p.Space)
		if b.Published {
			encoding = bananasPaths(p.Space, encoding)
		}
	}
	b.mutants = mutants{start: b.Start, round: b.Round, candidates: b.Candidates, parents: b.Parents}
	return b.mutants.begin("bananas", p, r, encoding, b.Mutation, b.Repeat, b.Same)
}

// bananasPaths is the encoding of a space by its short paths, or another where it has none.
func bananasPaths(s evolve.Space, other string) string {
	known := s.(evolve.Encoder).Encodings()
	for _, name := range []string{"path40", "path30", "path"} {
		if slices.Contains(known, name) {
			return name
		}
	}
	return other
}

func (b *Bananas) Ask(p *evolve.Proposal) bool { return b.mutants.ask(p, b.rank) }

func (b *Bananas) Tell(t *evolve.Trial, r *evolve.Result) error { return b.mutants.tell(t, r) }

// Learn lets the networks know an architecture that was not proposed.
func (b *Bananas) Learn(t *evolve.Trial, r *evolve.Result) { b.mutants.learn(t, r) }

// rank is the acquisition, the lower the better.
func (b *Bananas) rank(all []mutant) []float64 {
	r := b.mutants.r
	if b.Acquisition == "random" {
		scores := make([]float64, len(all))
		for i := range scores {
			scores[i] = r.Float64()
		}
		return scores
	}
	x, y, of := b.mutants.rows(all)
	e := b.fit(x, y, r.Uint64())
	return bananasAcquire(b.Acquisition, e, of, slices.Min(y), r)
}

// fit fits the networks of a round, from fresh weights, and changes losses to what they are fitted to.
func (b *Bananas) fit(x [][]float32, y []float64, seed uint64) *mlp.Ensemble {
	p := bananasSmall
	if b.Published {
		p = bananasPublished
		bananasPercent(y)
	} else {
		halfLosses(y)
	}
	switch b.Loss {
	case "mse":
		p.Loss = mlp.Squared
	case "relative":
		// One standard deviation, or one percent, below the best.
		p.Loss, p.Bound = mlp.Relative, slices.Min(y)-1
	}
	return mlp.Fit(x, y, p, seed)
}

// Published constants of naszilla's acquisitions: how many standard deviations an upper confidence bound is away, and
// by what the expected improvement divides them.
const (
	bananasExplore   = .5
	bananasCalibrate = 5
)

// bananasAcquire scores rows by what an ensemble says of them. best is the lowest target.
func bananasAcquire(acquisition string, e *mlp.Ensemble, of [][]float32, best float64, r *rand.Rand) []float64 {
	if acquisition == "ts" {
		return e.Each(nil, r.IntN(e.Len()), of)
	}
	scores, sd := e.Predict(of)
	for i, s := range sd {
		switch acquisition {
		case "", "its":
			scores[i] += float64(s * samebits.Normal(r))
		case "ucb":
			scores[i] -= float64(bananasExplore * s)
		case "ei":
			scores[i] = -gauss.LogExpectedImprovement(-scores[i], s/bananasCalibrate, -best)
		}
	}
	return scores
}

// bananasPercent turns losses into percents.
func bananasPercent(y []float64) {
	scaleTargets("raw", y)
	for i, v := range y {
		y[i] = -100 * v
	}
}
