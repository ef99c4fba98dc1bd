package oneshot

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device/devices"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Benchmark is a supernet: for searchers that train it themselves, or with weights that `amoeba oneshot train` left.
type Benchmark struct {
	setting
	sharing *Sharing
	about   evolve.About
}

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:     "oneshot",
		Doc:      "a supernet, whose weights all architectures share: searchers train it, or search its scores",
		Paper:    "Pham, Guan, Zoph, Le and Dean, ICML 2018, arXiv:1802.03268",
		Variants: variants(),
		Params: []evolve.Param{
			evolve.Nested("space", "space", "nb201", "of the cells: nb201, darts or nasnet"),
			evolve.Int("F", 8, 1, net.MaxF, "channels of the first cells"),
			evolve.Int("N", 1, 1, net.MaxN, "cells a stage, normal cells a stack"),
			evolve.Int("batch", 64, 2, training.MaxBatch, "images a batch"),
			evolve.Int("images", 0, 0, training.MaxImages,
				"training images, each class its share; 0 is the whole training part"),
			evolve.Text("device", "cpu", "where the supernet is trained: "+devices.Help),
		},
		New: func(o evolve.Options) (evolve.Benchmark, error) { return openBenchmark(o) },
	})
}

// variants are the data sets; the first, which is the default, is in the program.
func variants() []string {
	names := images.Names()
	rank := func(name string) int {
		if info, err := images.Lookup(name); err == nil && info.Embedded() {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return names
}

func openBenchmark(o evolve.Options) (*Benchmark, error) {
	s := setting{batch: o.Int("batch"), images: o.Int("images")}
	s.config = net.Config{N: o.Int("N"), F: o.Int("F")}
	var err error
	if s.space, err = evolve.Spaces.OpenNested(o, "space"); err != nil {
		return nil, fmt.Errorf("oneshot: %s: %w", o.Spec("space"), err)
	}
	if s.supernet = s.space.Name(); !slices.Contains(net.SuperSpaces(), s.supernet) {
		return nil, evolve.Unknown("space that has a supernet", s.supernet, net.SuperSpaces())
	}
	if s.device, err = devices.Open(o.Text("device")); err != nil {
		return nil, err
	}
	if s.data, err = training.OpenData(o.Variant()); err != nil {
		return nil, err
	}
	s.config.Input, s.config.Classes = s.data.Shape(), s.data.Set.Classes
	c, err := s.course(Plan{Epochs: 1, LR: 1}, 0, origin{}) // what cannot be trained so is refused before the search
	if err != nil {
		return nil, fmt.Errorf("oneshot:%s: %w", o.Variant(), err)
	}
	if err := c.Close(); err != nil {
		return nil, err
	}
	info, err := images.Lookup(o.Variant())
	if err != nil {
		return nil, err
	}
	trained := len(s.data.Split.Train)
	if s.images > 0 {
		trained = s.images
	}
	b := &Benchmark{setting: s, sharing: &Sharing{setting: s}}
	b.about = evolve.About{Title: info.Title + ", shared weights", Kind: evolve.Training, Dataset: o.Variant(),
		Epochs: 1, Hash: s.data.Set.Hash,
		Source: fmt.Sprintf("a supernet trained here by engine %d, kernels %s: %s cells, N=%d, F=%d, batch %d, on %d "+
			"images; seconds measured", training.Version, s.device.Name(), s.supernet, s.config.N, s.config.F, s.batch,
			trained),
		BestVal: math.NaN(), BestTest: math.NaN()}
	return b, nil
}

// Problem offers the shared weights to searchers that train them. A trial has one fidelity: what it takes is the
// searcher's.
func (b *Benchmark) Problem() evolve.Problem {
	return evolve.Problem{Space: b.space, Objectives: []evolve.Objective{evolve.TrainedObjective(b.about.Metric)},
		Fidelities: []evolve.Fidelity{{Epochs: 1}}, Sharing: b.sharing}
}

// About describes the supernet and its images.
func (b *Benchmark) About() evolve.About { return b.about }

// In is the benchmark of one study, whose shared weights are kept in dir, or in memory.
func (b *Benchmark) In(dir string, watch evolve.Observer) (evolve.Benchmark, error) {
	in := *b
	in.sharing = &Sharing{setting: b.setting, dir: dir, watch: watch}
	return &in, nil
}

// Kept is as [evolve.Stateful] says.
func (b *Benchmark) Kept(told int) (int, error) { return b.sharing.Kept(told) }

// Evaluate refuses: the searcher trains the weights and evaluates its trials itself.
func (b *Benchmark) Evaluate(context.Context, *evolve.Trial, *evolve.Result) error {
	return fmt.Errorf("oneshot: has no trained weights without weights=FILE: want a searcher that trains them: %w",
		evolve.ErrUnsupported)
}

// Score is not known before an architecture was trained alone.
func (b *Benchmark) Score(*evolve.Trial) (evolve.Score, error) {
	return evolve.Score{Val: math.NaN(), Test: math.NaN()}, nil
}
