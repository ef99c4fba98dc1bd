package oneshot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/notes"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/verify"
	"github.com/amoeba-nas/amoeba/training"
)

// VerifyWeights checks what a study on shared weights left in a folder, by [Benchmark.In], against what its journal
// says: checkpoints, the files of their epochs beside them, and answers that were trained alone. A folder that is gone
// or empty is fine: the results do not need it.
func VerifyWeights(r *verify.Report, dir string, past []evolve.Outcome) {
	last := verifyCheckpoints(r, dir, past)
	verifyNotes(r, filepath.Join(dir, notes.File), last)
	verifySeconds(r, filepath.Join(dir, secondsName), last)
	folders, _ := filepath.Glob(filepath.Join(dir, answerPrefix+"*")) // of a folder that is gone there are none
	for _, path := range folders {
		verifyAnswer(r, path, past)
	}
}

// verifyCheckpoints checks the checkpoints, and returns the last one; nil where there is none that is whole.
func verifyCheckpoints(r *verify.Report, dir string, past []evolve.Outcome) (last *checkpoint) {
	epochs, _ := (&Sharing{dir: dir}).kept() // the report tells at its end of a folder that cannot be read
	for _, epoch := range epochs {
		path := filepath.Join(dir, keptName(epoch))
		c, err := readSealed(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a study at work keeps the last ones alone
		}
		note := ""
		if err == nil {
			note, err = fmt.Sprintf("epoch %d of %d", c.Epoch, c.Plan.Epochs), c.belongs(epoch, past)
		}
		if r.Check(path, note, err); err == nil {
			last = c
		}
	}
	return last
}

// belongs says whether a checkpoint is of that epoch, and of a study with this journal. A checkpoint is written before
// the line of its trial.
func (c *checkpoint) belongs(epoch int, past []evolve.Outcome) error {
	if c.Epoch != epoch {
		return fmt.Errorf("it is of epoch %d: %w", c.Epoch, evolve.ErrInvalid)
	}
	told := 0
	for i := range past {
		o := &past[i]
		told = max(told, o.ID)
		if o.ID == 1 && o.Seed != c.Seed {
			return fmt.Errorf("it is of seed %d, trial 1 has %d: %w", c.Seed, o.Seed, evolve.ErrInvalid)
		}
	}
	if c.Trials > told+1 {
		return fmt.Errorf("it is of %s, the journal has %d: %w", number.Count(c.Trials, "trial"), told,
			evolve.ErrInvalid)
	}
	return nil
}

// verifyNotes checks the notes, which are written before the checkpoint that has them too: of a training at work there
// may be more of them.
func verifyNotes(r *verify.Report, path string, last *checkpoint) {
	n, err := notes.Read(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) && last == nil {
		return
	}
	if err == nil && last != nil {
		err = noted(n.Epochs, last.Notes)
	}
	r.Check(path, "", err)
}

// noted reports whether notes have those of a checkpoint.
func noted(have, want []Note) error {
	if len(have) < len(want) {
		return fmt.Errorf("notes of %s, the checkpoint has %d: %w", number.Count(len(have), "epoch"), len(want),
			evolve.ErrInvalid)
	}
	for i, w := range want {
		a, err := json.Marshal(have[i]) // unknown numbers, which are NaN, are the same as text
		if err != nil {
			return err
		}
		b, err := json.Marshal(w)
		if err != nil {
			return err
		}
		if !bytes.Equal(a, b) {
			return fmt.Errorf("epoch %d is another than that of the checkpoint: %w", w.Epoch, evolve.ErrInvalid)
		}
	}
	return nil
}

// verifySeconds checks the measured seconds, of which there may be more, as of notes.
func verifySeconds(r *verify.Report, path string, last *checkpoint) {
	var m measured
	text, err := durable.ReadFile(path, checked.MaxLine)
	if errors.Is(err, fs.ErrNotExist) && last == nil {
		return
	}
	if err == nil {
		err = checked.ParseLine(text, &m)
	}
	if err == nil && last != nil && len(m.Seconds) < last.Epoch {
		err = fmt.Errorf("seconds of %s, the checkpoint is of %d: %w", number.Count(len(m.Seconds), "epoch"),
			last.Epoch, evolve.ErrInvalid)
	}
	r.Check(path, "", err)
}

// verifyAnswer checks the folder of an answer that was trained alone, or that is trained now.
func verifyAnswer(r *verify.Report, dir string, past []evolve.Outcome) {
	path := filepath.Join(dir, scoreName)
	t, err := readTrained(path)
	switch {
	case errors.Is(err, fs.ErrNotExist): // it is written last
	case err != nil:
		r.Damaged(path, err)
	case answerDir(filepath.Dir(dir), t.Arch) != dir:
		r.Damaged(path, fmt.Errorf("is of %s, whose folder has another name: %w", t.Arch, evolve.ErrInvalid))
	case !slices.ContainsFunc(past, func(o evolve.Outcome) bool { return t.Arch == o.Arch || t.Arch == o.Found }):
		r.Unchecked(path, fmt.Sprintf("of %s, which no trial is of: a searcher may recommend what none has tried",
			t.Arch))
	default:
		r.OK(path, "")
	}
	runs := filepath.Join(dir, answerRuns)
	if _, err := os.Stat(runs); err != nil {
		return
	}
	of, err := training.Verify(runs)
	if err != nil {
		return // the report tells at its end of a folder that cannot be read
	}
	r.Include(of)
}
