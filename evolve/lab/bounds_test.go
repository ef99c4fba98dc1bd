package lab

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/internal/long"
)

// fidelities is an experiment whose algorithms train for different numbers of epochs.
func fidelities(workers int) Spec {
	s := Default()
	s.Benchmark, s.Algos, s.Seeds, s.Workers = "digits201", []string{"asha", "asha,inner=(regevo,population=20)", "random"}, 4, workers
	return s
}

// Bounded by full trainings or by epochs, a longer experiment is, byte for byte, one that was begun so.
func TestExtendedBounds(t *testing.T) {
	long.Test(t)
	for _, c := range []struct {
		name string
		set  func(*Spec)
		x    Extension
	}{
		{"full", func(s *Spec) { s.Full = 7.5 }, Extension{Full: 20}},
		{"full, counted", func(s *Spec) { s.Full, s.Overshoot = 7.5, "count" }, Extension{Full: 20, Seeds: 5}},
		{"full, all recorded", func(s *Spec) { s.Full, s.Record = 7.5, "all" }, Extension{Full: 20}},
		{"full, ends recorded", func(s *Spec) { s.Full, s.Record = 7.5, "none" }, Extension{Full: 20}},
		{"full and trials", func(s *Spec) { s.Full, s.Trials = 7.5, 60 }, Extension{Full: 20, Trials: 70}},
		{"epochs", func(s *Spec) { s.TotalEpochs = 150 }, Extension{TotalEpochs: 400}},
		{"epochs, counted", func(s *Spec) { s.TotalEpochs, s.Overshoot = 150, "count" }, Extension{TotalEpochs: 400}},
		{"epochs, all recorded", func(s *Spec) { s.TotalEpochs, s.Record = 150, "all" }, Extension{TotalEpochs: 400, Seeds: 5}},
		{"epochs and seconds", func(s *Spec) { s.TotalEpochs, s.Budget = 150, 3 }, Extension{TotalEpochs: 400, Budget: 8}},
	} {
		for _, workers := range []int{1, 6} {
			s := fidelities(workers)
			c.set(&s)
			dir, before := finished(t, s, 2)
			extended(t, dir, c.x, 2)
			_, want := finished(t, longer(s, c.x), 1)
			same(t, fmt.Sprintf("%s, %d workers", c.name, workers), want, files(t, dir))
			if before[IncumbentsFile] == want[IncumbentsFile] {
				t.Errorf("%s, %d workers: nothing changed", c.name, workers)
			}
		}
	}
}

