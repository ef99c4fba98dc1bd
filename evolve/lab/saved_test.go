package lab

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/verify"
)

// waiter stands still at an evaluation until it is let go.
type waiter struct {
	evolve.Benchmark
	left  *atomic.Int64
	stand func()
}

func (w waiter) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	if w.left.Add(-1) == 0 {
		w.stand()
	}
	return w.Benchmark.Evaluate(ctx, t, r)
}

// Every few seconds what is finished and what the runs in progress have found is on disk, where
// others read it; a run in progress is computed again, and nothing of all this stays.
func TestSavedWhileItRuns(t *testing.T) {
	defer func(was time.Duration) { saveEvery = was }(saveEvery)
	saveEvery = 20 * time.Millisecond
	search := small(1, "incumbents")
	search.Algos, search.Seeds = search.Algos[:1], 1
	for name, c := range map[string]struct {
		spec           Spec
		at             int64 // the evaluation at which it stands
		finished, told int   // runs, and trials of the one that stands
	}{
		"search":              {search, 1000, 0, 999},
		"search, record=all":  {withRecord(search, "all"), 1000, 0, 999},
		"compare":             {small(1, "incumbents"), 3*1500 + 700, 3, 699},
		"compare, record=all": {small(1, "all"), 5*1500 + 700, 4, 699}, // a file has 4 runs
	} {
		_, want := finished(t, c.spec, 1)
		dir := filepath.Join(t.TempDir(), "e")
		e := open(t, c.spec)
		left := new(atomic.Int64)
		left.Store(c.at)
		e.Bench = waiter{e.Bench, left, func() {
			at, deadline := int(c.at/1500), time.Now().Add(time.Minute)
			for {
				o, err := LoadSoFar(dir)
				var end, step journal.Entry
				if err == nil && len(o.Set.Arms) > 0 && len(o.Set.Arms[0].Runs) > at && len(o.Set.Arms[0].Runs[at].Steps) > 0 {
					run := o.Set.Arms[0].Runs[at]
					end, step = run.Final, run.Steps[len(run.Steps)-1]
				}
				if err != nil || o.Set.Planned-o.Set.Unfinished < c.finished || int(end.Trial) < c.told-liveTrials { // an earlier save
					if time.Now().After(deadline) {
						t.Errorf("%s: not saved: %v", name, err)
						return
					}
					time.Sleep(time.Millisecond)
					continue
				}
				if o.Set.Planned-o.Set.Unfinished != c.finished || int(end.Trial) > c.told || end.Seconds < step.Seconds || end.Arch != step.Arch {
					t.Errorf("%s: %d of %d runs, the one in progress ends with %+v after %+v", name, o.Set.Planned-o.Set.Unfinished, o.Set.Planned, end, step)
				}
				if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "not finished: run amoeba resume") {
					t.Errorf("%s: loaded while it runs: %v", name, err)
				}
				return
			}
		}}
		if _, err := e.Run(context.Background(), Options{Procs: 1, Dir: dir}); err != nil {
			t.Fatal(err)
		}
		same(t, name, want, files(t, dir))
	}
}

func withRecord(s Spec, record string) Spec {
	s.Record = record
	return s
}

// A stop saves the same, and resuming makes the bytes of an experiment that was never stopped.
func TestStoppedSearchIsRead(t *testing.T) {
	s := small(4, "incumbents")
	s.Algos, s.Seeds = s.Algos[:1], 1
	_, want := finished(t, s, 1)
	dir := filepath.Join(t.TempDir(), "e")
	if !stopAt(t, open(t, s), dir, 1, 900) {
		t.Fatal("not stopped")
	}
	o, err := LoadSoFar(dir)
	if err != nil || o.Set.Unfinished != 1 || o.Set.Planned != 1 || len(o.Set.Arms[0].Runs[0].Steps) == 0 ||
		!o.Set.Arms[0].Runs[0].Underway {
		t.Fatalf("%+v, %v", o, err)
	}
	if told := states(verified(t, dir, true), verify.OK); !strings.Contains(told, soFarFile) {
		t.Errorf("what was found so far is not checked: %s", told)
	}
	whole, err := journal.Read[journal.Entry](filepath.Join(dir, soFarFile), open(t, s).id())
	if err != nil {
		t.Fatal(err)
	}
	e, err := OpenExtended(dir, Extension{})
	if err != nil {
		t.Fatal(err)
	}
	o, err = e.Run(context.Background(), Options{Procs: 1, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range whole[:len(whole)-1] {
		if !o.Set.Arms[0].Runs[0].Steps[i].Same(&r) {
			t.Errorf("incumbent %d was %+v and is %+v", i, r, o.Set.Arms[0].Runs[0].Steps[i])
		}
	}
	same(t, "resumed", want, files(t, dir))
}

// What is finished is read without a lock, and nothing is written.
func TestFinishedIsOnlyRead(t *testing.T) {
	dir, _ := finished(t, tiny(), 1)
	unlock, err := durable.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	before := fmt.Sprint(times(t, dir))
	if err := Tidy(dir); err != nil {
		t.Error(err)
	}
	if o, err := Load(dir); err != nil || len(o.Files) != 3 || !Finished(dir) || !Undrawn(dir) {
		t.Errorf("%+v, %v", o, err)
	}
	if after := fmt.Sprint(times(t, dir)); after != before {
		t.Errorf("was %s, is %s", before, after)
	}
}

// A finished experiment that is computed once more stays finished wherever that is stopped.
func TestComputedAgainStaysWhole(t *testing.T) {
	for _, record := range []string{"incumbents", "all"} {
		s := small(1, record)
		dir, want := finished(t, s, 1)
		ctx, cancel := context.WithCancel(context.Background())
		e := open(t, s)
		left := new(atomic.Int64)
		left.Store(20_000)
		e.Bench = stopper{e.Bench, left, cancel}
		if _, err := e.Run(ctx, Options{Procs: 2, Dir: dir}); err == nil {
			t.Fatal("not stopped")
		}
		cancel()
		same(t, "record="+record, want, files(t, dir))
		if !Finished(dir) {
			t.Error("not finished any more")
		}
	}
}
