package lab

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/long"
)

// A searcher that breaks ends its run and no other. The run has no result, the folder says so, and is the same on any
// number of cores, whether all trials are recorded or none.
func TestBroken(t *testing.T) {
	for _, record := range []string{"incumbents", "all", "none"} {
		s := tiny()
		s.Algos, s.Seeds, s.Record = []string{"test-break", "random"}, 12, record
		dir := filepath.Join(t.TempDir(), "e")
		o, err := runSpec(t, s, dir, 1, context.Background())
		if err != nil {
			t.Fatal(err)
		}
		_, again := finished(t, s, 2)
		same(t, record+": on two cores", files(t, dir), again)
		back, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		var broken []int
		for _, b := range o.Broken {
			if broken = append(broken, b.Run); b.Label != "test-break" || !errors.Is(b.Err, evolve.ErrBroken) ||
				b.Err.Error() != "trial 20: tell: its program died: broken" {
				t.Errorf("%s: %+v", record, b)
			}
		}
		if n := len(broken); n == 0 || n == s.Seeds {
			t.Fatalf("%d of %d runs broke: the test shows nothing", n, s.Seeds)
		}
		for name, o := range map[string]*Outcome{"run": o, "read back": back} {
			arm := o.Set.Arms[0]
			if !slices.Equal(arm.Broken(), broken) || o.Set.Arms[1].Broken() != nil {
				t.Errorf("%s, %s: runs %v and %v broke, want %v", record, name, arm.Broken(), o.Set.Arms[1].Broken(), broken)
			}
			for i, r := range arm.Runs {
				if is := slices.Contains(broken, i); is && (r.Steps != nil || r.Final.Trial != 20 || !math.IsNaN(r.Final.Loss)) || !is && (!r.Found() || r.Final.Trial != 40) {
					t.Errorf("%s, %s: run %d, broken %t, ended with %+v after %d steps", record, name, i, is, r.Final, len(r.Steps))
				}
			}
			if n := len(arm.Summed().Runs); n != s.Seeds-len(broken) {
				t.Errorf("%s, %s: %d runs are summed up", record, name, n)
			}
			if err := o.Broke(); !errors.Is(err, evolve.ErrBroken) || o.Fruitless(dir) != nil {
				t.Errorf("%s, %s: %v, %v", record, name, err, o.Fruitless(dir))
			}
		}
		if _, err := Verify(dir, nil); err != nil {
			t.Error(err)
		}
	}
}

// Who stops an experiment is told of the runs that broke until then.
func TestBrokenAndStopped(t *testing.T) {
	s := tiny()
	s.Algos, s.Seeds, s.Trials = []string{"test-break", "test-error"}, 12, 40
	_, err := runSpec(t, s, filepath.Join(t.TempDir(), "e"), 1, context.Background())
	var stopped *Interrupted
	if !errors.As(err, &stopped) || len(stopped.Broken) == 0 || stopped.Broken[0].Label != "test-break" {
		t.Errorf("%v: %+v", err, stopped)
	}
}

// Where all runs broke, that is why nothing was evaluated; where networks are trained, such a run ends too, and its
// trials stay.
func TestBrokenTrainings(t *testing.T) {
	long.Test(t)
	listen(nil)
	s := trained(1)
	s.Algos, s.Seeds, s.Trials = []string{"test-break"}, 6, 24
	dir := filepath.Join(t.TempDir(), "e")
	o, err := runSpec(t, s, dir, 1, context.Background())
	if err != nil {
		t.Fatal(err)
	}
	broken := o.Set.Arms[0].Broken()
	if len(broken) != len(o.Broken) || len(broken) == 0 || len(broken) == s.Seeds {
		t.Fatalf("runs %v broke, %v", broken, o.Broken)
	}
	if want := fmt.Sprintf("failed, as the searcher broke: test-break, %s: broken", o.Set.Arms[0].BrokenRuns()); o.Broke().Error() != want {
		t.Errorf("%v, want %s", o.Broke(), want)
	}
	s.Algos, s.Seeds = []string{"test-break"}, 1
	for s.Seed = 1; ; s.Seed++ {
		if o, err = runSpec(t, s, "", 1, context.Background()); err != nil {
			t.Fatal(err)
		}
		if len(o.Broken) == 1 {
			break
		}
	}
	if err := o.Fruitless(""); !errors.Is(err, evolve.ErrBroken) {
		t.Errorf("%v", err)
	}
}
