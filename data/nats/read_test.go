package nats

import (
	"bytes"
	"compress/bzip2"
	"errors"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/long"
	"github.com/amoeba-nas/amoeba/internal/shared"
	"github.com/google/go-cmp/cmp"
)

func upTo(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

func TestOfficialSamples(t *testing.T) {
	a := sample(t, 284)
	var runs []runID
	for _, s := range a.Schedules {
		for _, r := range s.Runs {
			runs = append(runs, runID{r.Dataset, r.Seed})
			if r.TrainTop5 == nil != (s.Name == "200") || len(r.Latency) != 1 || r.Params < 0.1 || r.Params > 0.11 {
				t.Errorf("schedule %s, %s %d: %d top-5 accuracies, latency %v, %v million parameters", s.Name, r.Dataset, r.Seed, len(r.TrainTop5), r.Latency, r.Params)
			}
		}
	}
	want := []runID{{"cifar10-valid", 111}, {"cifar10-valid", 777}, {"cifar10", 111}, {"cifar100", 111}, {"ImageNet16-120", 111}}
	for _, dataset := range []string{"cifar10-valid", "cifar10", "cifar100", "ImageNet16-120"} {
		want = append(want, runID{dataset, 777}, runID{dataset, 888}, runID{dataset, 999})
	}
	if !slices.Equal(runs, want) {
		t.Errorf("runs %v, want %v", runs, want)
	}
	for _, c := range []struct {
		run    int
		split  string
		epochs []int
		last   float64
	}{
		{0, "x-valid", upTo(200), 0}, {0, "ori-test", []int{199}, 85.83},
		{3, "ori-test", upTo(200), 88.73},
		{6, "x-valid", []int{199}, 0}, {6, "x-test", []int{199}, 63.0}, {6, "ori-test", upTo(200), 0},
		{9, "x-test", []int{199}, 32.59999996439616},
	} {
		r := &a.Schedule("200").Runs[c.run]
		e := r.Eval(c.split)
		if !slices.Equal(e.Epochs, c.epochs) || len(e.Acc) != len(c.epochs) || len(e.Loss) != len(c.epochs) || len(e.Seconds) != 200 {
			t.Errorf("%s %d, %s: epochs %v, %d times", r.Dataset, r.Seed, c.split, e.Epochs, len(e.Seconds))
		}
		if c.last != 0 && e.Acc[len(e.Acc)-1] != c.last {
			t.Errorf("%s %d, %s: ends with %v %%, want %v", r.Dataset, r.Seed, c.split, e.Acc[len(e.Acc)-1], c.last)
		}
	}
	first := a.Schedule("200").Runs[0]
	if first.TrainAcc[0] != 24.451999995117188 || first.TrainLoss[199] != 0.12270392399311066 || first.TrainSeconds[7] != 4.875794370969136 || first.FLOPs != 11.71521 {
		t.Errorf("run of seed 777: %v %%, loss %v, %v s, %v million operations", first.TrainAcc[0], first.TrainLoss[199], first.TrainSeconds[7], first.FLOPs)
	}
}

// Newer files may have keys that nobody reads, numbers as whole numbers, seeds as
// numbers and diverged losses.
func TestReadIsKind(t *testing.T) {
	d, run := toy()
	want, err := Read(bytes.NewReader(squeezed(t, pickled(d))))
	if err != nil {
		t.Fatal(err)
	}
	d.set("11", "another schedule")
	d.at("12").(*dict).set("comment", newList("new"))
	run.set("f1_scores", newDict())
	run.set("params", 3)
	run.set("seed", 777)
	run.set("train_losses", newDict(0, math.NaN()))
	got, err := decode(pickled(&odict{*d}))
	if err != nil {
		t.Fatal(err)
	}
	r := &got.Schedules[0].Runs[0]
	if r.Params != 3 || !math.IsNaN(r.TrainLoss[0]) {
		t.Errorf("%v parameters, loss %v", r.Params, r.TrainLoss)
	}
	r.Params, r.TrainLoss = want.Schedules[0].Runs[0].Params, want.Schedules[0].Runs[0].TrainLoss
	if d := cmp.Diff(want.Schedules, got.Schedules); d != "" {
		t.Error(d)
	}
}

func TestReadFileChecksTheName(t *testing.T) {
	d, _ := toy()
	dir := t.TempDir()
	if a, err := ReadFile(writeFile(t, dir, "copy.pbz2", d)); err != nil || a.Index != 12 {
		t.Errorf("another name: %v, error %v", a, err)
	}
	_, err := ReadFile(writeFile(t, dir, "000013.pickle.pbz2", d))
	if msg := "000013.pickle.pbz2: holds architecture 12: invalid"; err == nil || err.Error() != msg {
		t.Errorf("got %v, want %s", err, msg)
	}
	if _, err := ReadFile(dir + "/none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// badFile says that an error is of a bad file and has one line.
func badFile(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, evolve.ErrInvalid) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 700 {
		t.Errorf("%s: error %v", what, err)
	}
}

func TestDamagedSamples(t *testing.T) {
	long.Test(t)
	path := shared.Path(t, "data", "nats-official-samples", nameOf(11))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := sample(t, 11)
	for _, n := range []int{0, 1, 3, 4, 10, 1000, len(whole) / 2, len(whole) - 1} {
		_, err := Read(bytes.NewReader(whole[:n]))
		badFile(t, "truncated", err)
	}
	for bit := 3; bit < 8*len(whole); bit += 8*len(whole)/40 + 1 {
		flipped := bytes.Clone(whole)
		flipped[bit/8] ^= 1 << (bit % 8)
		// bzip2 leaves a few bits without a meaning.
		if a, err := Read(bytes.NewReader(flipped)); err != nil {
			badFile(t, "flipped", err)
		} else if !cmp.Equal(want.Schedules, a.Schedules) {
			t.Errorf("bit %d flipped gives other numbers", bit)
		}
	}
	// The same to what the pickle says, which no checksum guards.
	data, err := io.ReadAll(bzip2.NewReader(bytes.NewReader(whole)))
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for bit := 5; bit < 8*len(data); bit += 8*len(data)/150 + 1 {
		data[bit/8] ^= 1 << (bit % 8)
		if _, err := decode(data); err != nil {
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 700 {
				t.Errorf("flipped in the pickle: error %v", err)
			}
			refused++
		}
		data[bit/8] ^= 1 << (bit % 8)
	}
	if refused < 10 { // most bits are of numbers
		t.Errorf("only %d flips were seen", refused)
	}
}

func TestBomb(t *testing.T) {
	// 256 MiB of zeros in a few kB: 64 streams one after the other.
	bomb := bytes.Repeat(squeezed(t, make([]byte, 4<<20)), 64)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read(bytes.NewReader(bomb))
	runtime.ReadMemStats(&after)
	badFile(t, "bomb", err)
	if err != nil && !strings.Contains(err.Error(), "bzip2: more than 4194304 bytes") {
		t.Errorf("error %v", err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
		t.Errorf("a bomb of %d bytes took %d", len(bomb), got)
	}
}

// A failing disk is not a bad file.
func TestReaderFails(t *testing.T) {
	failed := errors.New("the disk is gone")
	_, err := Read(io.MultiReader(strings.NewReader("BZh9"), iotest.ErrReader(failed)))
	if !errors.Is(err, failed) || errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("error %v", err)
	}
}
