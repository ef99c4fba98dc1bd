package oneshot

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
	"github.com/amoeba-nas/amoeba/training"
)

// What the weights and the architecture of a supernet are trained on.
const (
	// SplitVal trains weights on the training part and the architecture on the validation part, which also scores.
	SplitVal = "val"
	// SplitHalf trains weights on one half of the training part and the architecture on the other, which also scores:
	// so do Liu, Simonyan and Yang 2019 (arXiv:1806.09055, section 3.1).
	SplitHalf = "half"
	// SplitWhole trains both on the training part (Xie, Zheng, Liu and Lin 2019, arXiv:1812.09926); the validation part
	// scores.
	SplitWhole = "whole"
)

// Splits are the ways to split a data set.
var Splits = []string{SplitVal, SplitHalf, SplitWhole}

// Plan is how a method trains shared weights, by stochastic gradient descent: options that all methods have.
type Plan struct {
	Epochs int `json:"epochs"` // the horizon of the schedule
	// Steps are those of a horizon that is published in steps, 0 of one in epochs: [Sharing.Begin] makes Epochs of
	// them, rounded up.
	Steps       int     `json:"steps,omitzero"`
	LR          float64 `json:"lr"` // falls by a cosine over all steps of the horizon, to LRMin, and stays there
	LRMin       float64 `json:"lr_min"`
	Momentum    float64 `json:"momentum"`
	WeightDecay float64 `json:"weight_decay"` // of kernels and matrices
	Clip        float64 `json:"clip"`         // largest norm of the gradients; 0 none
	Nesterov    bool    `json:"nesterov"`
	Closed      string  `json:"closed"` // Still or Drift; "" is Still
	Affine      bool    `json:"affine"` // batch norms of cells learn scales and shifts
	Split       string  `json:"split"`  // SplitVal, SplitHalf or SplitWhole; "" is SplitVal
	// Part is the K of candidates that see 1/K of the channels, see [net.Partial]; 0: they see all. No option of a
	// plan: one method has it.
	Part int `json:"part,omitzero"`
	// Probed is of a supernet with probes, see [net.Probed]. It too is one method's, and no option of a plan.
	Probed bool `json:"probed,omitzero"`
}

// settled is the plan with its defaults written out, or an error that wraps evolve.ErrInvalid or evolve.ErrUnknown.
func (p Plan) settled() (Plan, error) {
	if p.Closed == "" {
		p.Closed = Still
	}
	if p.Split == "" {
		p.Split = SplitVal
	}
	switch {
	case !slices.Contains(Closed, p.Closed):
		return p, evolve.Unknown("treatment of closed weights", p.Closed, Closed)
	case !slices.Contains(Splits, p.Split):
		return p, evolve.Unknown("split of the images", p.Split, Splits)
	case !(p.LRMin >= 0 && p.LRMin <= p.LR):
		return p, fmt.Errorf("lr_min=%g: want 0 to lr, which is %g: %w", p.LRMin, p.LR, evolve.ErrInvalid)
	}
	return p, nil
}

// Rate is that of a step, counted from 0, of a horizon of so many (Loshchilov and Hutter 2017, arXiv:1608.03983,
// equation 5, without restarts).
func (p Plan) Rate(step, of int) float64 {
	if step >= of {
		return p.LRMin
	}
	falls := (1 + samebits.Cos(math.Pi*float64(step)/float64(of))) / 2
	return p.LRMin + float64((p.LR-p.LRMin)*falls)
}

// recipe is the plan as a [Shared] takes it, which is told the rate of each step, and no epochs.
func (p Plan) recipe(batch int) training.Recipe {
	r := training.DefaultRecipe()
	r.Epochs, r.Batch, r.LR, r.Momentum, r.Nesterov = 1, batch, p.LR, p.Momentum, p.Nesterov
	r.WeightDecay, r.Clip = p.WeightDecay, p.Clip
	return r
}

// The presets of methods.
const (
	presetSmall     = "small"
	presetPublished = "published"
)

// planOption is an option of a plan: how it is described, and where its value is.
type planOption struct {
	evolve.Param
	get func(Plan) string
	set func(*Plan, string)
}

func wholeNumber(p evolve.Param, of func(*Plan) *int) planOption {
	return planOption{p.OrNone(), func(v Plan) string { return strconv.Itoa(*of(&v)) },
		func(v *Plan, s string) { *of(v), _ = strconv.Atoi(s) }} // the option's check has parsed it
}

