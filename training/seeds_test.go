package training

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
)

func trainSeeds(t *testing.T, s Seeds) []Tested {
	t.Helper()
	out, err := s.Run(context.Background(), digits(t), device.CPU[float32]())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// How many are trained at a time changes nothing, seeds can be added, and what is tested is what
// the file holds.
func TestSeeds(t *testing.T) {
	one := Seeds{Job: sessionJob(3), Count: 2, Procs: 1, Dir: filepath.Join(t.TempDir(), "one")}
	a := trainSeeds(t, one)
	two := one
	two.Procs, two.Count, two.Dir = 3, 3, filepath.Join(t.TempDir(), "deep", "two")
	b := trainSeeds(t, two)
	one.Count = 3
	heard := map[uint64]int{}
	one.Observer = onEpoch(func(seed uint64) { heard[seed]++ })
	c := trainSeeds(t, one)
	if len(heard) != 1 || heard[3] != 3 {
		t.Errorf("with a third seed it trained %v", heard)
	}
	for i := range c {
		seed := c[i].Seed
		if seed != uint64(i+1) || b[i].Seed != seed || b[i].Test.Correct != c[i].Test.Correct {
			t.Errorf("seed %d: %+v and %+v", i+1, b[i].Test, c[i].Test)
		}
		sameFolder(t, "several at a time", folderOf(t, one.seedDir(seed)), folderOf(t, two.seedDir(seed)))
		ck, err := Load(c[i].Checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		r, err := ck.Open(digits(t), device.CPU[float32]())
		if err != nil {
			t.Fatal(err)
		}
		e, err := r.Test(context.Background())
		r.Close()
		if err != nil || e.Correct != c[i].Test.Correct || e.Images != 359 {
			t.Errorf("seed %d: %v, %+v, want %+v", seed, err, e, c[i].Test)
		}
		if filepath.Base(c[i].Checkpoint) != BestName || c[i].Chosen.Epoch != Best(c[i].History) || len(c[i].History) != 3 {
			t.Errorf("seed %d: %s of epoch %d", seed, c[i].Checkpoint, c[i].Chosen.Epoch)
		}
		if i < 2 && a[i].Test.Correct != c[i].Test.Correct {
			t.Errorf("seed %d: %d, then %d", seed, a[i].Test.Correct, c[i].Test.Correct)
		}
	}
	one.Final = true
	if d := trainSeeds(t, one); filepath.Base(d[0].Checkpoint) != LastName || d[0].Chosen.Epoch != 3 {
		t.Errorf("%s of epoch %d", d[0].Checkpoint, d[0].Chosen.Epoch)
	}
	if speed := one.Job.Speed(digits(t), c[0].History); !(speed > 0) || math.IsInf(speed, 0) {
		t.Errorf("%v images a second", speed)
	}
}

// A folder is of one job, and what fails before a checkpoint leaves none.
func TestSeedsRefuse(t *testing.T) {
	s := Seeds{Job: sessionJob(1), Count: 1, Procs: 1, Dir: filepath.Join(t.TempDir(), "s")}
	trainSeeds(t, s)
	for _, c := range []struct {
		name, want string
		keeps      bool // the folder was there
		edit       func(*Seeds)
		is         error
	}{
		{"other job", "job.json: was begun with recipe.Batch 128, this job has 64", true, func(s *Seeds) { s.Job.Recipe.Batch = 64 }, evolve.ErrInvalid},
		{"other job, other seed", "job.json: was begun with space nb201, this job has darts", true, func(s *Seeds) { s.Job.Space, s.Job.Seed = "darts", 7 }, evolve.ErrInvalid},
		{"recipe", "learning rate NaN", false, func(s *Seeds) { s.Job.Recipe.LR = math.NaN() }, evolve.ErrInvalid},
		{"batch", "seed 1: batch 2000 is larger than the training split of 1079 images", false, func(s *Seeds) { s.Job.Recipe.Batch = 2000 }, evolve.ErrInvalid},
		{"diverges", "training has diverged", false, func(s *Seeds) {
			s.Job.Recipe.Solver, s.Job.Recipe.LR, s.Job.Recipe.Clip, s.Job.Recipe.WeightDecay, s.Job.Recipe.Momentum = "sgd", 100, 0, 1, 0.99
		}, evolve.ErrFailed},
		{"memory of all", "and may take 0.2: want", false, func(s *Seeds) { s.Count, s.Procs, s.Memory = 4, 4, 1<<20 }, evolve.ErrFailed},
	} {
		k := s
		if !c.keeps {
			k.Dir = filepath.Join(t.TempDir(), "new")
		}
		c.edit(&k)
		before, _ := os.ReadDir(k.Dir)
		_, err := k.Run(context.Background(), digits(t), device.CPU[float32]())
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want …%s", c.name, err, c.want)
		}
		after, _ := os.ReadDir(k.Dir)
		if len(before) != len(after) {
			t.Errorf("%s: %d entries, then %d", c.name, len(before), len(after))
		}
		if _, err := os.Stat(k.Dir); (err == nil) != c.keeps {
			t.Errorf("%s: the folder: %v", c.name, err)
		}
	}
	if err := os.WriteFile(filepath.Join(s.Dir, jobName), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := s.Run(context.Background(), digits(t), device.CPU[float32]())
	if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "job.json: altered: its checksum is not right: remove it to go on") {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(s.Dir, jobName)); err != nil {
		t.Fatal(err)
	}
	other := s
	other.Job.Recipe.Batch = 64
	if _, err := other.Run(context.Background(), digits(t), device.CPU[float32]()); err == nil || !strings.Contains(err.Error(), "was begun with recipe.Batch 128") {
		t.Errorf("without job.json another job: %v", err)
	}
	if err := os.Remove(filepath.Join(s.Dir, jobName)); err != nil {
		t.Fatal(err)
	}
	trainSeeds(t, s)
}

// What is counted is what the folder keeps.
func TestSeedsKept(t *testing.T) {
	s := Seeds{Job: sessionJob(2), Count: 2, Procs: 1, Every: time.Hour, Dir: filepath.Join(t.TempDir(), "s")}
	s.Job.Seed = 3
	ctx, cancel := context.WithCancel(context.Background())
	s.Observer = onEpoch(func(seed uint64) {
		if seed == 4 {
			cancel()
		}
	})
	if _, err := s.Run(ctx, digits(t), device.CPU[float32]()); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if kept := s.Kept(); kept != 3 {
		t.Errorf("%d epochs are kept, want 3", kept)
	}
	for _, name := range []string{"seed-04", "seed-x", "seed-9"} { // none of them is a seed with a checkpoint
		if err := os.Mkdir(filepath.Join(s.Dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		first  uint64
		count  int
		others []uint64
		kept   int
	}{{3, 2, nil, 3}, {4, 1, []uint64{3}, 1}, {1, 3, []uint64{4}, 2}, {5, 7, []uint64{3, 4}, 0}} {
		s.Job.Seed, s.Count = c.first, c.count
		if others, kept := s.Others(), s.Kept(); !slices.Equal(others, c.others) || kept != c.kept {
			t.Errorf("%d seeds from %d: others %v, %d epochs, want %v and %d", c.count, c.first, others, kept, c.others, c.kept)
		}
	}
}

// A stop that cannot write says so.
func TestSeedsUnsaved(t *testing.T) {
	s := Seeds{Job: sessionJob(2), Count: 1, Procs: 1, Every: time.Hour, Dir: filepath.Join(t.TempDir(), "s")}
	ctx, cancel := context.WithCancel(context.Background())
	s.Observer = onEpoch(func(uint64) {
		cancel()
		if err := os.MkdirAll(filepath.Join(s.seedDir(1), LastName), 0o755); err != nil { // a folder in the file's place
			t.Error(err)
		}
	})
	_, err := s.Run(ctx, digits(t), device.CPU[float32]())
	var lost *Unsaved
	if !errors.Is(err, context.Canceled) || !errors.As(err, &lost) || !strings.Contains(err.Error(), "the last epochs are lost: ") {
		t.Error(err)
	}
}

// Counted from the file, parameters are the network's, auxiliary head or not.
func TestCheckpointParams(t *testing.T) {
	for _, edit := range []func(*Job){nil, chained, func(j *Job) { j.Recipe.Average, j.Recipe.Solver = 0.9, "adam" }} {
		r := start(t, digitsJob("nb201", "301003", 1, edit))
		path := filepath.Join(t.TempDir(), "c")
		if err := r.Save(path); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Params()
		if err != nil || got != r.Network.Params() || got == 0 {
			t.Errorf("%d parameters, %v, want %d", got, err, r.Network.Params())
		}
		if all := r.model.Params(); (all > got) != (r.Network.Aux >= 0) {
			t.Errorf("%d parameters with the head, %d without", all, got)
		}
		c.Tensors = slices.DeleteFunc(c.Tensors, func(t Tensor) bool { return strings.HasPrefix(t.Name, "weight ") })
		if _, err := c.Params(); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("without weights: %v", err)
		}
	}
}

// The intervals of Newcombe (Statistics in Medicine 17, 1998), table I, method 3.
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		correct, images int
		low, high       float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}, {29, 29, 0.8830, 1}} {
		low, high := Evaluation{Correct: c.correct, Images: c.images}.Wilson()
		if math.Abs(low-c.low) > 5e-5 || math.Abs(high-c.high) > 5e-5 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", c.correct, c.images, low, high, c.low, c.high)
		}
	}
}

func TestScores(t *testing.T) {
	s := Evaluation{Confusion: [][]int{{3, 1, 0}, {2, 4, 0}, {0, 0, 0}}}.Scores()
	if s[0] != (Score{0, 4, 0.6, 0.75}) || s[1] != (Score{1, 6, 0.8, 4.0 / 6}) {
		t.Errorf("%+v", s)
	}
	if s[2].Images != 0 || !math.IsNaN(s[2].Precision) || !math.IsNaN(s[2].Recall) {
		t.Errorf("a class without images: %+v", s[2])
	}
}

// onEpoch hears of the seed of each epoch that ends.
func onEpoch(hear func(seed uint64)) evolve.Observer {
	return evolve.On(func(e OfSeed) {
		if _, ok := e.Event.(Epoch); ok {
			hear(e.Seed)
		}
	})
}
