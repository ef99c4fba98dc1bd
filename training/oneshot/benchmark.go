package oneshot

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device/devices"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Benchmark is a supernet: for searchers that train it themselves, or with weights that `amoeba oneshot train` left,
// whose scores any searcher searches. Losses are validation errors by shared weights, scores those of networks that
// were trained alone.
type Benchmark struct {
	setting
	sharing *Sharing
	weights *Weights // nil where searchers train
	scorers *Scorers
	alone   *standalone
	about   evolve.About
	dir     string // of a study; "" keeps nothing
}

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:     "oneshot",
		Doc:      "a supernet, whose weights all architectures share: searchers train it, or search its scores",
		Paper:    "Pham, Guan, Zoph, Le and Dean, ICML 2018, arXiv:1802.03268",
		Variants: training.DataSets(),
		Params: []evolve.Param{
			evolve.Nested("space", "space", "nb201", "of the cells: nb201, darts, nasnet or (nasnet,ops=enas)"),
			evolve.Int("F", 8, 1, net.MaxF, "channels of the first cells"),
			evolve.Int("N", 1, 1, net.MaxN, "cells a stage, normal cells a stack"),
			evolve.Int("batch", 64, 2, training.MaxBatch, "images a batch"),
			evolve.Int("images", 0, 0, training.MaxImages,
				"training images, each class its share; 0 is the whole training part"),
			evolve.Text("weights", "", "file of weights that amoeba oneshot train left, whose scores are searched; "+
				"without it searchers train the weights"),
			evolve.Int("refit", 0, 0, maxRefit, "training batches that batch norms are fitted to before an "+
				"architecture is asked; 0: each batch by its own statistics").OnlyFor("weights=FILE"),
			evolve.Int("answer_epochs", 0, 0, training.MaxEpochs, "of the training alone that the answer of a search "+
				"is judged by; 0: those of the table that knows such networks, else 20"),
			evolve.Int("answer_seeds", 1, 1, maxSeeds, "trainings of an answer that no table knows"),
			evolve.Text("device", "cpu", "where the supernet is trained: "+devices.Help),
		},
		New: func(o evolve.Options) (evolve.Benchmark, error) { return openBenchmark(o) },
	})
}

const (
	maxRefit = 10_000 // batches: more images than any set here has
	maxSeeds = 100    // trainings of one network
)

func openBenchmark(o evolve.Options) (*Benchmark, error) {
	s, err := settingOf(o)
	if err != nil {
		return nil, err
	}
	b := &Benchmark{setting: s, sharing: &Sharing{setting: s},
		alone: newStandalone(s, o.Int("answer_epochs"), o.Int("answer_seeds"))}
	source, epochs := "", 1
	if path := o.Text("weights"); path != "" {
		if source, err = b.load(path, o.Int("refit")); err != nil {
			return nil, err
		}
		epochs = b.weights.Epoch
	} else if source, err = s.probe(); err != nil {
		return nil, fmt.Errorf("oneshot:%s: %w", o.Variant(), err)
	}
	info, err := images.Lookup(o.Variant())
	if err != nil {
		return nil, err
	}
	judged, err := b.alone.source()
	if err != nil {
		return nil, err
	}
	trained := len(s.data.Split.Train)
	if s.images > 0 {
		trained = s.images
	}
	job, err := b.alone.job("")
	if err != nil {
		return nil, err
	}
	b.about = evolve.About{Title: info.Title + ", shared weights", Kind: evolve.Training, Dataset: o.Variant(),
		Epochs: epochs, Hash: s.data.Set.Hash, Shared: true, Protocol: job.Protocol(s.data.Set.Hash),
		Source: fmt.Sprintf("%s: %s cells, N=%d, F=%d, batch=%d, a training part of %d images; %s; seconds measured",
			source, spelled(s.supernet), s.config.N, s.config.F, s.batch, trained, judged),
		BestVal: math.NaN(), BestTest: math.NaN()}
	return b, nil
}

// load opens the weights of a file, of the same supernet, and returns the source of their losses.
func (b *Benchmark) load(path string, refit int) (source string, err error) {
	k, err := readSealed(path)
	if err != nil {
		return "", err
	}
	if err := b.same(path, &k.Meta); err != nil { // before a large supernet is made
		return "", err
	}
	if b.weights, err = k.open(); err != nil {
		return "", err
	}
	c := b.weights.course
	b.scorers = c.Scorers(Scoring{Refit: refit})
	score := "validation images"
	if c.Plan.Split == SplitHalf {
		score = "training images that were kept from them"
	}
	return fmt.Sprintf("losses are errors by the weights of %s after epoch %d, seed %d, on %d %s",
		filepath.Base(path), b.weights.Epoch, b.weights.Seed, len(c.score), score), nil
}

