package nats

import "slices"

// Cost is what the official API's get_cost_info returns for a data set: means over its seeds.
type Cost struct {
	FLOPs   float64 // millions of multiply-adds
	Params  float64 // millions
	Latency float64 // seconds for one batch; 0 when it was not measured
	Train   Seconds
	Evals   []SplitSeconds // by the name of the split
}

// Seconds is the time of a whole schedule.
type Seconds struct{ PerEpoch, Total float64 }

// SplitSeconds is the evaluation time on one split, had it been after every epoch.
type SplitSeconds struct {
	Split string
	Seconds
}

// Cost returns a data set's cost under a schedule. The official API takes numpy's sums,
// whose order differs with the number of epochs; the sums here run from left to right,
// and their last digits can be others.
func (a *Arch) Cost(dataset, schedule string) (*Cost, error) {
	runs, err := a.runs(dataset, schedule, AllSeeds)
	if err != nil {
		return nil, err
	}
	c := &Cost{
		FLOPs:   mean(runs, func(r *Run) float64 { return r.FLOPs }),
		Params:  mean(runs, func(r *Run) float64 { return r.Params }),
		Latency: latency(runs),
		Train:   duration(runs, func(r *Run) []float64 { return r.TrainSeconds }),
	}
	var splits []string
	for _, r := range runs {
		for _, e := range r.Evals {
			splits = append(splits, e.Split)
		}
	}
	slices.Sort(splits)
	for _, split := range slices.Compact(splits) {
		timed := slices.DeleteFunc(slices.Clone(runs), func(r *Run) bool { return r.Eval(split) == nil })
		c.Evals = append(c.Evals, SplitSeconds{split,
			duration(timed, func(r *Run) []float64 { return r.Eval(split).Seconds })})
	}
	return c, nil
}

// duration takes the mean over runs last, as the official API does: the order decides
// the last digit.
func duration(runs []*Run, seconds func(*Run) []float64) Seconds {
	return Seconds{
		PerEpoch: mean(runs, func(r *Run) float64 { return sum(seconds(r)) / float64(r.Epochs) }),
		Total:    mean(runs, func(r *Run) float64 { return sum(seconds(r)) }),
	}
}

// latency leaves out runs whose latency was not measured.
func latency(runs []*Run) float64 {
	of := func(r *Run) float64 { return sum(r.Latency) / float64(len(r.Latency)) }
	measured := slices.DeleteFunc(slices.Clone(runs), func(r *Run) bool { return len(r.Latency) == 0 || of(r) <= 0 })
	if len(measured) == 0 {
		return 0
	}
	return mean(measured, of)
}

func mean(runs []*Run, of func(*Run) float64) float64 {
	var s float64
	for _, r := range runs {
		s += of(r)
	}
	return s / float64(len(runs))
}
