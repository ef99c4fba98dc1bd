package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// LoadSoFar is Load for an experiment that may still be running or was stopped. It gives what each run has found so
// far, of a simulated run as it was last saved, and which runs go on. Algorithms that have found nothing yet are named
// in the set's Waiting and are the outcome's Waiting. It only reads and needs no lock.
func LoadSoFar(dir string) (*Outcome, error) {
	at := dir
	if extending(dir) {
		at = extendedDir(dir)
	}
	f, err := load(at)
	if err != nil || f.of == nil {
		return Load(dir)
	}
	if f.finished() {
		return f.outcome(dir)
	}
	e := f.of
	if at != dir {
		was, err := load(dir)
		if err != nil || was.of == nil {
			return Load(dir)
		}
		e.ext = &former{Experiment: was.of, dir: dir}
	}
	rows := e.noRuns()
	var ended map[runKey]bool
	if e.About.Trains() {
		ended, err = e.trainedSoFar(dir, rows)
	} else {
		ended, err = e.simulatedSoFar(at, rows)
		if errors.Is(err, fs.ErrNotExist) {
			return Load(dir) // which says how to finish it
		}
	}
	if err != nil {
		return nil, err
	}
	planned := len(e.Arms) * e.Spec.Seeds
	var names []string
	var arms, waiting []Arm
	var all []journal.Entry
	for a := range e.Arms {
		if slices.ContainsFunc(rows[a], func(run []journal.Entry) bool { return len(run) > 1 }) {
			arms, all = append(arms, e.Arms[a]), append(all, slices.Concat(rows[a]...)...)
		} else {
			names, waiting = append(names, e.Arms[a].Label), append(waiting, e.Arms[a])
		}
	}
	trials, noted := e.trialsIn(at), e.notesIn(at)
	e.Arms = arms
	set, err := e.set(all)
	if err != nil {
		return nil, err
	}
	for i := range set.Arms {
		for run := range set.Arms[i].Runs {
			set.Arms[i].Runs[run].Underway = !ended[runKey{set.Arms[i].Algo, run}]
		}
	}
	set.RunTrials, set.RunNotes = trials, noted
	set.Planned, set.Unfinished, set.Waiting = planned, planned-len(ended), names
	return &Outcome{Experiment: e, Set: set, Waiting: waiting, Wall: make([]float64, len(arms)),
		Ran: make([]int64, len(arms))}, nil
}

// runKey is a run of the algorithm with that spec.
type runKey struct {
	algo string
	run  int
}

// simulatedSoFar fills rows with what was saved of finished runs and of those in progress, and with an end at the
// beginning for the others, and says which runs have ended. Where nothing was saved that is fs.ErrNotExist.
func (e *Experiment) simulatedSoFar(dir string, rows runs) (ended map[runKey]bool, err error) {
	some := false
	ended = map[runKey]bool{}
	for _, name := range passing { // of a run in both the latter is newer
		path := filepath.Join(dir, name)
		got, err := journal.ReadEntries(path, e.id())
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = e.place(path, got, rows)
		}
		if err != nil {
			return nil, err
		}
		some = true
		if name == unfinishedFile {
			for _, r := range got {
				if r.Final {
					ended[runKey{r.Algo, int(r.Run)}] = true
				}
			}
		}
	}
	for a := range rows {
		for run := range rows[a] {
			if rows[a][run] == nil {
				end := nothing(&e.Arms[a], run)
				end.Final = true
				rows[a][run] = []journal.Entry{end}
			}
		}
	}
	if !some {
		return nil, fmt.Errorf("%s: nothing is saved yet: %w", dir, fs.ErrNotExist)
	}
	return ended, nil
}

// trainedSoFar fills rows with what the folders of runs hold, and says which runs have ended.
func (e *Experiment) trainedSoFar(dir string, rows runs) (ended map[runKey]bool, err error) {
	ended = map[runKey]bool{}
	for a := range rows {
		for run := range rows[a] {
			got, is, err := e.soFar(e.runDir(dir, a, run), a, run)
			if err != nil {
				return nil, err
			}
			rows[a][run] = got
			if is {
				ended[runKey{e.Arms[a].Algo, run}] = true
			}
		}
	}
	return ended, nil
}

