package oneshot

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/notes"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// generations is how many checkpoints of a study are kept. A trial is journalled after its checkpoint is written, so
// that a kill between the two leaves one that is a trial ahead of the journal: the one before it is the journal's.
const generations = 2

const (
	keptPrefix = "epoch-"
	keptSuffix = ".ckpt"
)

// kept are the numbers of epochs of a folder's checkpoints, rising.
func (s *Sharing) kept() (epochs []int, err error) {
	entries, err := os.ReadDir(s.dir) // sorted by name, and names have as many digits
	if errors.Is(err, fs.ErrNotExist) || s.dir == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		text, ok := strings.CutPrefix(e.Name(), keptPrefix)
		text, also := strings.CutSuffix(text, keptSuffix)
		if n, err := strconv.Atoi(text); ok && also && err == nil && e.Name() == keptName(n) {
			epochs = append(epochs, n)
		}
	}
	return epochs, nil
}

func keptName(epoch int) string { return fmt.Sprintf("%s%06d%s", keptPrefix, epoch, keptSuffix) }

// checkpoints are those of the folder, the latest first. One that is damaged is passed over as if it were gone: the one
// before it goes on to the same weights, and writes the damaged one anew.
func (s *Sharing) checkpoints() iter.Seq2[*checkpoint, error] {
	return func(yield func(*checkpoint, error) bool) {
		epochs, err := s.kept()
		if err != nil {
			yield(nil, err)
			return
		}
		for _, e := range slices.Backward(epochs) {
			c, err := readSealed(filepath.Join(s.dir, keptName(e)))
			if errors.As(err, new(damaged)) {
				continue
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// find is the latest checkpoint that a study of so many told trials goes on from; nil where there is none.
func (s *Sharing) find(trials int) (*checkpoint, error) {
	for c, err := range s.checkpoints() {
		if err != nil {
			return nil, err
		}
		if c.Trials == trials || c.Done && c.Trials < trials {
			return c, nil
		}
	}
	return nil, nil
}

// Foreign adds to the error of a checkpoint that is not of this training what to remove to train its weights anew.
func (s *Sharing) Foreign(err error) error {
	if s.dir == "" {
		return err
	}
	return words.Advise(err, fmt.Sprintf("remove %s to train these weights anew", s.dir))
}

// Save keeps weights, moments, state and notes in the folder of the study, on disk when it returns, as they are after
// so many told trials; done says that later trials change nothing. Of the checkpoints the last two are kept.
func (c *Course) Save(trials int, done bool, state State) error {
	c.takeTurn(trials)
	s := c.sharing
	if s == nil || s.dir == "" {
		return nil
	}
	epochs, err := s.kept()
	if err != nil {
		return err
	}
	text, err := c.marshal(trials, done, state)
	if err != nil {
		return err
	}
	if err := s.keepSeconds(c.seconds); err != nil {
		return err
	}
	record := &notes.Notes{Space: c.Space, Ops: c.Ops, Edges: c.Edges, Epochs: c.notes, Said: c.said}
	if err := record.Write(s.dir); err != nil {
		return err
	}
	if err := SealKind.WriteBytes(filepath.Join(s.dir, keptName(c.done)), text); err != nil {
		return err
	}
	return s.prune(epochs, c.done)
}

// prune removes the checkpoints of epochs, rising, that the one of a new epoch makes useless: later ones, of a past
// that is trained again, and all but the latest generations.
func (s *Sharing) prune(epochs []int, written int) error {
	older, _ := slices.BinarySearch(epochs, written)
	for i, e := range epochs {
		if e > written || i <= older-generations {
			if err := os.Remove(filepath.Join(s.dir, keptName(e))); err != nil {
				return err
			}
		}
	}
	return nil
}

// secondsName is the file of the epochs' measured seconds, which are no part of a checkpoint.
const secondsName = "seconds.json"

type measured struct {
	Seconds []float64 `json:"seconds"`
}

func (s *Sharing) keepSeconds(seconds []float64) error {
	text, err := checked.Line(measured{seconds})
	if err != nil {
		return err
	}
	return durable.WriteBytes(filepath.Join(s.dir, secondsName), text)
}

// pastSeconds are those of the first epochs. A file that is gone or damaged costs the seconds alone.
func (s *Sharing) pastSeconds(epochs int) []float64 {
	var m measured
	text, err := durable.ReadFile(filepath.Join(s.dir, secondsName), checked.MaxLine)
	if err == nil {
		err = checked.ParseLine(text, &m)
	}
	if err != nil || len(m.Seconds) < epochs {
		return make([]float64, epochs)
	}
	return m.Seconds[:epochs]
}

// Kept is the largest number of told trials, at most told, that a checkpoint is of: later ones are evaluated again.
func (s *Sharing) Kept(told int) (int, error) {
	most := 0
	for c, err := range s.checkpoints() {
		switch {
		case err != nil:
			return 0, err
		case c.Done && c.Trials <= told:
			return told, nil
		case c.Trials <= told:
			most = max(most, c.Trials)
		}
	}
	return most, nil
}
