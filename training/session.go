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
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/training/device"
)

// Files of a session's folder.
const (
	LastName   = "last.ckpt"    // of the last epoch that was saved
	BestName   = "best.ckpt"    // of the epoch of [Best]
	EpochsName = "epochs.jsonl" // an [Epoch] a line, as the history of last.ckpt has them
)

// The two kinds of them.
var (
	checkpointKind = durable.Begins("checkpoint of amoeba", checkpointMagic[:7])
	epochsKind     = durable.Lines("journal of epochs", "epoch")
)

// Session trains one seed in a folder, so that a stopped one is gone on with exactly: its numbers
// are those of a session that was never stopped, the measured seconds apart.
type Session struct {
	Dir    string
	Every  time.Duration // least time between two checkpoints; the last epoch always has one
	Memory int           // most bytes that [Run.Memory] may be; 0: any
	// Observer, which may be nil, is called with one [Began], then with every further [Epoch] and each [Step]
	// within it.
	Observer evolve.Observer
}

// Began is the first event of a session: so many epochs are in its folder.
type Began struct{ Done int }

// Step is a step of an epoch that ended: so many of the epoch's steps are done.
type Step struct{ Done, Of int }

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
	s.Observer.Report(Began{done})
	if done == j.Recipe.Epochs {
		if _, err := os.Stat(filepath.Join(s.Dir, EpochsName)); errors.Is(err, fs.ErrNotExist) {
			return s.journal(c.History) // seconds are lost, they are no part of the results
		}
		return nil
	}
	r, err := Join(ctx, dev, func(room int) (*Run, error) {
		if c == nil {
			j.Memory, j.Room = s.Memory, room
			return Start(j, data, dev)
		}
		c.Memory, c.Room = s.Memory, room
		return Resume(c, data, dev)
	})
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

// train trains the epochs that a run lacks. A context that ends takes none that ended: in the
// middle of an epoch the run's weights are those of no epoch's end, so the bytes of the last
// one are kept until they are written.
func (s *Session) train(ctx context.Context, r *Run) error {
	if err := s.timed(r.History); err != nil {
		return err
	}
	r.Observer = s.Observer
	var last, best []byte // checkpoints that are not written yet
	stopped := func(history []Epoch, err error) error {
		if last != nil && (ctx.Err() != nil || !errors.Is(err, evolve.ErrFailed)) { // as when its device is lost
			return s.save(history, last, best, err)
		}
		return err
	}
	saved := time.Now()
	for r.Done() < r.Recipe.Epochs {
		e, err := r.Next(ctx)
		if err != nil {
			return stopped(r.History, err)
		}
		s.Observer.Report(e)
		text, err := r.marshal()
		if err != nil {
			return stopped(r.History[:r.Done()-1], err)
		}
		last = text
		if Best(r.History) == r.Done() {
			best = last
		}
		if r.Done() < r.Recipe.Epochs && time.Since(saved) < s.Every && ctx.Err() == nil {
			continue
		}
		if err := s.save(r.History, last, best, ctx.Err()); err != nil {
			return err
		}
		last, best, saved = nil, nil, time.Now()
	}
	return nil
}

// save writes last.ckpt at the end: what the other files have of epochs after it is found again
// on the way there, what they lack would be missing. Where stopped is an error it returns that,
// within an [Unsaved] if the files could not be written.
func (s *Session) save(history []Epoch, last, best []byte, stopped error) error {
	err := s.journal(history)
	if err == nil && best != nil {
		err = checkpointKind.WriteBytes(filepath.Join(s.Dir, BestName), best)
	}
	if err == nil {
		err = checkpointKind.WriteBytes(filepath.Join(s.Dir, LastName), last)
	}
	switch {
	case stopped == nil:
		return err
	case err == nil:
		return stopped
	}
	return &Unsaved{err, stopped}
}

func (s *Session) journal(history []Epoch) error {
	return epochsKind.Write(filepath.Join(s.Dir, EpochsName), func(w io.Writer) error {
		for _, e := range history {
			if err := checked.Write(w, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// Unsaved is the error of a training that was stopped and whose last epochs could not be written.
type Unsaved struct{ Err, Stopped error }

func (u *Unsaved) Error() string {
	return fmt.Sprintf("%v; the last epochs are lost: %v", u.Stopped, u.Err)
}
func (u *Unsaved) Unwrap() []error { return []error{u.Err, u.Stopped} }

// timed fills in the measured seconds, which checkpoints do not keep. Of a journal that is gone
// they are not known: they are no part of the results.
func (s *Session) timed(history []Epoch) error {
	if len(history) == 0 {
		return nil
	}
	kept, err := readEpochs(filepath.Join(s.Dir, EpochsName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if errors.Is(err, evolve.ErrInvalid) {
		return fmt.Errorf("%w; remove the file to go on without the seconds of past epochs: %w", err, evolve.ErrInvalid)
	}
	if err != nil {
		return err
	}
	for i := range min(len(history), len(kept)) {
		history[i].Seconds, history[i].ValTime = kept[i].Seconds, kept[i].ValTime
	}
	return nil
}

// past is the last checkpoint of the folder, nil where it has none.
func (s *Session) past(j Job) (*Checkpoint, error) {
	c, err := Load(filepath.Join(s.Dir, LastName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, s.damaged(err)
	}
	if err := refuseOther(c.Path, c.Job, j); err != nil {
		return nil, err
	}
	best, err := Load(filepath.Join(s.Dir, BestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not beside %s; remove %s to train this seed again: %w",
			BestName, c.Path, s.Dir, evolve.ErrInvalid)
	}
	if err != nil {
		return nil, s.damaged(err)
	}
	if err := refuseOther(best.Path, best.Job, j); err != nil {
		return nil, err
	}
	if have, want := len(best.History), Best(c.History); have < want {
		return nil, fmt.Errorf("%s: is of epoch %d, and the best in %s is %d: want the two files of one run; remove "+
			"%s to train this seed again: %w", best.Path, have, LastName, want, s.Dir, evolve.ErrInvalid)
	}
	return c, nil
}

// damaged adds to the error of a file that cannot be read for what it holds what to do.
func (s *Session) damaged(err error) error {
	if !errors.Is(err, evolve.ErrInvalid) {
		return err
	}
	return fmt.Errorf("%s; remove %s to train this seed again: %w", words.Line(err), s.Dir, evolve.ErrInvalid)
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
		absent := "its default" // of a key that only some jobs have
		if key == "device" {
			absent = evolve.Processor
		}
		if a == nil {
			a = absent
		}
		if b == nil {
			b = absent
		}
		return fmt.Errorf("%s: was begun with %s %v, this job has %v: choose another folder: %w",
			path, key, a, b, evolve.ErrInvalid)
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
