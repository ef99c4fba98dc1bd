package trace

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/notes"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

// Set is an experiment read back, finished or not: all that figures, tables and reports look at.
type Set struct {
	Name       string // where it was read from, such as its folder; "" of one that was just run
	About      evolve.About
	Objectives []evolve.Objective // the loss first
	Spec       Spec
	Arms       []Arm
	// FullCost are the seconds of one full training in the mean, in which the axis full counts; an error where nobody
	// knows them, and nil where nobody was asked.
	FullCost func() (float64, error)
	// Exact is the exact front of the objectives, as losses in rising order; false where nobody knows it, and nil where
	// nobody was asked.
	Exact func() ([][]float64, bool)
	// RunTrials reads every trial of a run of the algorithm with that spec, in the order in which they were told; none
	// of a run of an unfinished experiment that is not written yet. It is fast for one run after another, and nil where
	// trials were not recorded.
	RunTrials func(algo string, run int) ([]journal.Trial, error)
	// RunNotes reads what a run of the algorithm with that spec has noted of its epochs; the error wraps
	// [fs.ErrNotExist] where it has noted nothing, as of a searcher that trains no shared weights. It is nil where no
	// folder is known.
	RunNotes func(algo string, run int) (*notes.Notes, error)

	// Of an experiment that is not finished: so many of its planned runs are still to end, and of the waiting
	// algorithms, which are no arms, none has found anything yet.
	Unfinished, Planned int
	Waiting             []string
}

// Spec says how the runs were made; a zero is a bound that there is not.
type Spec struct {
	Benchmark string  // with its options
	Seeds     int     // runs of each algorithm
	Trials    int     // bound on a run's trials
	Budget    float64 // bound on a run's clock
	Full      float64 // bound on the costs of a run's trials, in full trainings
	// bound on the epochs of a run's trials
	TotalEpochs int
	Overshoot   string // drop or count the trial that passes one of these three
	Workers     int    // simulated, or trials in flight where networks are trained
	Cluster     string // what goes wrong on simulated workers; "" for nothing
	Record      string // incumbents, all or none
	Seed        uint64
	Rule        Rule // which trials an archive compares
	Advised     bool // incumbents are what searchers recommend, and not the lowest loss observed
}

// Incumbent is what figures call the architecture that a run stands by: the incumbent, whose loss only falls, or where
// searchers recommend it the answer, which may become worse.
func (s Spec) Incumbent() string {
	if s.Advised {
		return "answer"
	}
	return "incumbent"
}

// Arm is all runs of one algorithm.
type Arm struct {
	Algo     string         // the algorithm's spec, as the experiment has it
	Label    string         // a short name; the spec where none was given
	Params   map[string]any // every parameter, defaults included, see [evolve.Options.Map]
	Paper    string         // the literature that the searcher comes from
	Baseline bool           // a random baseline
	Runs     []Run
}

// Run is one study as the entries of its archive tell it.
type Run struct {
	Steps   []journal.Entry // improvements of the lowest loss, in order; none when nothing was evaluated or recorded
	Entries []journal.Entry // with several objectives also what entered the front otherwise; else the steps
	// The end. Its errors are those of the last step or, where weights are shared and no table knew these, of the
	// answer trained alone.
	Final   journal.Entry
	Partial bool // it ended before its first full training, so that nothing sums it up
	// Of an experiment that is not finished: the run goes on or has not begun, and Final is where it stands.
	Underway bool
}

// Found says whether the run has evaluated anything.
func (r *Run) Found() bool { return r.Final.Arch != "" }

// Result says whether the run has something to sum up: it evaluated something and, where that counts, trained it in
// full.
func (r *Run) Result() bool { return r.Found() && !r.Partial }

// OnlyEnds says whether runs have results at their ends alone: so it is where weights are shared and no table knows all
// the architectures that were an answer on the way, as only the last one is trained alone.
func (s *Set) OnlyEnds() bool {
	return s.About.Shared && s.Any(func(r *Run) bool {
		return slices.ContainsFunc(r.Steps, func(e journal.Entry) bool { return math.IsNaN(e.ValError) })
	})
}

// Broken says whether the run counts as failed because its searcher broke. What it had found counts for nothing.
func (r *Run) Broken() bool { return !r.Found() && math.IsNaN(r.Final.Loss) }

// Broken are the numbers of the runs whose searchers broke.
func (a Arm) Broken() (runs []int) {
	for i := range a.Runs {
		if a.Runs[i].Broken() {
			runs = append(runs, i)
		}
	}
	return runs
}

