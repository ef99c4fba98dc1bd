package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Trained is a trial that ended and that its searcher has been told of, for whoever follows an
// experiment on a benchmark that trains.
type Trained struct {
	Label   string // the algorithm's
	Run     int
	Told    int64           // trials of the run so far, this one included
	Outcome *evolve.Outcome // valid during the call
	Best    journal.Entry   // so far, or the answer of a searcher that tells its incumbents
}

// Epoch is an epoch that ended.
type Epoch struct {
	Label string // the algorithm's
	Run   int
	evolve.TrialProgress
}

// trainedRuns computes runs whose trials take real time, run 0 of every algorithm before run 1 of any. Each study has a
// folder of its own, whose journal gains a line whenever a trial ends.
type trainedRuns struct {
	e *Experiment
	o Options
}

// parallel is as many studies as there may be trainings at a time, where each study has one trial in flight; else what
// works at a time are the trials of one study. So they are on a device, whose memory studies would share.
func (t *trainedRuns) parallel() int {
	if t.e.Spec.Workers > 1 || t.e.About.Device != "" {
		return 1
	}
	return max(1, t.o.Procs)
}

// todo are all runs, as the folder of each tells what it lacks.
func (t *trainedRuns) todo(runs) (all []unit, err error) {
	for run := range t.e.Spec.Seeds {
		for a := range t.e.Arms {
			all = append(all, unit{a, run, run + 1})
		}
	}
	return all, nil
}

// save has nothing to do: each trial is journalled when it ends.
func (t *trainedRuns) save(runs) error { return nil }

func (t *trainedRuns) compute(ctx context.Context, u unit, report func(ranRun)) error {
	s := &training{e: t.e, arm: &t.e.Arms[u.arm], at: u.arm, run: u.from, o: t.o, own: math.NaN()}
	if t.o.Dir != "" {
		s.dir = t.e.runDir(t.o.Dir, u.arm, u.from)
	}
	rows, err := s.compute(ctx)
	if err == nil {
		report(ranRun{u.from, rows, s.fresh, s.own, s.broke})
	}
	return err
}

// The folder of a run holds the journal of its trials, its incumbents as of the last change, and
// what the benchmark keeps.
const (
	runsFolder    = "runs"
	trialsFile    = "trials.jsonl"
	weightsFolder = "weights"
)

func (e *Experiment) runDir(dir string, arm, run int) string {
	name := e.Arms[arm].Label
	if s, err := evolve.ParseSpec(e.Arms[arm].Algo); err == nil && name == e.Arms[arm].Algo {
		name = s.Name
	}
	return filepath.Join(e.runsIn(dir), runsFolder, fmt.Sprintf("%02d-%s-%06d", arm, name, run))
}

// training is one run on real workers.
type training struct {
	e   *Experiment
	arm *Arm
	at  int // of arm
	run int
	o   Options
	dir string // "" keeps nothing

	recorder
	recordedIDs map[int]bool // trials that a stopped process left
	fresh       int64        // trials that were told and are none of these
	kept        int          // incumbents that the folder has
	own         float64      // seconds of its searcher; NaN where nothing was run
	broke       error        // why its searcher broke; nil where it did not
}

