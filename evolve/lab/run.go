package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Options are how an experiment is run: none of them changes a byte of what it finds.
type Options struct {
	Procs    int                   // real cores; at least 1
	Dir      string                // the folder; "" keeps nothing
	Progress func(done, total int) // called now and then with the number of finished runs; may be nil

	// Of benchmarks that train; each may be nil. Trained is told of trials in the order in which
	// searchers are, Epoch of epochs from any goroutine.
	Trained func(Trained)
	Epoch   func(Epoch)
}

// Outcome is an experiment with what it found and what that took.
type Outcome struct {
	*Experiment
	Set   *trace.Set // what it found, all that figures and tables look at
	Ran   []int64    // trials of each arm that this process ran: all but those of a stopped run before
	Wall  []float64  // real seconds that these took: busy time of all cores over the number of cores
	Files []string   // written, the folder's path included
}

// Interrupted says that an experiment was stopped and where it goes on.
type Interrupted struct {
	Dir         string
	Done, Total int // runs
	Cause       error
	Unsaved     error // why the finished runs could not be saved; nil when they are
}

func (i *Interrupted) Error() string {
	text := fmt.Sprintf("stopped with %d of %d runs done: %v", i.Done, i.Total, i.Cause)
	if i.Unsaved != nil {
		text += fmt.Sprintf("; they are not saved: %v", i.Unsaved)
	}
	return text
}

func (i *Interrupted) Unwrap() error { return i.Cause }

// A chunk is the unit of work: consecutive runs of one arm on one goroutine, and with
// record=all one trials file.
type chunk struct{ arm, from, to int }

// Trials in a chunk: enough to make its overhead small, few enough to share among cores and
// to lose little on a stop. A file wants more.
const (
	chunkTrials = 20_000
	chunkRuns   = 64
)

var chunkTrialsFile = 250_000 // lowered by tests

func (e *Experiment) chunks() []chunk {
	target, most := chunkTrials, chunkRuns
	if e.Spec.Record == "all" {
		target, most = chunkTrialsFile, e.Spec.Seeds
	}
	trials := e.Spec.Trials
	if trials == 0 {
		trials = 1000 // bounded by seconds: a guess, which shapes files and nothing else
	}
	n := max(1, min(most, target/trials))
	var cs []chunk
	for a := range e.Arms {
		for from := 0; from < e.Spec.Seeds; from += n {
			cs = append(cs, chunk{a, from, min(from+n, e.Spec.Seeds)})
		}
	}
	return cs
}

// Run runs what the folder does not hold yet. Stopped by ctx it keeps the finished runs and
// returns an *Interrupted; so it does when all is done and cannot be written, beside the
// outcome.
func (e *Experiment) Run(ctx context.Context, o Options) (*Outcome, error) {
	if err := RefuseExtension(o.Dir); err != nil {
		return nil, err
	}
	if e.extends {
		return e.extend(ctx, o)
	}
	return e.run(ctx, o)
}

func (e *Experiment) run(ctx context.Context, o Options) (*Outcome, error) {
	if e.About.Trains() {
		return e.train(ctx, o)
	}
	rows := e.noRows()
	out := &Outcome{Experiment: e, Wall: make([]float64, len(e.Arms)), Ran: make([]int64, len(e.Arms))}
	whole := false // computed once more, and as whole as before wherever that is stopped
	if o.Dir != "" {
		unlock, err := e.open(o.Dir, rows)
		if err != nil {
			return nil, err
		}
		defer unlock()
		whole = complete(o.Dir)
	}
	todo := e.chunks()
	perArm := make([]int, len(e.Arms))
	kept := todo[:0]
	for _, c := range todo {
		held, err := e.held(o.Dir, c, rows)
		if err != nil {
			return nil, err
		}
		if !held {
			kept = append(kept, c)
			perArm[c.arm]++
		}
	}
	todo = kept

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		mu   sync.Mutex // guards rows, busy, out.Ran
		busy = make([]time.Duration, len(e.Arms))
		next atomic.Int64
		done atomic.Int64
		wg   sync.WaitGroup

		inProgress = make([]*live, min(max(o.Procs, 1), max(len(todo), 1)))
	)
	total := len(e.Arms) * e.Spec.Seeds
	for _, c := range todo {
		done.Add(-int64(c.to - c.from))
	}
	done.Add(int64(total))
	for i := range inProgress {
		var l *live
		if o.Dir != "" {
			l = new(live)
		}
		inProgress[i] = l
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(todo) || ctx.Err() != nil {
					return
				}
				c, begin := todo[i], time.Now()
				place := func(run int, got []journal.Entry) {
					mu.Lock()
					defer mu.Unlock()
					rows[c.arm][run] = got
					out.Ran[c.arm] += got[len(got)-1].Trial
				}
				err := e.runChunk(ctx, o.Dir, c, l, func() { done.Add(1) }, place)
				mu.Lock()
				busy[c.arm] += time.Since(begin)
				mu.Unlock()
				if err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	finished := make(chan struct{})
	go func() { wg.Wait(); close(finished) }()
	save := func() error {
		if whole {
			return nil
		}
		mu.Lock()
		held := e.noRows()
		for a := range rows {
			copy(held[a], rows[a]) // rows of finished runs never change
		}
		mu.Unlock()
		return cmp.Or(e.checkpoint(o.Dir, flatten(held)), e.keepSoFar(o.Dir, inProgress, held))
	}
	watch(finished, o, func() int { return int(done.Load()) }, total, func() {
		if err := save(); err != nil {
			cancel(err)
		}
	})

	for a := range e.Arms {
		out.Wall[a] = busy[a].Seconds() / float64(max(1, min(o.Procs, perArm[a])))
	}
	if err := context.Cause(ctx); err != nil {
		n := 0
		for a := range rows {
			for _, r := range rows[a] {
				if r != nil {
					n++
				}
			}
		}
		return nil, &Interrupted{Dir: o.Dir, Done: n, Total: total, Cause: err, Unsaved: save()}
	}
	if err := e.finish(out, o.Dir, rows); err != nil {
		return out, &Interrupted{Dir: o.Dir, Done: total, Total: total, Cause: err, Unsaved: save()}
	}
	return out, nil
}