// What a run says that it cost and trained are the sums over its trials, in the order in which they were told, and lie
// within the bounds; of one worker what was spent is the clock.
func TestSumsOfTrials(t *testing.T) {
	long.Test(t)
	for _, workers := range []int{1, 6} {
		for _, set := range []func(*Spec){func(s *Spec) { s.Full = 20 }, func(s *Spec) { s.TotalEpochs = 400 }, func(s *Spec) { s.Budget = 5 }} {
			s := fidelities(workers)
			s.Record = "all"
			set(&s)
			e := open(t, s)
			dir := filepath.Join(t.TempDir(), "e")
			o, err := e.Run(context.Background(), Options{Procs: 1, Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			problem := e.Bench.Problem()
			trials := map[string][]journal.Trial{}
			for _, u := range e.units() {
				rows, err := journal.Read[journal.Trial](e.trialsPath(dir, u), e.trialsID(u))
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range rows {
					key := fmt.Sprint(r.Algo, r.Run)
					trials[key] = append(trials[key], r)
				}
			}
			for _, arm := range o.Set.Arms {
				for i, run := range arm.Runs {
					spent, epochs, entry := 0.0, int64(0), 0
					told := trials[fmt.Sprint(arm.Algo, i)]
					for n, r := range told {
						spent += r.Cost
						epochs += int64(problem.EpochsTrained(&evolve.Outcome{Trial: evolve.Trial{Proposal: evolve.Proposal{Epochs: int(r.Epochs), From: int(r.From), Trained: int(r.Trained)}},
							Result: evolve.Result{Cost: r.Cost}}))
						if entry < len(run.Entries) && run.Entries[entry].Trial == int64(n+1) {
							if x := run.Entries[entry]; x.Spent != spent || x.SpentEpochs != epochs || x.Seconds != r.End {
								t.Errorf("%s, run %d, trial %d: %g s of %g, %d epochs of %d", arm.Label, i, n+1, x.Spent, spent, x.SpentEpochs, epochs)
							}
							entry++
						}
					}
					end := run.Final
					if end.Spent != spent || end.SpentEpochs != epochs || int(end.Trial) != len(told) || entry != len(run.Entries) {
						t.Errorf("%s, run %d ends with %g s of %g, %d epochs of %d", arm.Label, i, end.Spent, spent, end.SpentEpochs, epochs)
					}
					// A worker works on one trial at a time, and what is under way at the end is not told.
					if full := e.FullCost; workers == 1 && math.Abs(end.Spent-end.Seconds) > 1e-9 || end.Spent > end.Seconds*float64(workers)+1e-9 ||
						s.Full > 0 && (end.Spent > s.Full*full*(1+1e-9) || end.Spent < s.Full*full-3*full*float64(workers)) ||
						s.TotalEpochs > 0 && (epochs > int64(s.TotalEpochs) || epochs <= int64(s.TotalEpochs-20)) {
						t.Errorf("%s, run %d of %d workers: %g s spent, %d epochs, the clock %g", arm.Label, i, workers, end.Spent, epochs, end.Seconds)
					}
				}
			}
		}
	}
}

// What trains is bounded by epochs, stopped anywhere and extended to the bytes of a run that never was.
func TestTrainedEpochs(t *testing.T) {
	long.Test(t)
	listen(nil)
	s := trained(2)
	s.Trials, s.TotalEpochs, s.Algos = 0, 24, []string{"asha", "random"}
	train := func(s Spec) (string, *Outcome) {
		dir := filepath.Join(t.TempDir(), "e")
		o, err := open(t, s).Run(context.Background(), Options{Procs: 2, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return dir, o
	}
	dir, o := train(s)
	for _, a := range o.Set.Arms {
		for _, r := range a.Runs {
			if n := r.Final.SpentEpochs; n > 24 || n <= 24-3-2*3 { // a full training of each worker may have failed
				t.Errorf("%s: %d epochs", a.Label, n)
			}
		}
	}
	x := Extension{TotalEpochs: 40}
	extended(t, dir, x, 2)
	whole, _ := train(longer(s, x))
	differ(t, "extended", folder(t, whole), folder(t, dir))
}

func TestFullCost(t *testing.T) {
	for benchmark, want := range map[string]float64{
		"bits,length=8,cost=7":              7,
		"bits,length=64,cost=0.1":           .1, // not listed
		"nb201:cifar10,source=surrogate":    0,
		"nb101,source=surrogate,noise=mean": 0,
	} {
		s := Default()
		s.Benchmark, s.Full = benchmark, 3
		e := open(t, s)
		if got := e.FullCost; want != 0 && math.Abs(got-want) > 1e-12 || !(got > 0) {
			t.Errorf("%s: %g s, want %g", benchmark, got, want)
		}
		again, err := FullCost(e.Bench)
		if err != nil || again != e.FullCost {
			t.Errorf("%s: %g s, then %g, %v", benchmark, e.FullCost, again, err)
		}
	}
	// Of ten bits cost 0.1 each is 150 trainings, whatever sums of tenths round to.
	s := Default()
	s.Benchmark, s.Full, s.Algos, s.Seeds = "bits,length=10,cost=0.1", 150, []string{"random"}, 2
	o, err := open(t, s).Run(context.Background(), Options{Procs: 1})
	if err != nil {
		t.Fatal(err)
	}
	full, err := o.Set.Axis("full")
	for _, r := range o.Set.Arms[0].Runs {
		if n := full.End(&r); err != nil || r.Final.Trial != 150 || math.Abs(n-150) > 1e-9 {
			t.Errorf("%d trials, %g full trainings, %v", r.Final.Trial, n, err)
		}
	}
}

func TestBoundsRefused(t *testing.T) {
	for _, c := range []struct {
		set  func(*Spec)
		says string
	}{
		{func(s *Spec) { s.Full = -1 }, "full -1: want full trainings, above 0, at most 1e+12"},
		{func(s *Spec) { s.Full = math.NaN() }, "full NaN: want"},
		{func(s *Spec) { s.TotalEpochs = -1 }, "total_epochs -1: want a whole number, 1 to 1000000000000"},
		{func(s *Spec) { s.Benchmark, s.Algos, s.Full = "test-train", []string{"random"}, 9 }, "full 9: what a full training takes is measured here and not known beforehand: count epochs instead (--total-epochs N,"},
		{func(s *Spec) { s.Benchmark, s.Algos, s.TotalEpochs = "digits201", []string{"asha", "R=random"}, 19 },
			"total_epochs 19: each trial of R is trained for 20 epochs or more: want 20 or more, or overshoot count"},
		{func(s *Spec) { s.Benchmark, s.Full = "bits,cost=0", 9 }, "full 9: a full training takes no time here: want a bound of trials"},
	} {
		s := Default()
		c.set(&s)
		var key *KeyError
		if _, err := Open(s); !errors.As(err, &key) || !strings.HasPrefix(err.Error(), c.says) {
			t.Errorf("%v, want %q", err, c.says)
		}
	}
	s := fidelities(1)
	s.Full = 5
	dir, _ := finished(t, s, 1)
	for _, c := range []struct {
		x    Extension
		says string
	}{
		{Extension{Full: 4.5}, "full 4.5: the runs in " + dir + " have 5 full trainings, and what is there is only extended: want more"},
		{Extension{TotalEpochs: 100}, "total_epochs 100: the runs in " + dir + " are bounded by full trainings alone, and a number of epochs could only shorten them: want more full trainings"},
	} {
		if _, err := OpenExtended(dir, c.x); err == nil || !strings.HasPrefix(err.Error(), c.says) {
			t.Errorf("%v, want %q", err, c.says)
		}
	}
	// An experiment that is read back knows what a full training takes.
	o, err := Load(dir)
	if err != nil || !(o.FullCost > 0) {
		t.Fatalf("%v, %v", o, err)
	}
	x, err := o.Set.Axis("full")
	if n := x.End(&o.Set.Arms[0].Runs[0]); err != nil || !(n > 4 && n < 5.0001) {
		t.Errorf("%g full trainings, %v", n, err)
	}
}

// What searchers took themselves is known of the runs that a process ran, and kept nowhere.
func TestAskTell(t *testing.T) {
	s := fidelities(1)
	s.Trials = 200
	dir := filepath.Join(t.TempDir(), "e")
	o, err := open(t, s).Run(context.Background(), Options{Procs: 1, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for a, own := range o.AskTell {
		if !(own > 0 && own < 60) {
			t.Errorf("%s: %g s", o.Arms[a].Label, own)
		}
	}
	listen(nil)
	again, err := open(t, s).Run(context.Background(), Options{Procs: 1, Dir: dir})
	if err != nil || again.AskTell != nil && !(again.AskTell[0] > 0) {
		t.Errorf("%+v, %v", again, err)
	}
	back, err := Load(dir)
	if err != nil || back.AskTell != nil {
		t.Errorf("read back: %v, %v", back.AskTell, err)
	}
}
