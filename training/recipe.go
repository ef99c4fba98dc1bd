package training

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
)

// Recipe is how a network is trained. Every field is part of a result's identity.
type Recipe struct {
	Epochs, Batch int
	Accumulate    int // batches whose gradients make one step
	Solver        string
	LR            float64 // the highest
	Momentum      float64
	Nesterov      bool
	WeightDecay   float64 // of kernels and matrices; scales, shifts and biases are left alone
	Clip          float64 // largest norm of the gradients; 0 none
	Schedule      string
	Warmup        float64 // epochs in which the rate rises from zero
	Smoothing     float64 // of the labels
	AuxWeight     float64 // of the auxiliary head's loss
	Average       float64 // decay a step of a moving average of the weights, which is then what is evaluated; 0 none
	Shuffled      bool    // the control: training labels in random order
	Images        int     `json:",omitzero"` // of the training part that are trained on, each class its share; 0 all
	Augment       images.Augment
}

// DefaultRecipe is that of NAS-Bench-201 (Dong and Yang, ICLR 2020, section 2.3: SGD with Nesterov
// momentum 0.9, rate 0.1 falling by a cosine, weight decay 5e-4), with a smaller batch for
// the small data sets and clipping at 5 as DARTS has it; biases and batch norms do not decay,
// and images are neither flipped nor cropped.
func DefaultRecipe() Recipe {
	return Recipe{Epochs: 20, Batch: 64, Accumulate: 1, Solver: "sgd", LR: 0.1, Momentum: 0.9, Nesterov: true,
		WeightDecay: 5e-4, Clip: 5, Schedule: "cosine", AuxWeight: 0.4}
}

// Schedules are the courses of the learning rate.
var Schedules = []string{"cosine", "step", "constant"}

// Rate is the learning rate after so many epochs, fractions among them. cosine falls to zero
// at the horizon, Epochs (Loshchilov and Hutter 2017, equation 5, without restarts); step
// falls to a tenth at a half and again at three quarters of it (He et al. 2016, section 4.2).
func (r Recipe) Rate(epoch float64) float64 {
	if epoch < r.Warmup {
		return r.LR * epoch / r.Warmup
	}
	at := epoch / float64(r.Epochs)
	switch r.Schedule {
	case "cosine":
		return r.LR * (1 + samebits.Cos(math.Pi*at)) / 2
	case "step":
		switch {
		case at >= 0.75:
			return r.LR / 100
		case at >= 0.5:
			return r.LR / 10
		}
	}
	return r.LR
}

// PerEpoch is how many of n training images an epoch goes through: whole steps.
func (r Recipe) PerEpoch(n int) int {
	if r.Images > 0 {
		n = r.Images
	}
	step := r.Batch * r.Accumulate
	return n / step * step
}

// What a recipe may ask for at most.
const (
	MaxEpochs = 10_000 // every checkpoint holds the history of all
	// Images, as many as were ever trained with at once on ImageNet (Goyal et al. 2017), and batches a step.
	MaxBatch       = 8192
	MaxImages      = 1 << 30 // no data set has as many
	MaxSide        = 1 << 10 // pixels of a crop's padding and of a cut
	MaxLR          = 100
	MaxMomentum    = 0.9999
	MaxWeightDecay = 1
	MaxSmoothing   = 0.99
	MaxAverage     = 0.99999
	MaxClip        = 1e9
	MaxAux         = 10
)

// Check returns the error of a recipe that cannot be trained by.
func (r Recipe) Check() error {
	bad := func(format string, v ...any) error {
		return fmt.Errorf("recipe: "+format+": %w", append(v, evolve.ErrInvalid)...)
	}
	in := func(x, low, high float64) bool { return x >= low && x <= high }
	switch {
	case r.Epochs < 1 || r.Epochs > MaxEpochs:
		return bad("epochs %d, want 1 to %d", r.Epochs, MaxEpochs)
	case r.Batch < 2 || r.Batch > MaxBatch:
		return bad("batch %d, want 2 to %d", r.Batch, MaxBatch)
	case r.Accumulate < 1 || r.Accumulate > MaxBatch:
		return bad("accumulate %d, want 1 to %d", r.Accumulate, MaxBatch)
	case r.Images < 0 || r.Images > MaxImages:
		return bad("images %d, want 1 to %d, or 0 for all", r.Images, MaxImages)
	case !slices.Contains(Solvers, r.Solver):
		return evolve.Unknown("solver", r.Solver, Solvers)
	case !slices.Contains(Schedules, r.Schedule):
		return evolve.Unknown("schedule", r.Schedule, Schedules)
	case !(r.LR > 0 && r.LR <= MaxLR):
		return bad("learning rate %g, want above 0 and at most %d", r.LR, MaxLR)
	case !in(r.Momentum, 0, MaxMomentum):
		return bad("momentum %g, want 0 to %g", r.Momentum, MaxMomentum)
	case !in(r.Warmup, 0, float64(r.Epochs)):
		return bad("warm-up of %g epochs, want 0 to %d", r.Warmup, r.Epochs)
	}
	for _, f := range []struct {
		name        string
		value, most float64
	}{
		{"weight decay", r.WeightDecay, MaxWeightDecay}, {"smoothing", r.Smoothing, MaxSmoothing},
		{"average", r.Average, MaxAverage},
		{"clip", r.Clip, MaxClip}, {"auxiliary weight", r.AuxWeight, MaxAux},
	} {
		if !in(f.value, 0, f.most) {
			return bad("%s %g, want 0 to %g", f.name, f.value, f.most)
		}
	}
	return nil
}
