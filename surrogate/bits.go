package surrogate

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

// Bits is the simulated search of Real et al. (AAAI 2019, arXiv:1802.01548, appendix; the
// authors' notebook regularized_evolution.ipynb): the accuracy of a bit string is its share
// of ones plus normal noise, drawn anew at every evaluation.
type Bits struct {
	Length int
	Noise  float64 // standard deviation of an observed accuracy, a fraction
	Clip   bool    // observed accuracies are clipped to 0..1, as published
	Cost   float64 // simulated seconds a trial
}

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:  "bits",
		Doc:   "share of ones of a bit string plus noise: the simulated search of the regularized-evolution paper",
		Paper: "Real, Aggarwal, Huang and Le, AAAI 2019, arXiv:1802.01548",
		Params: []evolve.Param{
			evolve.Int("length", space.BitsLength, 1, space.MaxBits, "D, the number of bits"),
			evolve.Float("noise", 0.01, 0, 1000, "standard deviation of an observed accuracy (fraction)"),
			evolve.Switch("clip", true, "clip observed accuracies to 0..1").OnlyFor("noise above 0"),
			evolve.Float("cost", 1, 0, 1e9, "simulated seconds a trial"),
			wrap.ObjectivesParam(evolve.ErrorObjective),
		},
		New: offering(func(o evolve.Options) (*Bits, error) {
			noise := o.Float("noise")
			return &Bits{Length: o.Int("length"), Noise: noise, Clip: noise > 0 && o.Yes("clip"),
				Cost: o.Float("cost")}, nil
		}),
	})
}

// Problem has one fidelity, and names it one epoch.
func (b *Bits) Problem() evolve.Problem {
	return evolve.Problem{Space: space.Bits{Length: b.Length},
		Objectives: []evolve.Objective{evolve.TrainedObjective(evolve.Accuracy)},
		Fidelities: []evolve.Fidelity{{Epochs: 1}}}
}

// About says that nothing here was ever trained.
func (b *Bits) About() evolve.About {
	return evolve.About{Title: fmt.Sprintf("%d noisy bits", b.Length), Kind: "synthetic", Epochs: 1,
		Source: "share of ones of a bit string; no network was trained", BestVal: 0, BestTest: 0}
}

// Evaluate observes the error, 1 - accuracy, with the trial's own noise.
func (b *Bits) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	if t.Epochs > 1 {
		return fmt.Errorf("bits: %d epochs: nothing is trained, want 0 or 1: %w", t.Epochs, evolve.ErrUnsupported)
	}
	acc := float64(space.Ones(t.Arch)) / float64(b.Length)
	if b.Noise > 0 {
		acc += float64(b.Noise * normal(t.Seed))
	}
	if b.Clip {
		acc = min(max(acc, 0), 1)
	}
	r.Loss, r.Cost = 1-acc, b.Cost
	return nil
}

// Score is the true error, without noise, as validation and as test.
func (b *Bits) Score(t *evolve.Trial) (evolve.Score, error) {
	e := 1 - float64(space.Ones(t.Arch))/float64(b.Length)
	return evolve.Score{Val: e, Test: e}, nil
}

// Query lists the true accuracy.
func (b *Bits) Query(a evolve.Arch) ([]evolve.Fact, error) {
	ones := float64(space.Ones(a))
	return []evolve.Fact{factOf("ones", ones, "", "computed"),
		factOf("accuracy", 100*ones/float64(b.Length), "%", "computed")}, nil
}

// normal is the standard normal deviate of a seed, to 24 bits: its last bits are not the same
// on processors that fuse multiply and add.
func normal(seed uint64) float64 {
	return float64(float32(samebits.Normal(rand.New(rand.NewPCG(seed, 0)))))
}
