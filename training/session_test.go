package training

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
)

func TestBest(t *testing.T) {
	for _, c := range []struct {
		correct []int
		want    int
	}{{nil, 0}, {[]int{0}, 1}, {[]int{3, 3, 3}, 1}, {[]int{3, 5, 4, 5}, 2}, {[]int{1, 2, 3}, 3}} {
		var h []Epoch
		for _, k := range c.correct {
			h = append(h, Epoch{ValCorrect: k})
		}
		if got := Best(h); got != c.want {
			t.Errorf("%v: epoch %d, want %d", c.correct, got, c.want)
		}
	}
}

func sessionJob(epochs int) Job {
	return digitsJob("nb201", "301003", epochs, func(j *Job) { j.Net.F, j.Recipe.Batch, j.Recipe.Average = 4, 128, 0.9 })
}

// folderOf are a session's files, the journal without what a clock said.
func folderOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(text)
	}
	var lines []string
	epochs, err := parseEpochs(strings.NewReader(out[EpochsName]))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range epochs {
		if e.Seconds <= 0 {
			t.Errorf("%s: epoch %d has no time", dir, e.Epoch)
		}
		e.Seconds, e.ValTime = 0, 0
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	out[EpochsName] = strings.Join(lines, "\n")
	return out
}

// ending is a context that ends when it is asked, or once it has been.
type ending struct {
	context.Context
	ends, late bool
}

func (e *ending) Err() error {
	if e.ends && !e.late {
		return context.Canceled
	}
	e.late = e.late && !e.ends
	return nil
}

func sameFolder(t *testing.T, what string, want, got map[string]string) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%s: %d files, want %d", what, len(got), len(want))
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s: %s differs from that of a session that was never stopped", what, name)
		}
	}
}

func trainSession(t *testing.T, s Session, j Job) {
	t.Helper()
	if err := s.Train(context.Background(), j, digits(t), device.CPU[float32]()); err != nil {
		t.Fatal(err)
	}
}

// Stopped anywhere and begun again, a session ends as one that never was.
func TestSessionGoesOn(t *testing.T) {
	const epochs, stop = 6, 4
	j := sessionJob(epochs)
	whole := Session{Dir: filepath.Join(t.TempDir(), "whole")}
	trainSession(t, whole, j)
	want := folderOf(t, whole.Dir)
	last, err := Load(filepath.Join(whole.Dir, LastName))
	if err != nil {
		t.Fatal(err)
	}
	best, err := Load(filepath.Join(whole.Dir, BestName))
	if err != nil {
		t.Fatal(err)
	}
	if len(want) != 3 || len(last.History) != epochs || len(best.History) != Best(last.History) {
		t.Fatalf("%d files, %d epochs, best of epoch %d, want %d", len(want), len(last.History), len(best.History), Best(last.History))
	}
	for _, c := range []struct {
		name   string
		every  time.Duration
		done   int  // epochs that the second process finds
		within bool // an epoch the context ends
		meddle,
		again func(dir string) error
	}{
		{name: "a checkpoint an epoch", done: stop},
		{name: "a checkpoint at the stop alone", done: stop, every: time.Hour},
		{name: "stopped within an epoch", done: stop, every: time.Hour, within: true},
		// A full disk, when the first checkpoint was written: of three files there is one.
		{name: "a journal alone", meddle: func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, LastName)), os.Remove(filepath.Join(dir, BestName)))
		}},
		// Killed after it wrote the best weights and before the last.
		{name: "best is ahead", done: stop, meddle: func(dir string) error {
			return os.WriteFile(filepath.Join(dir, BestName), []byte(want[BestName]), 0o644)
		}},
		// Killed while it wrote.
		{name: "litter", done: stop, meddle: func(dir string) error {
			return os.WriteFile(filepath.Join(dir, ".amoeba-last.ckpt.1.tmp"), []byte("half"), 0o644)
		}},
	} {
		s := Session{Dir: filepath.Join(t.TempDir(), "stopped"), Every: c.every}
		ctx := &ending{Context: context.Background()}
		s.Observer = evolve.On(func(e Epoch) {
			if e.Epoch == stop {
				ctx.ends, ctx.late = true, c.within
			}
		})
		if err := s.Train(ctx, j, digits(t), device.CPU[float32]()); !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: %v", c.name, err)
		}
		if c.meddle != nil {
			if err := c.meddle(s.Dir); err != nil {
				t.Fatal(err)
			}
		}
		var began, heard []int
		s.Observer = func(e evolve.Event) {
			switch e := e.(type) {
			case Began:
				began = append(began, e.Done)
			case Epoch:
				heard = append(heard, e.Epoch)
			}
		}
		trainSession(t, s, j)
		if len(began) != 1 || began[0] != c.done || len(heard) != epochs-c.done || heard[0] != c.done+1 {
			t.Errorf("%s: began with %v epochs and trained %v", c.name, began, heard)
		}
		sameFolder(t, c.name, want, folderOf(t, s.Dir))
		heard = nil
		trainSession(t, s, j)
		if len(heard) > 0 {
			t.Errorf("%s: a finished session trained %v", c.name, heard)
		}
	}
}

