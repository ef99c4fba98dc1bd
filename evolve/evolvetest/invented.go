package evolvetest

import (
	"context"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Invented is a benchmark without any structure on any space: losses and costs are mixed from the genome, so that no
// fitted model and no table can move what depends on them.
//
// With Rungs it offers all that a searcher may need of a benchmark: trainings of 1, 3 and 9 epochs, each of which
// goes on from the shorter and tells more of the last, two objectives and a training-free score.
type Invented struct {
	Space evolve.Space
	Rungs bool
}

// Problem is what the comment of Invented says.
func (b *Invented) Problem() evolve.Problem {
	p := evolve.Problem{Space: b.Space, Fidelities: []evolve.Fidelity{{Epochs: 9}},
		Objectives: []evolve.Objective{evolve.TrainedObjective(evolve.Accuracy)}}
	if b.Rungs {
		p.Fidelities = []evolve.Fidelity{{Epochs: 1}, {Epochs: 3, Resumes: true}, {Epochs: 9, Resumes: true}}
		p.Objectives = append(p.Objectives, evolve.NewObjective(evolve.ParamsObjective))
		score := func(a evolve.Arch) (float64, error) { return b.params(a), nil }
		p.Proxies = []evolve.Proxy{{Name: evolve.ParamsObjective, Score: score}}
	}
	return p
}

// mixed is the number that an architecture's numbers are made of.
func mixed(a evolve.Arch) uint64 {
	h := uint64(1)
	for _, c := range []byte(a) {
		h = evolve.Mix(h, uint64(c))
	}
	return h
}

func (b *Invented) params(a evolve.Arch) float64 { return float64(1 + evolve.Mix(mixed(a), 2)%1000) }

// loss is a fraction. The fewer the epochs, the more of it is another number's.
func (b *Invented) loss(a evolve.Arch, epochs int) float64 {
	h := mixed(a)
	x := float64(h%100_000) / 100_000
	if !b.Rungs || epochs == 9 {
		return x
	}
	noise := float64(evolve.Mix(h, uint64(epochs))%100_000) / 100_000
	part := 1 / float64(epochs+1)
	return float64(x*(1-part)) + float64(noise*part)
}

// Evaluate charges 1 to 7 seconds for each epoch of a trial's own, or for a trial where there is one schedule.
func (b *Invented) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	epochs := t.Epochs
	if epochs == 0 {
		epochs = 9
	}
	r.Loss, r.Cost = b.loss(t.Arch, epochs), float64(1+mixed(t.Arch)>>32%7)
	if b.Rungs {
		r.Cost *= float64(epochs - t.Trained)
		r.Others = []float64{b.params(t.Arch)}
	}
	return nil
}

// Score is the loss after nine epochs.
func (b *Invented) Score(t *evolve.Trial) (evolve.Score, error) {
	x := b.loss(t.Arch, 9)
	return evolve.Score{Val: x, Test: x}, nil
}

// About says that the numbers mean nothing.
func (b *Invented) About() evolve.About {
	return evolve.About{Title: "invented numbers", Kind: "synthetic", Epochs: 9,
		Source: "numbers mixed from the genome; no network was trained", BestVal: math.NaN(), BestTest: math.NaN()}
}
