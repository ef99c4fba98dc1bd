package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/cluster"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// simulatedRuns computes runs on a virtual clock.
type simulatedRuns struct {
	e     *Experiment
	o     Options
	whole bool // the folder is finished: it is computed once more, and stays as it is wherever that is stopped

	mu   sync.Mutex
	live []*live // of the units at work, those that were stopped included; and, of others, such as is finished
	idle []*live // those of them that no unit has
}

// A file of trials holds consecutive runs of one arm, which one goroutine computes: about so many trials, and of each
// arm at least so many files, so that many cores share runs that take long. Both are part of the format, as is what
// the number of trials is taken for where seconds alone bound a run. Lowered by tests.
var (
	fileTrials = 250_000
	filesOfArm = 16
)

const trialsOfBudget = 1000

// perFile is how many runs a file of trials holds.
func (s Spec) perFile() int {
	n := fileTrials / cmp.Or(s.Trials, trialsOfBudget)
	return max(1, min(n, (s.Seeds+filesOfArm-1)/filesOfArm))
}

// units are all runs: each on its own, so that cores share them evenly however long they take, or as many as a file of
// trials holds.
func (e *Experiment) units() (all []unit) {
	n := 1
	if e.Spec.Record == "all" {
		n = e.Spec.perFile()
	}
	for a := range e.Arms {
		for from := 0; from < e.Spec.Seeds; from += n {
			all = append(all, unit{a, from, min(from+n, e.Spec.Seeds)})
		}
	}
	return all
}

// fileOf are the runs that share the file of trials of a run.
func (e *Experiment) fileOf(arm, run int) unit {
	n := e.Spec.perFile()
	from := run - run%n
	return unit{arm, from, min(from+n, e.Spec.Seeds)}
}

func (s *simulatedRuns) parallel() int { return s.o.Procs }

func (s *simulatedRuns) todo(held runs) (todo []unit, err error) {
	s.whole = s.o.Dir != "" && complete(s.o.Dir)
	for _, u := range s.e.units() {
		has, err := s.e.held(s.o.Dir, u, held)
		if err != nil {
			return nil, err
		}
		if !has {
			todo = append(todo, u)
			s.e.needFormer(u)
		}
	}
	return todo, nil
}

// compute reports a run when it ends or, where all trials are recorded, when the file that it shares is there.
func (s *simulatedRuns) compute(ctx context.Context, u unit, report func(ranRun)) (err error) {
	l := s.begin()
	defer func() {
		if err == nil {
			s.end(l)
			s.e.leaveFormer(u)
		}
	}()
	arm := &s.e.Arms[u.arm]
	each := func(trials *journal.TrialWriter, report func(ranRun)) error {
		return arm.guarded(func() error {
			for run := u.from; run < u.to; run++ {
				l.begin(u.arm, run)
				r, err := s.e.study(ctx, u.arm, run, trials, l)
				if err != nil {
					return err
				}
				report(r)
			}
			return nil
		})
	}
	if s.e.Spec.Record != "all" || s.o.Dir == "" {
		return each(nil, report)
	}
	var got []ranRun
	err = durable.WriteFile(s.e.trialsPath(s.o.Dir, u), func(w io.Writer) error {
		t := journal.NewTrialWriter(w, s.e.trialsID(u), arm.Algo, arm.Label)
		if err := each(t, func(r ranRun) { got = append(got, r) }); err != nil {
			return err
		}
		return t.Close()
	})
	if err != nil {
		return err // without their file these runs are not done
	}
	for _, r := range got {
		report(r)
	}
	return nil
}

// begin is where a unit tells how far it is; nil where nothing is saved.
func (s *simulatedRuns) begin() (l *live) {
	if s.o.Dir == "" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.idle); n > 0 {
		l, s.idle = s.idle[n-1], s.idle[:n-1]
		return l
	}
	l = new(live)
	s.live = append(s.live, l)
	return l
}

// end gives back what [simulatedRuns.begin] returned.
func (s *simulatedRuns) end(l *live) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l != nil {
		s.idle = append(s.idle, l)
	}
}

// save keeps the finished runs, and what those in progress have found.
func (s *simulatedRuns) save(finished runs) error {
	if s.whole || s.o.Dir == "" {
		return nil
	}
	s.mu.Lock()
	at := slices.Clone(s.live)
	s.mu.Unlock()
	return cmp.Or(s.e.checkpoint(s.o.Dir, finished.all()), s.e.keepSoFar(s.o.Dir, at, finished))
}

// study runs one run: r are its incumbents and its end, and the real seconds that its searcher took itself. Of
// what it finds on the way it tells trials and l, which may be nil.
func (e *Experiment) study(
	ctx context.Context, a, run int, trials *journal.TrialWriter, l *live,
) (r ranRun, err error) {
	arm := &e.Arms[a]
	searcher, err := arm.searcher()
	if err != nil {
		return r, err
	}
	rec := e.recorder(e.Bench, arm, run)
	rec.trials, rec.live = trials, l
	if trials != nil {
		trials.Run(run)
	}
	if e.ext != nil { // what is recorded must come again
		rec.all = true
		if rec.past, err = e.recordedTrials(a, run); err != nil {
			return r, err
		}
	}
	study := e.studyOf(arm, run, rec.heed(arm, searcher))
	study.Pool, study.Recorder = e.pool(study.Seed), &rec
	if e.Spec.Cluster != "" {
		rec.pool, rec.workers = study.Pool, e.Spec.Workers
	}
	sum, err := study.Run(ctx)
	r = ranRun{run: run, ran: int64(sum.Trials), own: timed(study.Stopwatch)}
	switch {
	case errors.Is(err, evolve.ErrDiverged):
		return r, err
	case errors.Is(err, evolve.ErrBroken):
		r.rows, r.broke = rec.broken(sum), err
	case err != nil:
		return r, fmt.Errorf("%s, run %d: %w", arm.Label, run, err)
	default:
		r.rows = rec.finals(sum)
	}
	if err := e.repeats(a, run, r.rows); err != nil {
		return r, err
	}
	if rec.past != nil {
		if err := rec.past.end(run); err != nil {
			return r, err
		}
	}
	if e.Spec.Record == "none" {
		r.rows = r.rows[len(r.rows)-1:]
	}
	return r, nil
}

// pool are the workers of a simulated run.
func (e *Experiment) pool(seed uint64) evolve.Pool {
	if e.Spec.Cluster == "" {
		return evolve.Simulate(e.Bench, e.Spec.Workers)
	}
	return cluster.Simulate(e.Bench, e.Spec.Workers, e.faults, seed)
}

// trialsID binds a file of trials to its experiment and its place there.
func (e *Experiment) trialsID(u unit) string {
	return fmt.Sprintf("%s %d %d", e.id(), u.arm, u.from)
}

func (e *Experiment) trialsPath(dir string, u unit) string {
	return filepath.Join(dir, fmt.Sprintf("trials-%02d-%06d.parquet", u.arm, u.from))
}

// held says whether the folder has all of a unit. A damaged file of it is an error.
func (e *Experiment) held(dir string, u unit, rows runs) (bool, error) {
	for _, r := range rows[u.arm][u.from:u.to] {
		if r == nil {
			return false, nil
		}
	}
	if e.Spec.Record != "all" {
		return true, nil
	}
	err := journal.Check(e.trialsPath(dir, u), e.trialsID(u))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
