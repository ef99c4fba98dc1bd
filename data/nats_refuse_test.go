package data

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data/nats"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/long"
)

// What is no official folder, nor a part of one, is refused in one line.
func TestNATSImportRefuses(t *testing.T) {
	long.Test(t)
	_, archs := natsSized(t)
	dir := t.TempDir()
	writeNATS(t, filepath.Join(dir, "inner", "files"), archs)
	writeNATS(t, filepath.Join(dir, "two", "a"), archs)
	writeNATS(t, filepath.Join(dir, "two", "b"), archs)
	writeNATS(t, filepath.Join(dir, "one"), map[int]*nats.Arch{284: archs[284]})
	writeNATS(t, filepath.Join(dir, "more"), archs)
	if err := os.WriteFile(filepath.Join(dir, "more", "032768.pickle.pbz2"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "x.tar"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ table, from, msg string }{
		{"nats-sss", "one", "one: 1 of the 32768 files of space sss, want at least 2: invalid"},
		{"nats-sss", "more", "more: 1 files are not of space sss, the first is 032768.pickle.pbz2: invalid"},
		{"nats-tss", "inner", "inner/files: files of space sss, want those of tss: invalid"},
		{"nats-sss", "two", "two: files in 2 folders, a and others, want one: invalid"},
		{"nats-sss", "empty", "empty: no file named as 000000.pickle.pbz2: invalid"},
		{"nats-sss", "x.tar", "x.tar: want the folder that it unpacks to: tar xf x.tar: invalid"},
	} {
		table, err := Lookup(c.table)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = table.Import(context.Background(), filepath.Join(dir, filepath.FromSlash(c.from)))
		if want := filepath.Join(dir, filepath.FromSlash(c.msg)); !errors.Is(err, evolve.ErrInvalid) || err.Error() != want {
			t.Errorf("%s from %s: got %v, want %s", c.table, c.from, err, want)
		}
	}
}

// A part of the files makes a table of their rows, which says of which architectures they are.
func TestNATSImportsPart(t *testing.T) {
	answers, archs := natsSized(t)
	dir := t.TempDir()
	writeNATS(t, filepath.Join(dir, "files"), archs)
	t.Setenv("AMOEBA_DATA", filepath.Join(dir, "home"))
	table, err := Lookup("nats-sss")
	if err != nil {
		t.Fatal(err)
	}
	f, found, err := table.Import(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := "3 architectures from as many official files, 60 training runs, all measured; a pool, as 32765 of the 32768 files are missing, the first is 000001.pickle.pbz2"; found != want {
		t.Errorf("found %q, want %q", found, want)
	}
	if _, err := f.Write(); err != nil {
		t.Fatal(err)
	}
	if s := table.Verify(); s.Err != nil {
		t.Error(s.Err)
	}
	if f, err = Open("nats-sss"); err != nil {
		t.Fatal(err)
	}
	indices, err := NATSIndices(f, table.Rows)
	if err != nil || !slices.Equal(indices, []int{0, 11, 284}) {
		t.Errorf("%v, %v", indices, err)
	}
	for _, a := range answers {
		a.check(t, f, slices.Index(indices, a.Index))
	}
	for _, bad := range [][]uint32{{0, 11, 32768}, {11, 0, 284}, {0, 0, 284}} {
		g := &Frame{Table: "nats-sss", Rows: 3}
		g.AddUint32s(natsIndex, bad)
		if err := table.check(g); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "want rising ones below 32768") {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestNATSCollectRefuses(t *testing.T) {
	_, archs := natsSized(t)
	for _, c := range []struct {
		name   string
		change func(s *nats.Schedule)
		msg    string
	}{
		{"no validation", func(s *nats.Schedule) { dropEval(s, "cifar100", "x-valid") }, "architecture 284, schedule 12, cifar100: no validation after the last epoch: invalid"},
		{"no test", func(s *nats.Schedule) { dropEval(s, "cifar10", "ori-test") }, "architecture 284, schedule 12, cifar10: no test after the last epoch: invalid"},
		{"no runs", func(s *nats.Schedule) {
			s.Runs = slices.DeleteFunc(s.Runs, func(r nats.Run) bool { return r.Dataset == "ImageNet16-120" })
		}, "architecture 284, schedule 12, imagenet16: 0 runs, want 1 to 6: invalid"},
		{"many runs", func(s *nats.Schedule) {
			for seed := range 7 {
				r := s.Runs[len(s.Runs)-1]
				r.Seed = seed
				s.Runs = append(s.Runs, r)
			}
		}, "architecture 284, schedule 12, imagenet16: 10 runs, want 1 to 6: invalid"},
	} {
		dir := t.TempDir()
		a := *archs[284]
		a.Schedules = slices.Clone(a.Schedules)
		a.Schedules[1].Runs = slices.Clone(a.Schedules[1].Runs)
		c.change(&a.Schedules[1])
		writeNATS(t, dir, map[int]*nats.Arch{284: &a})
		folder, err := nats.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := collectNATS(context.Background(), folder); !errors.Is(err, evolve.ErrInvalid) || err.Error() != dir+": "+c.msg {
			t.Errorf("%s: got %v, want %s", c.name, err, c.msg)
		}
	}
}

// dropEval takes an evaluation from every run on a data set.
func dropEval(s *nats.Schedule, dataset, split string) {
	for i := range s.Runs {
		if r := &s.Runs[i]; r.Dataset == dataset {
			r.Evals = slices.DeleteFunc(slices.Clone(r.Evals), func(e nats.Eval) bool { return e.Split == split })
		}
	}
}

func TestNATSImportStops(t *testing.T) {
	_, archs := natsSized(t)
	dir := t.TempDir()
	writeNATS(t, dir, archs)
	folder, err := nats.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := collectNATS(ctx, folder); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
}

func TestNATSCheck(t *testing.T) {
	for _, c := range []struct {
		column string
		value  float64
		msg    string
	}{
		{"cifar10_test_200_0", 0, ""},
		{"cifar10_test_200_0", 100, ""},
		{"cifar10_test_200_1", math.NaN(), ""},
		{"cifar10_latency_s", math.NaN(), ""},
		{"cifar100_val_200@25_0", math.NaN(), ""},
		{"cifar10_test_200_0", math.NaN(), "row 1 has cifar10_test_200_0 NaN, want 0 to 100 per cent: invalid"},
		{"cifar10_test_200_2", 100.1, "row 1 has cifar10_test_200_2 100.1, want 0 to 100 per cent: invalid"},
		{"cifar100_val_200@25_0", -1, "row 1 has cifar100_val_200@25_0 -1, want 0 to 100 per cent: invalid"},
		{"cifar100_seconds_200@25", 0, "row 1 has cifar100_seconds_200@25 0, want a positive number: invalid"},
		{"cifar100_train_s_12", math.NaN(), "row 1 has cifar100_train_s_12 NaN, want a positive number: invalid"},
		{"cifar100_params_m", math.Inf(1), "row 1 has cifar100_params_m +Inf, want a positive number: invalid"},
	} {
		f := &Frame{Table: "nats-tss", Rows: 2}
		f.AddFloats(c.column, []float64{1, c.value})
		if err := checkNATSValues(f); (err == nil) != (c.msg == "") || err != nil && (err.Error() != "nats-tss: "+c.msg || !errors.Is(err, evolve.ErrInvalid)) {
			t.Errorf("%s: got %v, want %s", c.column, err, c.msg)
		}
	}
	if err := checkNATS(&Frame{Table: "nats-sss", Rows: 3}, nats.Size); err == nil || err.Error() != "nats-sss: 3 rows, want 32768: invalid" {
		t.Errorf("three rows: %v", err)
	}
}

func TestNATSCounts(t *testing.T) {
	f, params := countedFrame()
	f.AddFloats("imagenet16_params_m", params)
	if err := countNATS(f); err != nil {
		t.Error(err)
	}
	f, params = countedFrame()
	params[777] += 1e-6
	f.AddFloats("imagenet16_params_m", params)
	if err := countNATS(f); err == nil || !strings.HasPrefix(err.Error(), "nats-tss: cell 777 has ") || !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("a parameter too many: %v", err)
	}
}

func TestNATSRunsRefuses(t *testing.T) {
	f := &Frame{Table: "nats-tss", Rows: 2}
	f.AddFloats("a_0", []float64{1, math.NaN()})
	f.AddFloats("a_1", []float64{math.NaN(), 2})
	if _, _, err := NATSRuns(f, "a"); err == nil || err.Error() != "nats-tss: row 1 has run 1 of a, and not those before: invalid" {
		t.Errorf("a gap: %v", err)
	}
	if _, _, err := NATSRuns(f, "b"); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("no column: %v", err)
	}
}
