package search

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/mlp"
)

// NPENAS is Wei, Niu, Tang, Wang, Hu and Liang, "NPENAS: Neural Predictor Guided Evolution for Neural Architecture
// Search", IEEE Transactions on Neural Networks and Learning Systems, 2022, arXiv:2003.12857: evolution in which a
// predictor looks at ten mutants of each of the ten best architectures, and those of the lowest predictions are
// evaluated. variant=np ranks by the prediction, as NPENAS-NP; variant=bo by a draw from the predictor's distribution, as
// NPENAS-BO. The predictor of every round is fitted from fresh weights.
//
// It departs from the paper in the predictor: instead of a graph network that one model trains for a thousand epochs, an
// ensemble of five small feed-forward networks reads what describes the network, see [features.Best], and takes
// milliseconds. Its mean is the prediction and its spread the distribution. The targets are losses, those above the
// median compressed logarithmically; a model chooses five architectures, the paper's ten (round=10). The authors' code
// departs from their paper as well: nearly all of its mutants are of the best architecture alone (parents=50,each=0).
type NPENAS struct {
	Draws      bool   // variant=bo
	Features   string // an encoding, or several with + between; "" is the best of the space
	Start      int
	Round      int
	Candidates int
	Parents    int
	Each       int
	Mutation   string // the space's operator; "" is its default
	Repeat     string // charge, cache or skip; "" is charge
	Same       string // genome or network; "" is genome

	mutants mutants
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:   "npenas",
		Doc:    "evolution guided by a neural predictor, which ranks mutants of the ten best",
		Paper:  "Wei, Niu, Tang, Wang, Hu and Liang, IEEE TNNLS 2022, arXiv:2003.12857",
		Losses: evolve.UpToScale,
		Params: append([]evolve.Param{
			evolve.Choice("preset", "the predictor: an ensemble of small networks (the paper's graph network is not here)",
				"small"),
			evolve.Choice("variant", "rank by the prediction, or by a draw from the predictor's distribution", "np", "bo"),
			evolve.Int("each", 10, 0, maxPopulation, "mutations of one parent; 0: as many as candidates are missing"),
			evolve.Named("features", evolve.Encodes, features.Auto, "what the predictor reads, encodings with + between; "+
				"auto is what describes the network"),
		}, mutantParams(10, "the best architectures that are mutated")...),
		Models: true,
		Claims: mutantClaims,
		Needs:  func(evolve.Options) evolve.Needs { return evolve.Mutates | evolve.Encodes },
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := &NPENAS{Draws: o.Text("variant") == "bo", Features: o.Text("features"), Start: o.Int("start"),
				Round: o.Int("round"), Candidates: o.Int("candidates"), Parents: o.Int("parents"), Each: o.Int("each")}
			if m := o.Text("mutation"); m != "default" {
				s.Mutation = m
			}
			s.Repeat, s.Same = repeatOptions(o)
			return s, nil
		},
	})
}

func (s *NPENAS) Init(p evolve.Problem, r *rand.Rand) error {
	if err := (evolve.Mutates | evolve.Encodes).Check(p); err != nil {
		return fmt.Errorf("npenas: %w", err)
	}
	encoding := s.Features
	if encoding == "" {
		encoding = features.Auto
	}
	s.mutants = mutants{start: s.Start, round: s.Round, candidates: s.Candidates, parents: s.Parents, each: s.Each}
	return s.mutants.begin("npenas", p, r, encoding, s.Mutation, s.Repeat, s.Same)
}

func (s *NPENAS) Ask(p *evolve.Proposal) bool { return s.mutants.ask(p, s.rank) }

func (s *NPENAS) Tell(t *evolve.Trial, r *evolve.Result) error { return s.mutants.tell(t, r) }

// Learn lets the predictor know an architecture that was not proposed.
func (s *NPENAS) Learn(t *evolve.Trial, r *evolve.Result) { s.mutants.learn(t, r) }

// rank is the prediction of each mutant, or a draw.
func (s *NPENAS) rank(all []mutant) []float64 {
	x, y, of := s.mutants.rows(all)
	halfLosses(y)
	e := mlp.Fit(x, y, bananasSmall, s.mutants.r.Uint64())
	if s.Draws {
		return bananasAcquire("its", e, of, slices.Min(y), s.mutants.r)
	}
	mean, _ := e.Predict(of)
	return mean
}
