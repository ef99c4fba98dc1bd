package lab

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/long"
)

// An experiment of which every trial failed says how many and why; others are no error.
func TestFruitless(t *testing.T) {
	long.Test(t)
	listen(nil)
	heard.fails = true
	dir := filepath.Join(t.TempDir(), "e")
	o, err := runSpec(t, trained(1), dir, 1, context.Background())
	if err != nil {
		t.Fatal(err)
	}
	back, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []*Outcome{o, back} {
		err := o.Fruitless(dir)
		want := "nothing was evaluated: all 32 trials failed; trial 1 of " + o.Arms[0].Label + ", run 0: out of memory: "
		if !errors.Is(err, evolve.ErrFailed) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s…", err, want)
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, runsFolder)); err != nil {
		t.Fatal(err)
	}
	if err := back.Fruitless(dir); !errors.Is(err, evolve.ErrFailed) || !strings.Contains(err.Error(), "all 32 trials failed") {
		t.Errorf("without the runs' folders: %v", err)
	}
	s := trained(1)
	s.Trials, s.Budget, s.Seeds = 0, 1e-12, 1
	listen(nil)
	if o, err = runSpec(t, s, "", 1, context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := o.Fruitless(""); err == nil || !strings.Contains(err.Error(), "no trial ended within the bounds") {
		t.Errorf("a budget too small for a trial: %v", err)
	}
	dir = filepath.Join(t.TempDir(), "e")
	listen(nil)
	if o, err = runSpec(t, s, dir, 1, context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := o.Fruitless(dir); err == nil || !strings.Contains(err.Error(), "no trial ended within the bounds: the first trial "+
		"ended at ") || !strings.Contains(err.Error(), " s: want a --budget of as much, or --overshoot count") {
		t.Errorf("a budget too small for a trial, in a folder: %v", err)
	}
	listen(nil)
	if _, _, o := once(t, trained(1), 1); o.Fruitless("") != nil {
		t.Errorf("one in which trials were evaluated: %v", o.Fruitless(""))
	}
	s = tiny()
	s.Benchmark, s.Budget, s.Trials = "bits,length=12,cost=10", 1, 0
	if o, err = runSpec(t, s, "", 1, context.Background()); err != nil {
		t.Fatal(err)
	}
	want := "nothing was evaluated: no trial ended within the bounds: a full training takes 1 epoch and 10 s in the mean, " +
		"which is --full 1: want bounds of as much, or --overshoot count"
	if err := o.Fruitless(""); !errors.Is(err, evolve.ErrFailed) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// Who has found nothing yet is named.
func TestSoFarWaiting(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "e")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	listen(func(epochs int) {
		if epochs == 2*fakeEpochs+1 {
			cancel()
		}
	})
	if _, err := runSpec(t, trained(1), dir, 1, ctx); err == nil {
		t.Fatal("was not stopped")
	}
	o, err := LoadSoFar(dir)
	if err != nil || len(o.Set.Arms) != 1 || o.Set.Unfinished != 4 || !slices.Equal(o.Set.Waiting, []string{"random"}) {
		t.Errorf("%+v, %v", o, err)
	}
}

// What amoeba train and table build made takes no experiment.
func TestOthersFolders(t *testing.T) {
	for name, is := range map[string]string{"job.json": "holds a training", "table.json": "holds a table"} {
		dir := t.TempDir()
		put(t, dir, map[string]string{name: "{}\n"})
		_, err := runSpec(t, tiny(), dir, 1, context.Background())
		if !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), dir+" "+is) || !strings.Contains(err.Error(), "--out") {
			t.Errorf("%s: %v", name, err)
		}
		same(t, name, map[string]string{name: "{}\n"}, files(t, dir))
	}
}
