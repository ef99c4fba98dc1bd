package oneshot

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// pass is a graph with the path that it was last asked for.
type pass[T kernel.Float] struct {
	*graph.Graph[T]
	dev     device.Device[T]
	running []T // its statistics, where they are not the model's
	open    []bool
	mixed   bool
	step    device.Step
	bare    device.Step // step without an update; nil of a graph that answers
}

// record makes a graph's steps along a path or of a mixture, and with the call that follows it, unless they were the
// last ones.
func (p *pass[T]) record(open []bool, mixed bool, follow func(trains []bool) (device.Call, error)) error {
	if p.step != nil && mixed == p.mixed && slices.Equal(open, p.open) {
		return nil
	}
	if err := p.forget(); err != nil {
		return err
	}
	find := p.Path
	if mixed {
		find = p.Mixture
	}
	calls, trains, err := find(open)
	if err != nil {
		return err
	}
	p.open, p.mixed = append(p.open[:0], open...), mixed
	if follow != nil {
		if p.bare, err = p.dev.Record(calls); err != nil {
			return err
		}
		call, err := follow(trains)
		if err != nil {
			return err
		}
		calls = append(calls, call)
	}
	p.step, err = p.dev.Record(calls)
	return err
}

// forget closes a graph's steps.
func (p *pass[T]) forget() error {
	var errs []error
	for _, s := range []*device.Step{&p.bare, &p.step} {
		if *s != nil {
			errs = append(errs, (*s).Close())
		}
		*s = nil
	}
	return errors.Join(errs...)
}

// close gives the memory back.
func (p *pass[T]) close() error {
	errs := []error{p.forget()}
	if p.Graph != nil {
		errs = append(errs, p.Graph.Close())
	}
	if p.running != nil {
		p.dev.Give(p.running)
	}
	*p = pass[T]{dev: p.dev}
	return errors.Join(errs...)
}

// run takes a step of a graph over a batch and waits for it.
func (p *pass[T]) run(step device.Step, b Batch) (Result, error) {
	p.Load(b.X, b.Y)
	p.Upload()
	if err := step.Run(); err != nil {
		return Result{}, err
	}
	if err := p.dev.Wait(); err != nil {
		return Result{}, err
	}
	r := Result{p.Results[device.ResultLoss], int(p.Results[device.ResultCorrect]), p.Results[device.ResultNorm]}
	if math.IsNaN(r.Loss) || math.IsInf(r.Loss, 0) {
		return r, fmt.Errorf("the loss is %v: training has diverged: %w", r.Loss, evolve.ErrFailed)
	}
	return r, nil
}
