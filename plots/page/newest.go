package page

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// Trials that a live page shows as the newest: a row of them on a wide page.
const mostNewest = 2

// soFar are experiments without the runs that have not begun.
func soFar(all []*lab.Outcome) []*lab.Outcome {
	begun := make([]*lab.Outcome, len(all))
	for i, o := range all {
		of := *o
		of.Set = o.Set.Begun()
		begun[i] = &of
	}
	return begun
}

// ended is an experiment as its numbers sum it up: with the runs alone that have ended.
func ended(o *lab.Outcome) *lab.Outcome {
	of := *o
	of.Set = o.Set.Ended()
	return &of
}

// trialsSoFar says how many trials have ended, and of how many where that is bounded.
func trialsSoFar(s *trace.Set) string {
	trials := int64(0)
	for _, a := range s.Arms {
		for i := range a.Runs {
			trials += a.Runs[i].Final.Trial
		}
	}
	if s.Spec.Trials == 0 {
		return number.Grouped(int(trials)) + " trials so far"
	}
	return fmt.Sprintf("%s of %s trials so far", number.Grouped(int(trials)), number.Grouped(s.Planned*s.Spec.Trials))
}

// newest are what an unfinished experiment has found last, for a page that is looked at while the experiment runs.
type newest struct {
	Title string // what they are
	Doc   string
	All   []winner
	Why   string // why they have no drawings; "" where they have
}

// newestOf are the last trials of the run that is under way where networks are trained; in a simulation, whose runs
// take milliseconds, what the last run of each algorithm has found. nil where nothing is under way, or nothing found.
func newestOf(o *lab.Outcome, r *report.Comparison, id string) *newest {
	if o.Set.Unfinished == 0 {
		return nil
	}
	n := &newest{Title: "Newest trials", Doc: "The trials that ended last."}
	if o.About.Trains() {
		n.All = lastTrials(o, r)
	} else {
		n.Title = "Newest finds"
		n.Doc = "The best architecture of the last run of each algorithm that has found anything."
		n.All = lastFinds(o, r)
	}
	if len(n.All) == 0 {
		return nil
	}
	n.Why = draw(o, n.All, id+"-newest")
	return n
}

// lastTrials are the last trials of the last run that has any. Run 0 of every algorithm comes before run 1 of any.
func lastTrials(o *lab.Outcome, r *report.Comparison) (all []winner) {
	if o.Set.RunTrials == nil {
		return nil
	}
	for run := o.Set.Spec.Seeds - 1; run >= 0; run-- {
		for i := len(o.Set.Arms) - 1; i >= 0; i-- {
			arm := &o.Set.Arms[i]
			trials, err := o.Set.RunTrials(arm.Algo, run)
			if err != nil || len(trials) == 0 {
				continue // a damaged file is an error of reading the experiment
			}
			for k := len(trials) - 1; k >= 0 && len(all) < mostNewest; k-- {
				all = append(all, trialView(o, r, &trials[k], arm.Label, run))
			}
			return all
		}
	}
	return nil
}

// trialView is a trial as a winner is shown: with what the search was told of it.
func trialView(o *lab.Outcome, r *report.Comparison, t *journal.Trial, label string, run int) winner {
	w := winner{Of: []string{label}, Arch: t.Arch, searched: evolve.Arch(t.Arch),
		Found: fmt.Sprintf("trial %d of run %d", t.ID, run)}
	if t.Error != "" {
		w.Others = append(w.Others, fact{"failed", words.Plain(t.Error)})
		return w
	}
	w.Val = r.WithUnit(o.About.Metric.Value(float64(t.Loss)))
	if t.Epochs > 0 {
		w.Others = append(w.Others, fact{"epochs", fmt.Sprint(t.Epochs)})
	}
	w.Others = append(w.Others, fact{"seconds", number.Plain(number.Nullable(t.Cost), 3)})
	return w
}

// lastFinds are the incumbents with which the last run of each algorithm that has found anything stands.
func lastFinds(o *lab.Outcome, r *report.Comparison) (all []winner) {
	val := o.Set.Validation()
	for i := range o.Set.Arms {
		arm := &o.Set.Arms[i]
		for run := len(arm.Runs) - 1; run >= 0; run-- {
			of := &arm.Runs[run]
			if n := len(of.Steps); n > 0 {
				all = append(all, winner{Of: []string{arm.Label}, Arch: of.Final.Arch,
					searched: evolve.Arch(of.Final.Arch), Val: r.WithUnit(val.End(of)),
					Found: fmt.Sprintf("trial %d of run %d", of.Steps[n-1].Trial, run)})
				break
			}
		}
	}
	return all[:min(len(all), mostWinners)]
}