// BrokenRuns names these runs in words, such as "runs 3, 7 of 20"; "" where there are none.
func (a Arm) BrokenRuns() string {
	broken := a.Broken()
	if len(broken) == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %d", number.Those("run", broken), len(a.Runs))
}

// Unbroken are the runs whose searchers did not break.
func (a Arm) Unbroken() Arm {
	a.Runs = slices.DeleteFunc(slices.Clone(a.Runs), func(r Run) bool { return r.Broken() })
	return a
}

// Summed are the runs that have a result, where of those whose searcher did not break at most one in ten has none; else
// all of these, which nothing sums up: means of those that came far enough would be those of the lucky.
func (a Arm) Summed() Arm {
	all := a.Unbroken().Runs
	a.Runs = slices.DeleteFunc(slices.Clone(all), func(r Run) bool { return !r.Result() })
	if lacking := len(all) - len(a.Runs); lacking*10 > len(all) {
		a.Runs = all
	}
	return a
}

// Only are experiments with some of their algorithms, which labels or specs name. A name that is in none of them is
// ErrUnknown.
func Only(sets []*Set, names []string) ([]*Set, error) {
	var some []*Set
	var of, known []string
	found := map[string]bool{}
	for _, s := range sets {
		of = append(of, s.Name)
		part := *s
		part.Arms = nil
		for _, a := range s.Arms {
			known = append(known, a.Label)
			named := false
			for _, n := range names {
				if a.named(n) {
					named, found[n] = true, true
				}
			}
			if named {
				part.Arms = append(part.Arms, a)
			}
		}
		if len(part.Arms) > 0 {
			some = append(some, &part)
		}
	}
	for _, n := range names {
		if !found[n] {
			return nil, evolve.Unknown("algo of "+strings.Join(of, ", "), n, known)
		}
	}
	return some, nil
}

// named says whether a name is the algorithm's: its label, its spec, or both as an experiment is given them, RE=regevo.
func (a *Arm) named(name string) bool {
	if name == a.Label || name == a.Algo {
		return true
	}
	rest, ok := strings.CutPrefix(name, a.Label+"=")
	if !ok {
		return false
	}
	spec, err := evolve.ParseSpec(rest)
	return err == nil && spec.String() == a.Algo
}

// Any says whether a run is so.
func (s *Set) Any(is func(*Run) bool) bool {
	for _, a := range s.Arms {
		for i := range a.Runs {
			if is(&a.Runs[i]) {
				return true
			}
		}
	}
	return false
}

// Group sorts rows into arms and runs, in the order of first appearance.
func Group(rows []journal.Entry) ([]Arm, error) {
	var arms []Arm
	open, from := false, 0
	for i, r := range rows {
		if len(arms) == 0 || arms[len(arms)-1].Algo != r.Algo {
			if slices.ContainsFunc(arms, func(a Arm) bool { return a.Algo == r.Algo }) {
				return nil, fmt.Errorf("row %d: the rows of %q do not stand together: %w",
					i+1, r.Algo, evolve.ErrInvalid)
			}
			if open {
				return nil, fmt.Errorf("row %d: %q begins before the last run of %q has its end: %w",
					i+1, r.Algo, arms[len(arms)-1].Algo, evolve.ErrInvalid)
			}
			arms = append(arms, Arm{Algo: r.Algo, Label: cmp.Or(r.Label, r.Algo)})
		}
		a := &arms[len(arms)-1]
		if !open {
			a.Runs, from = append(a.Runs, Run{}), i
		}
		run := &a.Runs[len(a.Runs)-1]
		if int(r.Run) != len(a.Runs)-1 {
			return nil, fmt.Errorf("row %d: run %d of %q where run %d belongs: %w",
				i+1, r.Run, r.Algo, len(a.Runs)-1, evolve.ErrInvalid)
		}
		if open = !r.Final; open {
			continue
		}
		if run.Final = r; i > from {
			run.Entries = rows[from:i:i]
			run.Steps = best(run.Entries)
		}
	}
	if open {
		return nil, fmt.Errorf("the last run has no end: %w", evolve.ErrInvalid)
	}
	return arms, nil
}

// best are the entries that lowered the loss: all of them, unless there are several objectives.
func best(entries []journal.Entry) []journal.Entry {
	aside := func(e journal.Entry) bool { return !e.Best }
	if !slices.ContainsFunc(entries, aside) {
		return entries
	}
	return slices.DeleteFunc(slices.Clone(entries), aside)
}