func realNumber(p evolve.Param, of func(*Plan) *float64) planOption {
	return planOption{p.OrNone(), func(v Plan) string { return strconv.FormatFloat(*of(&v), 'g', -1, 64) },
		func(v *Plan, s string) { *of(v), _ = strconv.ParseFloat(s, 64) }}
}

func yesNo(name, doc string, of func(*Plan) *bool) planOption {
	word := map[bool]string{false: "no", true: "yes"}
	return planOption{evolve.Choice(name, doc, "preset", "no", "yes"),
		func(v Plan) string { return word[*of(&v)] }, func(v *Plan, s string) { *of(v) = s == "yes" }}
}

func word(name, doc string, words []string, of func(*Plan) *string) planOption {
	return planOption{evolve.Choice(name, doc, append([]string{"preset"}, words...)...),
		func(v Plan) string { return *of(&v) }, func(v *Plan, s string) { *of(v) = s }}
}

// maxSteps is far beyond every published schedule: SPOS, the longest here, has 150,000 steps.
const maxSteps = 1 << 30

var planOptions = []planOption{
	wholeNumber(evolve.Int("epochs", 1, 1, training.MaxEpochs, "of the supernet, the horizon of the schedule"),
		func(p *Plan) *int { return &p.Epochs }),
	wholeNumber(evolve.Int("steps", 0, 0, maxSteps, "horizon in steps, rounded up to whole epochs; 0: that in epochs"),
		func(p *Plan) *int { return &p.Steps }),
	realNumber(evolve.Float("lr", 0, 1e-6, training.MaxLR, "rate of learning of the weights, at first").Logarithmic(),
		func(p *Plan) *float64 { return &p.LR }),
	realNumber(evolve.Float("lr_min", 0, 0, training.MaxLR, "to which it falls by a cosine"),
		func(p *Plan) *float64 { return &p.LRMin }),
	realNumber(evolve.Float("momentum", 0, 0, training.MaxMomentum, "of the weights' steps"),
		func(p *Plan) *float64 { return &p.Momentum }),
	realNumber(evolve.Float("weight_decay", 0, 0, training.MaxWeightDecay, "decay of kernels and matrices"),
		func(p *Plan) *float64 { return &p.WeightDecay }),
	realNumber(evolve.Float("clip", 0, 0, training.MaxClip, "largest norm of the weights' gradients; 0 is none"),
		func(p *Plan) *float64 { return &p.Clip }),
	yesNo("nesterov", "momentum in Nesterov's form", func(p *Plan) *bool { return &p.Nesterov }),
	word("closed", "weights of closed operations stay as they are, or go on by decay and momentum as in PyTorch "+
		"before 2.0", Closed, func(p *Plan) *string { return &p.Closed }),
	yesNo("affine", "batch norms of cells learn scales and shifts", func(p *Plan) *bool { return &p.Affine }),
	word("split", "weights are trained on the training part, architecture and scores are of the validation part; "+
		"or both of halves of the training part; or both are trained on the whole training part",
		Splits, func(p *Plan) *string { return &p.Split }),
}

// PlanParams are the options of a plan, none of which is given by default: the option preset, which is the first,
// decides. Two plans say what it means.
func PlanParams(small, published Plan) []evolve.Param {
	small, _ = small.settled()
	published, _ = published.settled()
	params := []evolve.Param{evolve.Choice("preset", "small: settings for small images and short epochs; published: "+
		"the paper's", presetSmall, presetPublished)}
	for _, o := range planOptions {
		params = append(params, o.WithPreset(map[string]string{presetSmall: o.get(small),
			presetPublished: o.get(published)}))
	}
	return params
}

// PlanOf is the plan that options say which [PlanParams] are among. Epochs that were given take the place of the
// preset's steps, and steps that were given are in the place of epochs, which are not asked for then.
func PlanOf(o evolve.Options) (p Plan) {
	steps, given := o.Given("steps")
	inSteps := given && steps > 0
	for _, option := range planOptions {
		if option.Name != "epochs" || !inSteps {
			option.set(&p, o.Meant(option.Name))
		}
	}
	if given {
		return p
	}
	if _, given := o.Given("epochs"); given {
		p.Steps = 0
	}
	return p
}