// compute returns the incumbents and the end of the run: as its folder holds them, or else from
// where it stands.
func (s *training) compute(ctx context.Context) (rows []journal.Entry, err error) {
	if s.dir == "" {
		return rows, s.arm.guarded(func() error { rows, err = s.study(ctx, "", nil); return err })
	}
	rows, former, err := s.e.readRun(s.dir)
	if former {
		if was := s.e.recorded(s.at, s.run); was != nil && s.e.sameBounds() {
			return was, s.keep(was)
		}
		rows = nil // they are made of the journal
	}
	if err != nil || len(rows) > 0 && rows[len(rows)-1].Final {
		return rows, err
	}
	if was := s.e.recorded(s.at, s.run); was != nil && s.e.sameBounds() {
		return was, nil // the folder of the run was removed
	}
	weights := filepath.Join(s.dir, weightsFolder)
	if err := os.MkdirAll(weights, 0o755); err != nil {
		return nil, err
	}
	for _, dir := range []string{s.dir, weights} {
		if err := durable.RemoveLeft(dir); err != nil {
			return nil, err
		}
	}
	// New names survive a power failure.
	for _, dir := range []string{s.dir, filepath.Dir(s.dir), filepath.Dir(filepath.Dir(s.dir))} {
		if err := durable.SyncDir(dir); err != nil {
			return nil, err
		}
	}
	file, err := journal.OpenFile(filepath.Join(s.dir, trialsFile))
	if errors.Is(err, evolve.ErrInvalid) {
		return nil, fmt.Errorf("%s, or remove %s to compute this run again: %w",
			words.Line(err), s.dir, evolve.ErrInvalid)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close() // a second Close only reports that it is one
	if err := s.arm.guarded(func() error { rows, err = s.study(ctx, weights, file); return err }); err != nil {
		return nil, err
	}
	if err := file.Arrange(); err != nil {
		return nil, err
	}
	return rows, s.keep(rows)
}

// study runs the study on real workers, over what file holds of it.
func (s *training) study(ctx context.Context, weights string, file *journal.File) (rows []journal.Entry, err error) {
	e, bench := s.e, s.e.Bench
	if t, ok := bench.(evolve.Trainer); ok {
		watch := func(e evolve.Event) {
			if p, ok := e.(evolve.TrialProgress); ok {
				e = Epoch{s.arm.Label, s.run, p}
			}
			s.o.Observer.Report(e)
		}
		if bench, err = t.In(weights, watch); err != nil {
			return nil, err
		}
	}
	searcher, err := s.arm.searcher()
	if err != nil {
		return nil, err
	}
	if file != nil {
		if err := s.cut(bench, file); err != nil {
			return nil, err
		}
	}
	about := bench.About()
	opts := evolve.LocalOptions{Window: e.Spec.Workers, Procs: s.o.Procs, Told: about.Told, Abreast: about.Abreast}
	s.recordedIDs = map[int]bool{}
	if file != nil {
		opts.Past, opts.Journal = file.Past(), file
		for i := range opts.Past {
			s.recordedIDs[opts.Past[i].ID] = true
		}
	}
	if err := s.agree(bench, opts.Past); err != nil {
		return nil, err
	}
	s.recorder = e.recorder(bench, s.arm, s.run)
	study := e.studyOf(s.arm, s.run, s.heed(s.arm, searcher))
	study.Problem = bench.Problem() // what it shares is this study's
	evaluator := evolve.Evaluator(bench)
	if trains, ok := searcher.(evolve.Evaluator); ok && study.Problem.Sharing != nil {
		evaluator = trains
	}
	pool := evolve.Local(evaluator, opts)
	study.Pool, study.Recorder, study.Abreast = pool, s, about.Abreast
	ctx, cancel := context.WithCancel(ctx)
	defer pool.Drain() // after the cancel: what ends until then is recorded
	defer cancel()
	sum, err := study.Run(ctx)
	if err == nil && pool.Unasked() > 0 {
		err = fmt.Errorf("the journal holds trial %d, which was not asked for: %w", pool.Unasked(), evolve.ErrDiverged)
	}
	if file != nil && errors.Is(err, evolve.ErrDiverged) {
		return nil, s.spoilt(err)
	}
	if errors.Is(err, evolve.ErrBroken) {
		s.broke = err
		return s.broken(sum), nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s, run %d: %w", s.arm.Label, s.run, err)
	}
	s.own = timed(study.Stopwatch)
	rows = s.finals(sum)
	return rows, s.score(ctx, &rows[len(rows)-1])
}

// cut drops from the journal of a stopped run the trials whose state the benchmark has lost, which are evaluated again.
// The incumbents, which may tell of them, are made anew.
func (s *training) cut(bench evolve.Benchmark, file *journal.File) error {
	stateful, ok := evolve.As[evolve.Stateful](bench)
	told := 0
	for _, o := range file.Past() {
		told = max(told, o.ID)
	}
	if !ok || told == 0 {
		return nil
	}
	kept, err := stateful.Kept(told)
	if err != nil {
		return s.spoilt(fmt.Errorf("what the trials left in %s: %w", weightsFolder, err))
	}
	if kept >= told {
		return nil
	}
	if err := os.Remove(filepath.Join(s.dir, IncumbentsFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return file.Cut(kept)
}

// agree compares the journal of a stopped run with what its trials left beside their weights. Where weights are shared
// the scores are of other trainings.
func (s *training) agree(bench evolve.Benchmark, past []evolve.Outcome) error {
	if bench.About().Shared {
		return nil
	}
	for i := range past {
		o := &past[i]
		if o.Err != nil || o.Known != nil {
			continue
		}
		left, err := bench.Score(&o.Trial)
		if err != nil {
			return s.spoilt(fmt.Errorf("what trial %d left in %s: %w", o.ID, weightsFolder, err))
		}
		if left.Val != o.Loss {
			return s.spoilt(fmt.Errorf("trial %d has loss %g, what it left in %s says %g: %w",
				o.ID, o.Loss, weightsFolder, left.Val, evolve.ErrInvalid))
		}
	}
	return nil
}

// spoilt says of a run whose files are not those that it wrote what to do.
func (s *training) spoilt(err error) error {
	return words.Advise(fmt.Errorf("%s, run %d: %s: %w", s.arm.Label, s.run, filepath.Join(s.dir, trialsFile), err),
		fmt.Sprintf("remove %s to compute this run again", s.dir))
}

// Record is told of every outcome that counts, those of the past included.
func (s *training) Record(o *evolve.Outcome) error {
	if err := s.recorder.Record(o); err != nil {
		return err
	}
	// While the past is told again, the folder has more than we.
	if n := len(s.recorder.rows); n != s.kept && s.dir != "" && s.told >= int64(len(s.recordedIDs)) {
		if err := s.keep(s.recorder.rows); err != nil {
			return err
		}
		s.kept = n
	}
	if s.recordedIDs[o.ID] {
		return nil
	}
	s.fresh++
	report := func() { s.o.Observer.Report(Trained{s.arm.Label, s.run, s.told, o, s.row}) }
	if s.trialOf == nil {
		report()
	} else {
		s.then = report // the searcher says only then what its answer is
	}
	return nil
}

// keep saves the run's incumbents, so that others read them while it runs.
func (s *training) keep(rows []journal.Entry) error {
	return durable.WriteFile(filepath.Join(s.dir, IncumbentsFile),
		func(w io.Writer) error { return journal.Write(w, s.e.id(), rows) })
}

// readRun reads the incumbents of a run's folder, none when it has not begun. Those of a finished
// run end with its final row.
//
// An extension shares the folder with what it extends. Until it has gone on with the run the rows
// are former ones: sealed as of what is extended, here without the final row where runs become
// longer, or as of an extension before this one, which cannot be told from altered and gives none.
func (e *Experiment) readRun(dir string) (rows []journal.Entry, former bool, err error) {
	path := filepath.Join(dir, IncumbentsFile)
	rows, err = journal.Read[journal.Entry](path, e.id())
	if former = e.extended() && errors.Is(err, evolve.ErrInvalid); former {
		rows, err = journal.Read[journal.Entry](path, e.ext.id())
		if errors.Is(err, evolve.ErrInvalid) {
			return nil, true, nil
		}
		if n := len(rows); n > 0 && rows[n-1].Final && !e.sameBounds() {
			rows = rows[:n-1]
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return rows, former, err
}