// noRows has a place for every run, by arm and number: nil is still to do.
func (e *Experiment) noRows() [][][]journal.Entry {
	rows := make([][][]journal.Entry, len(e.Arms))
	for a := range rows {
		rows[a] = make([][]journal.Entry, e.Spec.Seeds)
	}
	return rows
}

// How often a long experiment tells its progress.
const tellEvery = 100 * time.Millisecond

// How often it saves what is done and what the runs in progress have found: what a kill loses of
// finished runs. Lowered by tests.
var saveEvery = 10 * time.Second

func watch(finished <-chan struct{}, o Options, done func() int, total int, save func()) {
	tell, keep := time.NewTicker(tellEvery), time.NewTicker(saveEvery)
	defer tell.Stop()
	defer keep.Stop()
	for {
		select {
		case <-tell.C:
			if o.Progress != nil {
				o.Progress(done(), total)
			}
		case <-keep.C:
			save()
		case <-finished:
			if o.Progress != nil {
				o.Progress(done(), total)
			}
			return
		}
	}
}

// runChunk computes the runs of a chunk and places the rows of each that is done: when it ends,
// or, where all trials are recorded, when the file that they share is there.
func (e *Experiment) runChunk(ctx context.Context, dir string, c chunk, l *live, ran func(), place func(run int, rows []journal.Entry)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: internal error: %v", e.Arms[c.arm].Label, p)
		}
	}()
	runs := func(trials *journal.TrialWriter, place func(int, []journal.Entry)) error {
		for run := c.from; run < c.to; run++ {
			l.begin(c.arm, run)
			rows, err := e.study(ctx, c.arm, run, trials, l)
			if err != nil {
				return err
			}
			place(run, rows)
			ran()
		}
		return nil
	}
	if e.Spec.Record != "all" || dir == "" {
		return runs(nil, place)
	}
	var got [][]journal.Entry
	err = durable.WriteFile(e.trialsPath(dir, c), func(w io.Writer) error {
		t := journal.NewTrialWriter(w, e.trialsID(c), e.Arms[c.arm].Algo, e.Arms[c.arm].Label)
		if err := runs(t, func(_ int, rows []journal.Entry) { got = append(got, rows) }); err != nil {
			return err
		}
		return t.Close()
	})
	if err != nil {
		return err // without their file these runs are not done
	}
	for i, rows := range got {
		place(c.from+i, rows)
	}
	return nil
}

// trialsID binds a file of trials to its experiment and its place there.
func (e *Experiment) trialsID(c chunk) string {
	return fmt.Sprintf("%s %d %d", e.id(), c.arm, c.from)
}

func (e *Experiment) trialsPath(dir string, c chunk) string {
	return filepath.Join(dir, fmt.Sprintf("trials-%02d-%06d.parquet", c.arm, c.from))
}

// held says whether the folder has all of a chunk. A damaged file of it is an error.
func (e *Experiment) held(dir string, c chunk, rows [][][]journal.Entry) (bool, error) {
	for _, r := range rows[c.arm][c.from:c.to] {
		if r == nil {
			return false, nil
		}
	}
	if e.Spec.Record != "all" {
		return true, nil
	}
	err := journal.Check(e.trialsPath(dir, c), e.trialsID(c))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
