package training

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/hyper"
	"github.com/amoeba-nas/amoeba/training/net"
)

// A tunable is an option of the benchmark that a space of hyper-parameters may set for each trial.
type tunable struct {
	evolve.Param
	set func(*Job, float64)
}

// tunables are learning rate, weight decay, cutout, depth and width.
var tunables = []tunable{
	{evolve.Float("lr", 0.1, 1e-6, MaxLR, "highest learning rate").Logarithmic(),
		func(j *Job, x float64) { j.Recipe.LR = x }},
	{evolve.Float("weight_decay", DefaultRecipe().WeightDecay, 0, MaxWeightDecay, "decay of kernels and matrices"),
		func(j *Job, x float64) { j.Recipe.WeightDecay = x }},
	{evolve.Int("cutout", 0, 0, MaxSide, "side of the square that is cut out of training images"),
		func(j *Job, x float64) { j.Recipe.Augment.Cutout = int(x) }},
	{evolve.Int("N", 1, 1, net.MaxN, "cells a stage, normal cells a stack"),
		func(j *Job, x float64) { j.Net.N = int(x) }},
	{evolve.Int("F", 8, 1, net.MaxF, "channels of the first cells"),
		func(j *Job, x float64) { j.Net.F = int(x) }},
}

// tunableParams are the options that tunables are where no space sets them.
func tunableParams() (all []evolve.Param) {
	for _, o := range tunables {
		all = append(all, o.Param)
	}
	return all
}

// tuned is the space of hyper-parameters that a benchmark is searched in.
type tuned struct {
	space   *hyper.Space
	options []tunable // by parameter
}

// newTuned refuses a space of what the benchmark does not have, or beyond its bounds.
func newTuned(s *hyper.Space) (*tuned, error) {
	t := &tuned{space: s}
	var known []string
	for _, o := range tunables {
		known = append(known, o.Name)
	}
	for _, p := range s.Params() {
		i := slices.Index(known, p.Name)
		if i < 0 {
			return nil, evolve.Unknown("hyper-parameter of train", p.Name, known)
		}
		o := tunables[i]
		low, high, err := ends(p)
		switch {
		case err != nil:
			return nil, err
		case low < o.Min || high > o.Max:
			return nil, fmt.Errorf("%s: %g to %g: train takes %s: %w", p.Name, low, high, o.Range(), evolve.ErrInvalid)
		case o.Kind == evolve.IntParam && p.Type == hyper.Float:
			return nil, fmt.Errorf("%s: train takes whole numbers: want type: int: %w", p.Name, evolve.ErrInvalid)
		}
		for _, c := range p.Choices {
			if x, _ := numeric(c); o.Kind == evolve.IntParam && x != math.Trunc(x) {
				return nil, fmt.Errorf("%s: choice %s: want whole numbers: %w", p.Name, hyper.Label(c),
					evolve.ErrInvalid)
			}
		}
		t.options = append(t.options, o)
	}
	return t, nil
}

// ends are the least and the greatest value of a parameter.
func ends(p hyper.Param) (low, high float64, err error) {
	if p.Type != hyper.Choice {
		return p.Low, p.High, nil
	}
	for i, c := range p.Choices {
		x, ok := numeric(c)
		if !ok {
			return 0, 0, fmt.Errorf("%s: choice %s: want numbers: %w", p.Name, hyper.Label(c), evolve.ErrInvalid)
		}
		if i == 0 {
			low, high = x, x
		}
		low, high = min(low, x), max(high, x)
	}
	return low, high, nil
}

// numeric is a value of a parameter.
func numeric(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case int64:
		return float64(x), true
	}
	return 0, false
}

// always says whether every trial has a value of an option.
func (t *tuned) always(option string) bool {
	return slices.ContainsFunc(t.space.Params(), func(p hyper.Param) bool { return p.Name == option && p.If == nil })
}

// apply gives a job the architecture and the values of a genome.
func (t *tuned) apply(j *Job, genome evolve.Arch) error {
	arch, values, err := t.space.Values(genome)
	if err != nil {
		return err
	}
	j.Arch = arch
	for _, v := range values {
		x, _ := numeric(v.Of)
		t.option(v.Name).set(j, x)
	}
	return nil
}

func (t *tuned) option(name string) tunable {
	return t.options[slices.IndexFunc(t.options, func(o tunable) bool { return o.Name == name })]
}

// extremes are the job with all parameters at their least values, and with all at their greatest.
func (t *tuned) extremes(j Job) (least, most Job) {
	least, most = j, j
	for i, p := range t.space.Params() {
		low, high, _ := ends(p) // which newTuned has seen
		t.options[i].set(&least, low)
		t.options[i].set(&most, high)
	}
	return least, most
}

// source says what is searched, so that a changed file is not gone on with.
func (t *tuned) source() string {
	var names []string
	for _, p := range t.space.Params() {
		names = append(names, p.Name)
	}
	return fmt.Sprintf("%s searched in a space of SHA-256 %.24s…", strings.Join(names, ", "), t.space.Digest())
}

// openSpace opens the space that is searched, and that of its architectures.
func (b *Benchmark) openSpace(o evolve.Options) (err error) {
	if b.space, err = evolve.Spaces.OpenNested(o, "space"); err != nil {
		return err
	}
	b.cells = b.space
	if s, ok := b.space.(*hyper.Space); ok {
		if b.cells, _ = s.Arch(); b.cells == nil {
			return fmt.Errorf("no architecture goes with its parameters: want a first entry arch: %s: %w",
				strings.Join(net.Spaces(), "|"), evolve.ErrInvalid)
		}
		if b.tuned, err = newTuned(s); err != nil {
			return err
		}
	}
	if b.job.Space = b.cells.Name(); !slices.Contains(net.Spaces(), b.job.Space) {
		return evolve.Unknown("space that trains", b.job.Space, net.Spaces())
	}
	return nil
}

// jobOf is the job of a trial of an architecture or, where something is tuned, of one with its hyper-parameters.
func (b *Benchmark) jobOf(a evolve.Arch) (j Job, err error) {
	j = b.job
	if j.Arch = a; b.tuned != nil {
		err = b.tuned.apply(&j, a)
	}
	return j, err
}
