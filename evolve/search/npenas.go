package search

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/gin"
	"github.com/amoeba-nas/amoeba/evolve/mlp"
)

// NPENAS is Wei, Niu, Tang, Wang, Hu and Liang, "NPENAS: Neural Predictor Guided Evolution for Neural Architecture
// Search", IEEE Transactions on Neural Networks and Learning Systems, 2022, arXiv:2003.12857: evolution in which a
// predictor looks at ten mutants of each of the ten best architectures, and those of the lowest predictions are
// evaluated. variant=np ranks by the prediction, as NPENAS-NP; variant=bo by a draw from the predictor's distribution,
// as NPENAS-BO. The predictor of every round is fitted from fresh weights.
//
// preset=published has the graph isomorphism network of the authors' code, see [gin]: three layers of 32 units, a head
// of 16, Adam without a first moment, the rate .01 falling to 0 by half a cosine, that of biases twice as high, weight
// decay .0001, squared errors, batches of 10 while there are ten architectures and of 16 later. Its graphs are those of
// the space, where an operation is a vertex. It departs in this: the code trains for 1000 epochs (epochs=1000); there
// the output is ten times a sigmoid, in percent, so that errors above ten percent are cut off, which losses of another
// kind would not bear: here it is linear, and targets are those of preset=small. variant=bo, whose graph network has
// exponential units and two heads, is preset=small's alone.
//
// preset=small, the default, departs in the predictor: an ensemble of five small feed-forward networks reads what
// describes the network, see [features.Best], and takes milliseconds. Its mean is the prediction and its spread the
// distribution. The targets are losses, those above the median compressed logarithmically.
//
// In both a model chooses five architectures, the paper's ten (round=10). The authors' code departs from their paper as
// well: nearly all of its mutants are of the best architecture alone (parents=50,each=0).
type NPENAS struct {
	Published  bool   // preset=published
	Epochs     int    // of the published predictor
	Draws      bool   // variant=bo, not of the published predictor
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
			evolve.Choice("preset", "the predictor: an ensemble of small networks, or the paper's graph "+
				"isomorphism network",
				"small", "published"),
			evolve.Int("epochs", npenasEpochs, 1, 100_000, "of the graph network's training (1000: the authors' code)").
				OnlyFor("preset=published"),
			evolve.Choice("variant", "rank by the prediction, or by a draw from the predictor's distribution",
				"np", "bo").
				OnlyFor("preset=small"),
			evolve.Int("each", 10, 0, maxPopulation, "mutations of one parent; 0: as many as candidates are missing"),
			evolve.Named("features", evolve.Encodes, features.Auto, "what the predictor reads, encodings with + "+
				"between; auto is what describes the network").OnlyFor("preset=small"),
		}, mutantParams(10, "the best architectures that are mutated")...),
		Models: true,
		Claims: mutantClaims,
		Needs:  func(o evolve.Options) evolve.Needs { return npenasNeeds(o.Text("preset") == "published") },
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := &NPENAS{Published: o.Text("preset") == "published", Start: o.Int("start"), Round: o.Int("round"),
				Candidates: o.Int("candidates"), Parents: o.Int("parents"), Each: o.Int("each"),
				Mutation: o.Text("mutation")}
			if s.Published {
				s.Epochs = o.Int("epochs")
			} else {
				s.Draws, s.Features = o.Text("variant") == "bo", o.Text("features")
			}
			s.Repeat, s.Same = repeatOptions(o)
			return s, nil
		},
	})
}

// npenasEpochs is the default of preset=published, with which a run of 150 trials stays below 20 seconds of a core.
const npenasEpochs = 300

// npenasNeeds are those of both presets.
func npenasNeeds(published bool) evolve.Needs {
	if published {
		return evolve.Mutates | evolve.Graphs
	}
	return evolve.Mutates | evolve.Encodes
}

func (s *NPENAS) Init(p evolve.Problem, r *rand.Rand) error {
	if err := npenasNeeds(s.Published).Check(p); err != nil {
		return fmt.Errorf("npenas: %w", err)
	}
	encoding := s.Features
	switch {
	case s.Each < 0:
		return fmt.Errorf("npenas: each %d: want at least 0: %w", s.Each, evolve.ErrInvalid)
	case s.Published && s.Epochs < 1:
		return fmt.Errorf("npenas: epochs %d: want at least 1: %w", s.Epochs, evolve.ErrInvalid)
	case s.Published && (s.Draws || s.Features != ""):
		return fmt.Errorf("npenas: the published predictor of graphs neither draws nor reads features: %w",
			evolve.ErrInvalid)
	case !s.Published && encoding == "":
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
	if s.Published {
		return s.published(all)
	}
	x, y, of := s.mutants.rows(all)
	halfLosses(y)
	e := mlp.Fit(x, y, bananasSmall, s.mutants.r.Uint64())
	if s.Draws {
		return bananasAcquire("its", e, of, slices.Min(y), s.mutants.r)
	}
	mean, _ := e.Predict(of)
	return mean
}

// published is the prediction of a graph network.
func (s *NPENAS) published(all []mutant) []float64 {
	_, y, _ := s.mutants.rows(nil)
	halfLosses(y)
	var x, of [][]gin.Graph
	for i := range s.mutants.told {
		x = append(x, s.mutants.told[i].graphs)
	}
	for i := range all {
		of = append(of, all[i].graphs)
	}
	p := gin.Params{Width: 32, Head: 16, Epochs: s.Epochs, Batch: 16, Rate: .01, Decay: 1e-4, Drop: .1}
	if len(x) <= 10 {
		p.Batch = 10
	}
	return gin.Fit(x, y, p, s.mutants.r.Uint64()).Predict(of)
}