// soFar are the incumbents of a run, ended by where it stands.
func (e *Experiment) soFar(dir string, arm, run int) (rows []journal.Entry, finished bool, err error) {
	if rows, _, err = e.readRun(dir); err != nil {
		return nil, false, err
	}
	end := nothing(&e.Arms[arm], run)
	if n := len(rows); n > 0 {
		if rows[n-1].Final {
			return rows, true, nil
		}
		end = bestOf(rows)
	}
	past, err := journal.ReadFile(filepath.Join(dir, trialsFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, false, err
	}
	end.Final = true
	schedules := e.schedules()
	if n := int64(len(past)); n > end.Trial {
		end.Trial, end.Spent, end.SpentEpochs = n, 0, 0
		for i := range past {
			p := &past[i]
			end.Seconds, end.Spent = max(end.Seconds, p.End), end.Spent+p.Cost
			if e.About.Shared { // a trial says how many epochs it trains
				end.SpentEpochs += int64(p.Epochs)
			} else {
				end.SpentEpochs += int64(schedules.EpochsTrained(p))
			}
		}
	}
	return append(rows, end), false, nil
}

// schedules are those of a benchmark that trains, which need not be here: it goes on from every epoch to every later
// one.
func (e *Experiment) schedules() (p evolve.Problem) {
	for n := range e.About.Epochs {
		p.Fidelities = append(p.Fidelities, evolve.Fidelity{Epochs: n + 1, Resumes: true})
	}
	return p
}

// bestOf is the entry of lowest loss in the rows of a run that has no end yet, with the totals of the last.
func bestOf(rows []journal.Entry) (best journal.Entry) {
	for _, r := range rows {
		if r.Best {
			best = r
		}
	}
	last := rows[len(rows)-1]
	best.Trial, best.Seconds, best.Spent, best.SpentEpochs = last.Trial, last.Seconds, last.Spent, last.SpentEpochs
	return best
}

// Fruitless is the error of an experiment in which no run has evaluated anything: which bounds would do or how many
// trials failed and, as the journals in its folder have it where networks are trained, why the first did. It is nil
// where one run has.
func (o *Outcome) Fruitless(dir string) error {
	failed := int64(0)
	for _, a := range o.Set.Arms {
		for _, r := range a.Runs {
			if failed += r.Final.Trial; r.Final.Arch != "" {
				return nil
			}
		}
	}
	if err := o.Broke(); err != nil {
		return fmt.Errorf("nothing was evaluated: %w", err)
	}
	switch {
	case failed == 0 && !o.Spec.Metered():
		return fmt.Errorf("nothing was evaluated: no trial was proposed: %w", evolve.ErrFailed)
	case failed == 0:
		return fmt.Errorf("nothing was evaluated: no trial ended within the bounds: %s: %w", o.wanted(dir),
			evolve.ErrFailed)
	}
	for run := range o.Spec.Seeds {
		for a := range o.Arms {
			past, err := journal.ReadFile(filepath.Join(o.runDir(dir, a, run), trialsFile))
			if err != nil { // folders of runs may be removed
				continue
			}
			for i := range past {
				if p := &past[i]; p.Err != nil {
					return fmt.Errorf("nothing was evaluated: %s failed; trial %d of %s, run %d: %w",
						allOf(failed), p.ID, o.Arms[a].Label, run, p.Err)
				}
			}
		}
	}
	return fmt.Errorf("nothing was evaluated: %s failed: %w", allOf(failed), evolve.ErrFailed)
}

// Broke says which runs failed because their searchers broke; nil where none did.
func (o *Outcome) Broke() error {
	var all []string
	for _, a := range o.Set.Arms {
		if runs := a.BrokenRuns(); runs != "" {
			all = append(all, a.Label+", "+runs)
		}
	}
	if all == nil {
		return nil
	}
	return fmt.Errorf("failed, as the searcher broke: %s: %w", strings.Join(all, "; "), evolve.ErrBroken)
}

func allOf(trials int64) string {
	if trials == 1 {
		return "the only trial"
	}
	return fmt.Sprintf("all %d trials", trials)
}