// probe refuses before a search what cannot be trained, and returns what is. It makes no network: the graph of a large
// supernet takes seconds.
func (s *setting) probe() (source string, err error) {
	c, super, err := s.outlined(Plan{Epochs: 1, LR: 1}, 0, origin{})
	if err == nil {
		err = trainable(super, c.options(), s.device)
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("a supernet trained here by engine %d, kernels %s", training.Version, s.device.Name()), nil
}

// settingOf is what the options say of supernet and images.
func settingOf(o evolve.Options) (s setting, err error) {
	s = setting{batch: o.Int("batch"), images: o.Int("images"), config: net.Config{N: o.Int("N"), F: o.Int("F")}}
	if s.space, err = evolve.Spaces.OpenNested(o, "space"); err != nil {
		return s, fmt.Errorf("oneshot: %s: %w", o.Spec("space"), err)
	}
	if s.device, err = devices.Open(o.Text("device")); err != nil {
		return s, err
	}
	return s, s.complete(o.Variant())
}

// same refuses weights of another supernet or other images than the options say.
func (s *setting) same(path string, m *Meta) error {
	for _, r := range []struct {
		what       string
		have, want any
	}{{"space", spelled(m.Supernet), spelled(s.supernet)}, {"data set", m.Data, s.data.Set.Name},
		{"images of SHA-256", m.DataHash, s.data.Set.Hash}, {"F", m.Net.F, s.config.F}, {"N", m.Net.N, s.config.N},
		{"batch", m.Batch, s.batch}, {"images", m.Images, s.images}} {
		if r.have != r.want {
			return fmt.Errorf("%s: the weights are of %s %v, the benchmark is of %v: %w", path, r.what, r.have, r.want,
				evolve.ErrInvalid)
		}
	}
	return nil
}

// Problem offers the shared weights to searchers that train them, unless they are trained already. A trial has one
// fidelity: how many epochs it trains is the searcher's to say, and with weights that are trained it is none.
func (b *Benchmark) Problem() evolve.Problem {
	p := evolve.Problem{Space: b.space, Objectives: []evolve.Objective{evolve.TrainedObjective(b.about.Metric)},
		Fidelities: []evolve.Fidelity{{}}}
	if b.weights == nil {
		p.Sharing, p.Fidelities[0].Epochs = b.sharing, 1
	}
	return p
}

// About describes the supernet and its images.
func (b *Benchmark) About() evolve.About { return b.about }

// In is the benchmark of one study, which keeps shared weights and what became of answers in dir, or in memory.
func (b *Benchmark) In(dir string, watch evolve.Observer) (evolve.Benchmark, error) {
	in := *b
	in.dir, in.sharing = dir, &Sharing{setting: b.setting, dir: dir, watch: watch}
	return &in, nil
}

// Kept is as [evolve.Stateful] says: weights that are trained no more keep nothing of their trials.
func (b *Benchmark) Kept(told int) (int, error) {
	if b.weights != nil {
		return told, nil
	}
	return b.sharing.Kept(told)
}

// Evaluate asks the weights about an architecture. Without weights it refuses, by evolve.ErrUnsupported: the searcher
// trains them and evaluates its trials itself.
func (b *Benchmark) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	if b.weights == nil {
		return fmt.Errorf("oneshot: has no trained weights without weights=FILE: want a searcher that trains them: %w",
			evolve.ErrUnsupported)
	}
	begin := time.Now()
	s, err := b.scorers.Take()
	if err != nil {
		return err
	}
	defer b.scorers.Give(s)
	scored, err := s.Score(ctx, t.Arch, 0, 0)
	r.Loss, r.Cost = scored.Error, time.Since(begin).Seconds()
	return err
}

// Score is what a table of this project knows of an architecture that was trained alone by the same protocol; NaN of
// others.
func (b *Benchmark) Score(t *evolve.Trial) (evolve.Score, error) { return b.alone.of(t.Arch) }

// Alone are the trainings whose mean Score and Finish tell of an architecture. Where they are kept, and how many at a
// time, is left open.
func (b *Benchmark) Alone(arch evolve.Arch) (training.Seeds, error) { return b.alone.trainings(arch) }

// Finish is Score, for which it trains an architecture alone that no table knows.
func (b *Benchmark) Finish(ctx context.Context, t *evolve.Trial) (evolve.Score, error) {
	if s, err := b.Score(t); err != nil || !math.IsNaN(s.Val) && !math.IsNaN(s.Test) {
		return s, err
	}
	return b.alone.train(ctx, b.dir, t.Arch)
}