// What cannot be gone on with is refused, with the reason, and left as it is.
func TestSessionRefuses(t *testing.T) {
	j := sessionJob(2)
	dir := filepath.Join(t.TempDir(), "s")
	trainSession(t, Session{Dir: dir}, j)
	files := folderOf(t, dir)
	truncated := func(name string) func() {
		return func() { os.WriteFile(filepath.Join(dir, name), []byte(files[name][:len(files[name])/2]), 0o644) }
	}
	first := filepath.Join(t.TempDir(), "first")
	trainSession(t, Session{Dir: first}, sessionJob(1))
	for _, c := range []struct {
		want   string
		meddle func()
		edit   func(*Job)
	}{
		{want: "was begun with recipe.LR 0.1, this job has 0.2", edit: func(j *Job) { j.Recipe.LR = 0.2 }},
		{want: "was begun with recipe.Epochs 2, this job has 3", edit: func(j *Job) { j.Recipe.Epochs = 3 }},
		{want: "was begun with recipe.Augment.Flip false, this job has true", edit: func(j *Job) { j.Recipe.Augment.Flip = true }},
		{want: "was begun with arch 301003, this job has 301004", edit: func(j *Job) { j.Arch = "301004" }},
		{want: "was begun with net.F 4, this job has 8", edit: func(j *Job) { j.Net.F = 8 }},
		{want: "was begun with seed 1, this job has 18446744073709551615", edit: func(j *Job) { j.Seed = 1<<64 - 1 }},
		{want: "altered; remove " + dir + " to train this seed again: ", meddle: truncated(LastName)},
		{want: "altered; remove " + dir + " to train this seed again: ", meddle: truncated(BestName)},
		{want: "best.ckpt is not beside " + filepath.Join(dir, LastName) + "; remove " + dir + " to", meddle: func() { os.Remove(filepath.Join(dir, BestName)) }},
		{want: "was begun with recipe.Epochs 1, this job has 2", meddle: func() {
			text, _ := os.ReadFile(filepath.Join(first, BestName))
			os.WriteFile(filepath.Join(dir, BestName), text, 0o644)
		}},
	} {
		if c.meddle != nil {
			c.meddle()
		}
		k := j
		if c.edit != nil {
			c.edit(&k)
		}
		s := Session{Dir: dir}
		err := s.Train(context.Background(), k, digits(t), device.CPU[float32]())
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want …%s…", err, c.want)
		}
		for _, name := range []string{LastName, BestName} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(files[name]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := Session{Dir: filepath.Join(dir, "new"), Memory: 1 << 10}
	err := s.Train(context.Background(), j, digits(t), device.CPU[float32]())
	if !errors.Is(err, evolve.ErrFailed) || !strings.Contains(err.Error(), "of memory and may take 0.0: want") {
		t.Error(err)
	}
	if _, err := os.Stat(s.Dir); err == nil {
		t.Error("a refused session made its folder")
	}
}

// Without its journal a session lacks nothing but times; a damaged one is refused.
func TestSessionWithoutJournal(t *testing.T) {
	j := sessionJob(3)
	s := Session{Dir: filepath.Join(t.TempDir(), "s")}
	ctx, cancel := context.WithCancel(context.Background())
	s.Observer = evolve.On(func(e Epoch) {
		if e.Epoch == 2 {
			cancel()
		}
	})
	if err := s.Train(ctx, j, digits(t), device.CPU[float32]()); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s.Observer = nil
	path := filepath.Join(s.Dir, EpochsName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for bad, want := range map[string]string{
		"{":                          "line 1 (byte 0): cut or altered, it has no end",
		string(whole[:len(whole)-3]): "line 2 (byte ",
		strings.Replace(string(whole), `"val_seconds":0.`, `"val_seconds":1.`, 1): "line 1 (byte 0): altered: its checksum is not right",
		`{"epoch":1}` + "\n":          "line 1 (byte 0): no checksum: an earlier build of amoeba wrote it",
		string(whole) + string(whole): "epoch 1, want 3",
	} {
		if err := os.WriteFile(path, []byte(bad), 0o644); err != nil {
			t.Fatal(err)
		}
		err := s.Train(context.Background(), j, digits(t), device.CPU[float32]())
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "remove the file to go on without the seconds of past epochs") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	trainSession(t, s, j)
	text, err := os.ReadFile(path)
	if err != nil || bytes.Count(text, []byte("\n")) != 3 || bytes.Count(text, []byte(`"seconds":0,`)) != 2 {
		t.Errorf("%v: %s", err, text)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	trainSession(t, s, j) // has ended, and lacks its journal
	text, err = os.ReadFile(path)
	if err != nil || bytes.Count(text, []byte(`"seconds":0,`)) != 3 {
		t.Errorf("%v: %s", err, text)
	}
}
