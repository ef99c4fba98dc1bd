package oneshot

import (
	"errors"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Answers asks architectures of a supernet about images and changes nothing that is trained. One goroutine uses it;
// several share the weights, which must not be trained meanwhile.
type Answers[T kernel.Float] struct {
	super *net.Supernet
	model *graph.Model[T]
	dev   device.Device[T]
	size  int // images of a batch
	// shares of its mixtures and values of its weights, where they are its own.
	shares, values []T
	host           []T // for numbers on their way
	// Passes by their batch's statistics, which they leave in batch.running, and by those of Fit.
	batch, fitted pass[T]
}

// Another makes an asker of the same weights.
func (n *Shared[T]) Another() *Answers[T] {
	a := &Answers[T]{super: n.Supernet, model: n.Model, dev: n.dev, size: n.options.Recipe.Batch}
	a.batch.dev, a.fitted.dev = n.dev, n.dev
	return a
}

// Close gives the memory back.
func (a *Answers[T]) Close() error {
	for _, s := range []*[]T{&a.shares, &a.values} {
		if *s != nil {
			a.dev.Give(*s)
		}
		*s = nil
	}
	return errors.Join(a.batch.close(), a.fitted.close())
}

// build makes a graph that answers with statistics of its own, once.
func (a *Answers[T]) build(p *pass[T], batchStats bool) (err error) {
	if p.Graph != nil {
		return nil
	}
	if p.running == nil {
		if p.running, err = a.model.StatLike(); err != nil {
			return err
		}
	}
	p.Graph, err = graph.New(a.model.With(p.running), a.dev,
		graph.Options{Batch: a.size, Paths: true, BatchStats: batchStats})
	return err
}

// even gives an asker that has not asked yet shares of its own, the same for all candidates of an edge.
func (a *Answers[T]) even() (err error) {
	if err := mixes(a.super); err != nil {
		return err
	}
	if a.shares, err = a.dev.Take(len(a.model.Shares)); err != nil {
		return err
	}
	host := make([]T, len(a.shares))
	for at := 0; at < len(host); at += launch.Unit {
		host[at] = T(1 / float64(len(a.super.Ops)))
	}
	a.dev.Upload(a.shares, host)
	a.model = a.model.On(a.model.Values)
	a.model.Shares = a.shares
	return nil
}

// own gives an asker that has not asked yet a copy of all weights, which [Answers.Set] changes for it alone.
func (a *Answers[T]) own() (err error) {
	if a.values, err = a.model.Like(); err != nil {
		return err
	}
	host := make([]T, len(a.values))
	if err := a.dev.Download(host, a.model.Values); err != nil {
		return err
	}
	a.dev.Upload(a.values, host)
	a.model = a.model.On(a.values)
	return nil
}

// Answer asks the path of open layers about a batch. Batch norms use the batch's own statistics: the running ones mix
// those of all paths that were trained. Nothing that is trained changes.
func (a *Answers[T]) Answer(open []bool, b Batch) (Result, error) { return a.ask(open, false, b) }

// AnswerMixed is Answer of the mixture of all candidates whose layers are open, with the shares that Mix has set.
func (a *Answers[T]) AnswerMixed(open []bool, b Batch) (Result, error) {
	if err := mixes(a.super); err != nil {
		return Result{}, err
	}
	return a.ask(open, true, b)
}

func (a *Answers[T]) ask(open []bool, mixed bool, b Batch) (Result, error) {
	if err := a.build(&a.batch, true); err != nil {
		return Result{}, err
	}
	if err := a.batch.record(open, mixed, nil); err != nil {
		return Result{}, err
	}
	return a.batch.run(a.batch.step, b)
}

// Fit sets the statistics of [Answers.AnswerFitted] to those of a path: the means, over batches, of each batch's means
// and variances. Nothing that is trained changes.
func (a *Answers[T]) Fit(open []bool, batches []Batch) error { return a.fit(open, false, batches) }

func (a *Answers[T]) fit(open []bool, mixed bool, batches []Batch) error {
	if len(batches) == 0 {
		return fmt.Errorf("no batches to fit a path's statistics to: %w", evolve.ErrInvalid)
	}
	for _, p := range []*pass[T]{&a.batch, &a.fitted} {
		if err := a.build(p, p == &a.batch); err != nil {
			return err
		}
	}
	sums := make([]float64, len(a.batch.running))
	seen := make([]T, len(sums))
	for _, b := range batches {
		clear(seen)
		a.dev.Upload(a.batch.running, seen)
		if _, err := a.ask(open, mixed, b); err != nil {
			return err
		}
		if err := a.dev.Download(seen, a.batch.running); err != nil {
			return err
		}
		for i, v := range seen {
			sums[i] += float64(v)
		}
	}
	for i, v := range sums {
		seen[i] = T(v / float64(len(batches)))
	}
	a.dev.Upload(a.fitted.running, seen)
	return nil
}

// AnswerFitted asks the path of open layers, which Fit was last called with, about a batch.
func (a *Answers[T]) AnswerFitted(open []bool, b Batch) (Result, error) {
	return a.askFitted(open, false, b)
}

func (a *Answers[T]) askFitted(open []bool, mixed bool, b Batch) (Result, error) {
	if a.fitted.Graph == nil {
		return Result{}, fmt.Errorf("no path's statistics were fitted: %w", evolve.ErrInvalid)
	}
	if err := a.fitted.record(open, mixed, nil); err != nil {
		return Result{}, err
	}
	return a.fitted.run(a.fitted.step, b)
}
