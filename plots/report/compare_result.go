package report

import (
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// result is the row of the experiment's i-th algorithm.
func result(o *lab.Outcome, i int) Result {
	arm := o.Set.Arms[i]
	summed := arm.Summed()
	val := stats.Describe(summed.Ends(o.Set.Validation()))
	test := stats.Describe(summed.Ends(o.Set.Test()))
	regret := o.About.Metric.Regret(val.Mean, o.Set.Validation().Best)
	mean := func(axis string) number.Nullable {
		x, err := o.Set.Axis(axis)
		if err != nil {
			return number.Nullable(math.NaN())
		}
		return number.Nullable(stats.Describe(arm.Unbroken().Totals(x)).Mean)
	}
	seconds := mean("seconds")
	r := Result{
		Algo: arm.Algo, Label: arm.Label, Params: o.Arms[i].Params, Chosen: o.Arms[i].Chosen,
		Because: o.Arms[i].Because, Priors: o.Arms[i].Priors, Seeds: len(arm.Runs),
		Trials: mean("trials"), TotalEpochs: mean("epochs"), Spent: mean("spent"),
		ValMean: number.Nullable(val.Mean), ValStd: number.Nullable(val.Std), ValCI95: number.Nullable(val.CI),
		ValMedian: number.Nullable(val.Median), ValQ1: number.Nullable(val.Q1), ValQ3: number.Nullable(val.Q3),
		TestMean: number.Nullable(test.Mean), TestStd: number.Nullable(test.Std), TestCI95: number.Nullable(test.CI),
		RegretMean: number.Nullable(regret), Others: meansOf(o, i),
	}
	if o.Spec.Full > 0 {
		r.Full = mean(trace.FullAxis)
	}
	if o.About.Trains() {
		r.SimSeconds, r.Seconds = number.Nullable(math.NaN()), seconds
	} else {
		r.SimSeconds = seconds
	}
	r.Failed = arm.Broken()
	if n := len(summed.Runs); n < len(arm.Runs) {
		r.Summed = n
	}
	trials := r.count(o, i)
	r.Utilisation, r.Lost = workers(o, &arm)
	r.WallSeconds = number.Nullable(math.NaN())
	if o.Ran[i] > 0 && o.Ran[i] >= trials { // else another process ran a part of them, and its seconds are not known
		r.WallSeconds = number.Nullable(o.Wall[i])
	}
	r.models, r.AskTellSeconds = o.Arms[i].FitsModels(), number.Nullable(math.NaN())
	if i < len(o.AskTell) {
		r.AskTellSeconds = number.Nullable(o.AskTell[i])
	}
	r.TrialsPerSecond = number.Nullable(float64(o.Ran[i])) / r.WallSeconds
	return r
}

// count counts the runs of the experiment's i-th algorithm that a remark is made of, and returns the number of trials.
func (r *Result) count(o *lab.Outcome, i int) (trials int64) {
	keeps := o.Arms[i].Keeps(evolve.Problem{Objectives: o.Set.Objectives})
	for k, run := range o.Set.Arms[i].Runs {
		end := &run.Final
		trials += end.Trial
		if run.Broken() {
			continue
		}
		if end.Arch == "" {
			r.Empty++
		}
		if o.About.Shared && run.Found() && !run.Underway && math.IsNaN(end.TestError) {
			r.Unjudged = append(r.Unjudged, k)
		}
		if run.Partial {
			r.Partial++
		}
		if keeps != nil && run.Found() && !keeps(&evolve.Result{Loss: end.Loss, Others: end.Others}) {
			r.Unmet++
		}
		switch {
		case workerless(o, end):
			r.Workerless++
		case o.Set.Unfinished == 0 && early(o, end): // a run of an unfinished experiment may go on
			r.Early++
		}
	}
	return trials
}

// workers says how much of the workers' time an algorithm's trials took, and how many of these workers were lost, where
// that is something to tell.
func workers(o *lab.Outcome, arm *trace.Arm) (utilisation, lost *number.Nullable) {
	if o.About.Trains() || o.Spec.Workers == 1 && o.Spec.Cluster == "" {
		return nil, nil
	}
	var used, gone []float64
	for _, run := range arm.Runs {
		end := &run.Final
		gone = append(gone, float64(end.Lost))
		if end.Seconds > 0 { // some time has passed
			// Two sums of the same seconds differ in their last digits.
			used = append(used, min(1, end.Spent/(float64(o.Spec.Workers)*end.Seconds)))
		}
	}
	mean := func(of []float64) *number.Nullable {
		m := number.Nullable(stats.Describe(of).Mean)
		return &m
	}
	if utilisation = mean(used); o.Spec.Cluster != "" {
		lost = mean(gone)
	}
	return utilisation, lost
}

// workerless says whether a run ended as it had lost all its workers.
func workerless(o *lab.Outcome, end *journal.Entry) bool {
	return int(end.Lost) == o.Spec.Workers && !(o.Spec.Trials > 0 && end.Trial >= int64(o.Spec.Trials))
}

// early says whether a run is known to have ended before any bound. Where a trial that passes a bound is dropped,
// nobody knows how far it would have passed it: of seconds the answer is known where none was ever used, and of epochs
// where there was room for a full training of each worker.
func early(o *lab.Outcome, end *journal.Entry) bool {
	s := &o.Spec
	if s.Trials == 0 && !s.Metered() {
		return false // there was none
	}
	if end.Trial == 0 || s.Trials > 0 && end.Trial >= int64(s.Trials) {
		return false
	}
	counts := s.Overshoot == "count"
	for _, x := range []struct{ used, bound float64 }{
		{end.Seconds, s.Budget}, {end.Spent, s.Full * o.FullCost},
	} {
		if x.bound > 0 && !(x.used == 0 && s.Trials == 0 || counts && x.used < x.bound) {
			return false
		}
	}
	return s.TotalEpochs == 0 || end.SpentEpochs+int64(s.Workers)*int64(o.About.Epochs) <= int64(s.TotalEpochs)
}
