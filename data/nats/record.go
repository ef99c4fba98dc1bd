package nats

import (
	"fmt"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// AllSeeds stands for the mean over a data set's seeds where a seed is asked for. It is
// the official API's is_random=False; a seed is its is_random=seed.
const AllSeeds = -1

// Record is what the official API's get_more_info returns for a data set. Test is "ori-test"
// for the CIFAR-10 data sets and "x-test", a half of it, for the others. What was not
// evaluated after the epoch is nil.
type Record struct {
	Train   Measure
	Valid   *Measure // on "x-valid"; never there for "cifar10", which trains on all images
	Test    *Measure
	ValTest *Measure // on "ori-test", for CIFAR-100 and ImageNet16-120
}

// Measure is one split's part of a [Record].
type Measure struct {
	Loss     float64
	Accuracy float64 // percent
	PerEpoch float64 // seconds, Total over the number of epochs
	Total    float64 // seconds from the start to the epoch's end
}

// RecordAt returns the record after an epoch, from 0, of the schedule.
func (a *Arch) RecordAt(dataset, schedule string, epoch, seed int) (*Record, error) {
	runs, err := a.runs(dataset, schedule, seed)
	if err != nil {
		return nil, err
	}
	if epoch < 0 || epoch >= runs[0].Epochs {
		return nil, fmt.Errorf("epoch %d, schedule %q has 0..%d: %w",
			epoch, schedule, runs[0].Epochs-1, evolve.ErrInvalid)
	}
	return record(runs, epoch), nil
}

// runs returns the run of a seed or those of all seeds, at least one.
func (a *Arch) runs(dataset, schedule string, seed int) ([]*Run, error) {
	s := a.Schedule(schedule)
	if s == nil {
		return nil, fmt.Errorf("schedule %q, want one of %q: %w", schedule, a.Space.Schedules, evolve.ErrUnknown)
	}
	var runs []*Run
	for i := range s.Runs {
		if r := &s.Runs[i]; r.Dataset == dataset && (seed == AllSeeds || seed == r.Seed) {
			runs = append(runs, r)
		}
	}
	if len(runs) > 0 {
		return runs, nil
	}
	id := runID{dataset, seed}.String()
	if seed == AllSeeds {
		id = dataset
	}
	return nil, fmt.Errorf("architecture %d, schedule %q: no run of %s: %w", a.Index, schedule, id, evolve.ErrUnknown)
}

func record(runs []*Run, epoch int) *Record {
	r := &Record{Train: measure(runs, epoch, func(r *Run) (acc, loss float64, seconds []float64) {
		return r.TrainAcc[epoch], r.TrainLoss[epoch], r.TrainSeconds
	})}
	switch runs[0].Dataset {
	case "cifar10-valid", "cifar10":
		r.Valid, r.Test = evaluated(runs, "x-valid", epoch), evaluated(runs, "ori-test", epoch)
	default:
		r.Valid, r.Test, r.ValTest = evaluated(runs, "x-valid", epoch), evaluated(runs, "x-test", epoch),
			evaluated(runs, "ori-test", epoch)
	}
	return r
}

// evaluated is nil unless every run was evaluated on the split after the epoch.
func evaluated(runs []*Run, split string, epoch int) *Measure {
	for _, r := range runs {
		if e := r.Eval(split); e == nil || !slices.Contains(e.Epochs, epoch) {
			return nil
		}
	}
	m := measure(runs, epoch, func(r *Run) (acc, loss float64, seconds []float64) {
		e := r.Eval(split)
		i := slices.Index(e.Epochs, epoch)
		return e.Acc[i], e.Loss[i], e.Seconds
	})
	return &m
}

// Eval returns the evaluation on a split, nil when there is none.
func (r *Run) Eval(split string) *Eval {
	for i := range r.Evals {
		if r.Evals[i].Split == split {
			return &r.Evals[i]
		}
	}
	return nil
}

func measure(runs []*Run, epoch int, of func(*Run) (acc, loss float64, seconds []float64)) Measure {
	var m Measure
	for _, r := range runs {
		acc, loss, seconds := of(r)
		m.Accuracy += acc
		m.Loss += loss
		m.Total += sum(seconds[:epoch+1])
	}
	n := float64(len(runs))
	m.Accuracy /= n
	m.Loss /= n
	m.Total /= n
	m.PerEpoch = m.Total / float64(epoch+1)
	return m
}

// sum adds from left to right, as Python's sum did until 3.11 and the recorded answers of
// the official API do; another order gives other last digits.
func sum(xs []float64) (s float64) {
	for _, x := range xs {
		s += x
	}
	return s
}
