package training

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/training/device"
)

// Files of a session's folder.
const (
	LastName   = "last.ckpt"    // of the last epoch that was saved
	BestName   = "best.ckpt"    // of the epoch of [Best]
	EpochsName = "epochs.jsonl" // an [Epoch] a line, as the history of last.ckpt has them
)

// Session trains one seed in a folder, so that a stopped one is gone on with exactly: its numbers
// are those of a session that was never stopped, the measured seconds apart.
type Session struct {
	Dir    string
	Every  time.Duration // least time between two checkpoints; the last epoch always has one
	Memory int           // most bytes that [Run.Memory] may be; 0: any
	// Began, if not nil, hears how many epochs the folder has, Heard of every further one.
	Began func(done int)
	Heard func(Epoch)
}

// Best is the number of the epoch with the highest validation accuracy, the first of equals; 0
// for no epochs. Nothing else chooses weights.
func Best(history []Epoch) int {
	best := 0
	for i, e := range history {
		if best == 0 || e.ValCorrect > history[best-1].ValCorrect {
			best = i + 1
		}
	}
	return best
}

// Train trains what the folder lacks of a job. It refuses the folder of another job.
func (s *Session) Train(ctx context.Context, j Job, data *Data, dev device.Device[float32]) error {
	j.Data, j.Net.Input, j.Net.Classes = data.Set.Name, data.Shape(), data.Set.Classes
	c, err := s.past(j)
	if err != nil {
		return err
	}
	done := 0
	if c != nil {
		done = len(c.History)
	}
	if s.Began != nil {
		s.Began(done)
	}
	if done == j.Recipe.Epochs {
		return nil
	}
	var r *Run
	if c == nil {
		j.Memory = s.Memory
		r, err = Start(j, data, dev)
	} else {
		c.Memory = s.Memory
		r, err = Resume(c, data, dev)
	}
	if err != nil {
		return err
	}
	defer r.Close() // of a run that is done with, whose error says nothing about its numbers
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return err
	}
	if err := durable.RemoveLeft(s.Dir); err != nil {
		return err
	}
	return s.train(ctx, r)
}

func (s *Session) train(ctx context.Context, r *Run) error {
	s.timed(r.History)
	var best []byte // a checkpoint that is not written yet
	saved := time.Now()
	for r.Done() < r.Recipe.Epochs {
		e, err := r.Next(ctx)
		if err != nil {
			return err
		}
		if s.Heard != nil {
			s.Heard(e)
		}
		if Best(r.History) == r.Done() {
			if best, err = r.marshal(); err != nil {
				return err
			}
		}
		if r.Done() < r.Recipe.Epochs && time.Since(saved) < s.Every {
			continue
		}
		if err := s.save(r, best); err != nil {
			return err
		}
		best, saved = nil, time.Now()
	}
	return nil
}

// save writes last.ckpt at the end: what the other files have of epochs after it is found again
// on the way there, what they lack would be missing.
func (s *Session) save(r *Run, best []byte) error {
	err := durable.WriteFile(filepath.Join(s.Dir, EpochsName), func(w io.Writer) error {
		enc := json.NewEncoder(w)
		for _, e := range r.History {
			if err := enc.Encode(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if best != nil {
		err := durable.WriteFile(filepath.Join(s.Dir, BestName), func(w io.Writer) error {
			_, err := w.Write(best)
			return err
		})
		if err != nil {
			return err
		}
	}
	return r.Save(filepath.Join(s.Dir, LastName))
}

// timed fills in the measured seconds, which checkpoints do not keep. Of a journal that is gone
// or damaged they are not known: they are no part of the results.
func (s *Session) timed(history []Epoch) {
	f, err := os.Open(filepath.Join(s.Dir, EpochsName))
	if err != nil {
		return
	}
	defer f.Close()
	d := json.NewDecoder(f)
	for i := range history {
		var e Epoch
		if d.Decode(&e) != nil || e.Epoch != history[i].Epoch {
			return
		}
		history[i].Seconds, history[i].ValTime = e.Seconds, e.ValTime
	}
}

// past is the last checkpoint of the folder, nil where it has none.
func (s *Session) past(j Job) (*Checkpoint, error) {
	c, err := Load(filepath.Join(s.Dir, LastName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := refuseOther(c.Path, c.Job, j); err != nil {
		return nil, err
	}
	best, err := Load(filepath.Join(s.Dir, BestName))
	if err != nil {
		return nil, fmt.Errorf("beside %s: %w; want both files of one run, or neither, to begin again", c.Path, err)
	}
	if err := refuseOther(best.Path, best.Job, j); err != nil {
		return nil, err
	}
	if have, want := len(best.History), Best(c.History); have < want {
		return nil, fmt.Errorf("%s: is of epoch %d, and the best in %s is %d: want the two files of one run: %w", best.Path, have, LastName, want, evolve.ErrInvalid)
	}
	return c, nil
}

// refuseOther says in which key two jobs differ.
func refuseOther(path string, have, want any) error {
	var maps [2]any
	for i, v := range []any{have, want} {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber() // seeds are not rounded
		if err := d.Decode(&maps[i]); err != nil {
			return err
		}
	}
	if key, a, b := differing("", maps[0], maps[1]); key != "" {
		return fmt.Errorf("%s: was begun with %s %v, this job has %v: choose another folder: %w", path, key, a, b, evolve.ErrInvalid)
	}
	return nil
}

// differing is the first key, in order, whose values differ.
func differing(at string, a, b any) (key string, have, want any) {
	x, ok := a.(map[string]any)
	y, also := b.(map[string]any)
	if !ok || !also {
		if a != b { // numbers, texts and truths: a job has no lists
			return at, a, b
		}
		return "", nil, nil
	}
	both := maps.Clone(x)
	maps.Copy(both, y)
	for _, k := range slices.Sorted(maps.Keys(both)) {
		if key, have, want := differing(strings.TrimPrefix(at+"."+k, "."), x[k], y[k]); key != "" {
			return key, have, want
		}
	}
	return "", nil, nil
}
