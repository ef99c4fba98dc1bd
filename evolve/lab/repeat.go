package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// A simulated run of an experiment that is extended is computed again, longer. What is recorded of
// it must come out again: where it does not, the old numbers and the new ones are of two programs.

// repeats compares a run with the incumbents that are recorded of it. With trials in flight at the
// former end, what is told then is told among trials that the shorter run never asked for: it is
// compared up to there.
func (e *Experiment) repeats(a, run int, rows []journal.Entry) error {
	was := e.recorded(a, run)
	if was == nil {
		return nil
	}
	end := was[len(was)-1]
	of, w := e.ext.Spec.bounds(), int64(e.Spec.Workers)
	n, b, spent := int64(of.trials), of.budget, of.full*e.FullCost
	if of.epochs > 0 { // as a bound of so many trials, all of which were told
		n = end.Trial
	}
	common := func(r journal.Entry) bool {
		// The trial numbered n+1 is asked for when at least n-w+1 have been told. Beyond the shorter
		// run's end there may be trials that take no time.
		return e.sameBounds() || !r.Final && r.Trial <= end.Trial && (n == 0 || r.Trial <= n-w+1) &&
			(b == 0 || r.Seconds <= b) && (spent == 0 || r.Spent <= spent)
	}
	pick := func(rows []journal.Entry) (kept []journal.Entry) {
		for _, r := range rows {
			if common(r) {
				kept = append(kept, r)
			}
		}
		return kept
	}
	old, now := pick(was), pick(rows)
	if e.Spec.Record == "none" { // the end alone is recorded
		old, now = nil, nil
		if e.sameBounds() {
			old, now = was, rows[len(rows)-1:]
		}
	}
	if w == 1 && !e.sameBounds() && end.Arch != "" { // what it ended with is what was best then
		old = append(old, timeless(end))
		for i := len(rows) - 2; i >= 0; i-- { // the last is the new end
			if r := rows[i]; r.Best && r.Trial <= end.Trial {
				now = append(now, timeless(r))
				break
			}
		}
	}
	for i := range max(len(old), len(now)) {
		switch {
		case i >= len(now):
			return e.otherwise(a, run, described(old[i]), "nothing of the kind")
		case i >= len(old):
			return e.otherwise(a, run, "nothing of the kind", described(now[i]))
		case !old[i].Same(&now[i]):
			return e.otherwise(a, run, described(old[i]), described(now[i]))
		}
	}
	return nil
}

// timeless is a row without what its place in the run adds to it.
func timeless(r journal.Entry) journal.Entry {
	r.Trial, r.Seconds, r.Spent, r.SpentEpochs, r.Final, r.Lost = 0, 0, 0, 0, false, 0
	return r
}

func described(r journal.Entry) string {
	return fmt.Sprintf(
		"%s with loss %g as the best of %d trials after %g s (validation error %g, test error %g)",
		r.Arch, r.Loss, r.Trial, r.Seconds, r.ValError, r.TestError)
}

func (e *Experiment) otherwise(a, run int, was, is string) error {
	return fmt.Errorf("%s, run %d does not repeat: %s is recorded, %s comes out now, so it cannot be extended; "+
		"run it as a new experiment in another folder: %w", e.Arms[a].Label, run, was, is, evolve.ErrDiverged)
}

// recorded are the rows of a run of the experiment that this one extends, nil where it has none.
func (e *Experiment) recorded(a, run int) []journal.Entry {
	if e.ext == nil || a >= len(e.ext.runs) || run >= len(e.ext.runs[a]) {
		return nil
	}
	return e.ext.runs[a][run]
}

// pastTrials are the recorded trials of a run.
type pastTrials struct {
	e    *Experiment
	a    int
	rows []journal.Trial
	at   []int32 // by a trial's number, its place in rows from 1 on; 0 of those that are not there
}

func newPastTrials(e *Experiment, a int, rows []journal.Trial) *pastTrials {
	most := int64(0)
	for i := range rows {
		most = max(most, rows[i].ID)
	}
	p := &pastTrials{e, a, rows, make([]int32, most+1)}
	for i := range rows {
		p.at[rows[i].ID] = int32(i + 1)
	}
	return p
}

// check compares a trial with the recorded one of its number.
func (p *pastTrials) check(run int32, o *evolve.Outcome) error {
	if o.ID >= len(p.at) || p.at[o.ID] == 0 {
		return nil
	}
	was := &p.rows[p.at[o.ID]-1]
	p.at[o.ID] = 0
	if is := journal.TrialOf(was.Algo, was.Label, run, o); !is.Same(was) {
		return p.e.otherwise(p.a, int(run), fmt.Sprintf("trial %+v", *was), fmt.Sprintf("trial %+v", is))
	}
	return nil
}

// end says whether all that are recorded have come again.
func (p *pastTrials) end(run int) error {
	for id, at := range p.at {
		if at != 0 {
			return p.e.otherwise(p.a, run, fmt.Sprintf("trial %d", id), "no such trial")
		}
	}
	return nil
}

// formerTrials are the files of recorded trials that units of an extension need. Each is read once, by the first run
// that needs it and without holding up those of other files, and is forgotten when the last unit that needs it ends.
type formerTrials struct {
	mu    sync.Mutex
	files map[string]*formerFile // by path
}

type formerFile struct {
	read  func() ([]journal.Trial, error) // its runs in their order
	units int                             // that need it and have not ended
}

// readTrials reads a file of trials. Counted by tests.
var readTrials = journal.Read[journal.Trial]

// formerFiles calls do for each file of recorded trials that a unit needs; the lock is held.
func (e *Experiment) formerFiles(u unit, do func(path, id string)) {
	if e.Spec.Record != "all" || !e.extended() {
		return
	}
	f := e.ext
	f.trials.mu.Lock()
	defer f.trials.mu.Unlock()
	for run := u.from; run < u.to; {
		if e.recorded(u.arm, run) == nil {
			run++
			continue
		}
		has := f.fileOf(u.arm, run)
		do(f.trialsPath(f.dir, has), f.trialsID(has))
		run = has.to
	}
}

// needFormer says that a unit is going to be computed, before any of them is.
func (e *Experiment) needFormer(u unit) {
	e.formerFiles(u, func(path, id string) {
		h := &e.ext.trials
		if h.files == nil {
			h.files = map[string]*formerFile{}
		}
		if h.files[path] == nil {
			read := sync.OnceValues(func() ([]journal.Trial, error) { return readTrials(path, id) })
			h.files[path] = &formerFile{read: read}
		}
		h.files[path].units++
	})
}

// leaveFormer says that a unit has ended.
func (e *Experiment) leaveFormer(u unit) {
	e.formerFiles(u, func(path, _ string) {
		h := &e.ext.trials
		if h.files[path].units--; h.files[path].units == 0 {
			delete(h.files, path)
		}
	})
}

// recordedTrials are the trials that are recorded of a run of a unit at work; nil where none are.
func (e *Experiment) recordedTrials(a, run int) (*pastTrials, error) {
	if e.Spec.Record != "all" || e.recorded(a, run) == nil {
		return nil, nil
	}
	f := e.ext
	f.trials.mu.Lock()
	file := f.trials.files[f.trialsPath(f.dir, f.fileOf(a, run))]
	f.trials.mu.Unlock()
	all, err := file.read()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // of an unfinished experiment
	}
	if err != nil {
		return nil, err
	}
	first := sort.Search(len(all), func(i int) bool { return int(all[i].Run) >= run })
	end := sort.Search(len(all), func(i int) bool { return int(all[i].Run) > run })
	return newPastTrials(e, a, all[first:end]), nil
}
