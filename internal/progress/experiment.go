package progress

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/training"
)

// quietFor is how long a training that has no bar says nothing while it works on one epoch.
const quietFor = 15 * time.Second

// Trials reports an experiment that trains networks, to an observer that is nil where it is to be quiet: a line a
// trial, and on a terminal a bar that names the last epoch. end takes the bar away.
func Trials(w io.Writer, quiet bool, e *lab.Experiment) (observer evolve.Observer, end func()) {
	if quiet {
		return nil, func() {}
	}
	m := e.About.Metric
	total := -1 // bounded by seconds: nobody knows
	if e.Spec.Trials > 0 {
		total = e.Spec.Trials * e.Spec.Seeds * len(e.Arms)
	}
	bar := bar(w, false, total, "trials", progressbar.OptionShowCount())
	// Trials of finished runs, and of those underway, of which there may be several at a time.
	var before int
	underway := map[string]int{}
	reported := time.Now()
	runs := func(p lab.Progress) {
		before = p.Done * e.Spec.Trials
		if bar != nil {
			_ = bar.Set(before) // a terminal that cannot be written to stops nothing
		}
	}
	trial := func(t lab.Trained) {
		reported = time.Now()
		if bar != nil {
			_ = bar.Clear()
		}
		printTrial(w, e, t)
		if bar != nil {
			_ = bar.Set(before + trialsOf(underway, t, e.Spec.Trials))
		}
	}
	epoch := func(p lab.Epoch) {
		state := fmt.Sprintf("trial %d, epoch %d of %d", p.Trial, p.Epoch, p.Epochs)
		switch {
		case p.Part > 0:
			state += fmt.Sprintf(" and %.0f %% of the next", 100*p.Part)
		case !math.IsNaN(p.ValLoss):
			state += ", val " + brief(m, p.ValLoss)
		case !math.IsNaN(p.TrainLoss): // of shared weights, which are no trial's
			state += fmt.Sprintf(", train loss %.4f", p.TrainLoss)
		}
		if bar != nil {
			bar.Describe(state)
		} else if time.Since(reported) > quietFor {
			fmt.Fprintf(w, "%s run %d  %s\n", p.Label, p.Run, state)
			reported = time.Now()
		}
	}
	above := func(line any) {
		if bar != nil {
			_ = bar.Clear() // the line stands above the bar
		}
		fmt.Fprintln(w, line)
	}
	observer = func(e evolve.Event) {
		switch e := e.(type) {
		case training.Crowded:
			above(e)
		case lab.Unjudged:
			above(fmt.Sprintf("%s run %d  no result of the answer %s: %s", e.Label, e.Run,
				words.Genome(evolve.Arch(e.Arch)), words.Line(e.Err)))
		case lab.Progress:
			runs(e)
		case lab.Trained:
			trial(e)
		case lab.Epoch:
			epoch(e)
		}
	}
	if bar == nil {
		return observer, func() {}
	}
	return observer, func() { _ = bar.Exit() }
}

// trialsOf counts the trials of the runs underway once one more was told; a run that has most of them is underway no
// more.
func trialsOf(underway map[string]int, t lab.Trained, most int) (n int) {
	run := fmt.Sprint(t.Label, " ", t.Run)
	if underway[run] = int(t.Told); most > 0 && int(t.Told) >= most {
		defer delete(underway, run)
	}
	for _, told := range underway {
		n += told
	}
	return n
}

// printTrial prints a trial that ended, and the best so far or, where searchers tell their incumbents, the answer.
func printTrial(w io.Writer, e *lab.Experiment, t lab.Trained) {
	o, m := t.Outcome, e.About.Metric
	of := fmt.Sprint(o.ID)
	if e.Spec.Trials > 0 {
		of = fmt.Sprintf("%d/%d", o.ID, e.Spec.Trials)
	}
	what := "val"
	if e.About.Shared {
		what = "score" // which may be of images of the training part
	}
	found := what + " " + brief(m, o.Loss)
	if o.Err != nil {
		found = words.Line(o.Err)
	}
	is, best := "best", "none yet"
	if e.Spec.Advised() {
		is = "answer"
	}
	switch {
	case t.Best.Arch == "":
	case math.IsNaN(t.Best.Loss): // recommended before it had a trial
		best = fmt.Sprintf("%s, which no trial has tried (trial %d)", words.Genome(evolve.Arch(t.Best.Arch)),
			t.Best.Trial)
	default:
		best = fmt.Sprintf("%s (trial %d)", brief(m, t.Best.Loss), t.Best.Trial)
	}
	fmt.Fprintf(w, "%s run %d  trial %s  %s  %s  %s s  %s %s\n", t.Label, t.Run, of, words.Genome(o.Arch), found,
		number.Seconds(o.Cost), is, best)
}

// brief is a loss as a line of progress has it.
func brief(m evolve.Metric, loss float64) string {
	if u := m.Unit(); u != "" {
		return fmt.Sprintf("%.3f %s", m.Value(loss), u)
	}
	if m == evolve.PlainLoss {
		return number.Plain(loss, 4)
	}
	return fmt.Sprintf("%.4f", m.Value(loss))
}
