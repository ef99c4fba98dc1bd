package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// quietFor is how long a training that has no bar says nothing while it works on one epoch.
const quietFor = 15 * time.Second

// follow has an experiment that trains networks tell what it does on standard error: a line a
// trial, and on a terminal a bar that names the last epoch. end takes the bar away.
func follow(c *cobra.Command, e *lab.Experiment, quiet bool, opts *lab.Options) (end func()) {
	if quiet {
		return func() {}
	}
	errw, m := c.ErrOrStderr(), e.About.Metric
	total := -1 // bounded by seconds: nobody knows
	if e.Spec.Trials > 0 {
		total = e.Spec.Trials * e.Spec.Seeds * len(e.Arms)
	}
	bar := progress(errw, false, total, "trials", progressbar.OptionShowCount())
	var before int // trials of finished runs
	told := time.Now()
	runs := func(p lab.Progress) {
		before = p.Done * e.Spec.Trials
		if bar != nil {
			_ = bar.Set(before) // a terminal that cannot be written to stops nothing
		}
	}
	trial := func(t lab.Trained) {
		told = time.Now()
		if bar != nil {
			_ = bar.Clear()
		}
		tellTrial(errw, e, t)
		if bar != nil {
			_ = bar.Set(before + int(t.Told))
		}
	}
	epoch := func(p lab.Epoch) {
		state := fmt.Sprintf("trial %d, epoch %d of %d", p.Trial, p.Epoch, p.Epochs)
		if p.Part > 0 {
			state += fmt.Sprintf(" and %.0f %% of the next", 100*p.Part)
		} else {
			state += ", val " + brief(m, p.ValLoss)
		}
		if bar != nil {
			bar.Describe(state)
		} else if time.Since(told) > quietFor {
			fmt.Fprintf(errw, "%s run %d  %s\n", p.Algo, p.Run, state)
			told = time.Now()
		}
	}
	opts.Observer = func(e evolve.Event) {
		switch e := e.(type) {
		case lab.Progress:
			runs(e)
		case lab.Trained:
			trial(e)
		case lab.Epoch:
			epoch(e)
		}
	}
	if bar == nil {
		return func() {}
	}
	return func() { _ = bar.Exit() }
}

// tellTrial prints a trial that ended, and the best so far.
func tellTrial(w io.Writer, e *lab.Experiment, t lab.Trained) {
	o, m := t.Outcome, e.About.Metric
	of := fmt.Sprint(o.ID)
	if e.Spec.Trials > 0 {
		of = fmt.Sprintf("%d/%d", o.ID, e.Spec.Trials)
	}
	found := "val " + brief(m, o.Loss)
	if o.Err != nil {
		found = words.Line(o.Err)
	}
	best := "none yet"
	if t.Best.Arch != "" {
		best = fmt.Sprintf("%s (trial %d)", brief(m, t.Best.Loss), t.Best.Trial)
	}
	fmt.Fprintf(w, "%s run %d  trial %s  %s  %s  %.1f s  best %s\n", t.Algo, t.Run, of, words.Genome(o.Arch), found, o.Cost, best)
}

// brief is a loss as a line of progress has it.
func brief(m evolve.Metric, loss float64) string {
	if u := m.Unit(); u != "" {
		return fmt.Sprintf("%.3f %s", m.Value(loss), u)
	}
	return fmt.Sprintf("%.4f", m.Value(loss))
}
