package oneshot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/training"
)

// standalone says what architectures are worth that are trained alone: by a table of this project whose runs had the
// same protocol, else by training them so.
type standalone struct {
	setting
	epochs int // of a training; 0: the table's
	seeds  int
	known  func() (*known, error) // opens the table once; nil of none
}

// known is a table with the rows of its networks.
type known struct {
	*ownruns.Table
	name      string
	space     evolve.Space
	rows      map[evolve.Arch]int // by the representative of all architectures that mean the same
	val, test []float64           // errors: means over seeds, after the last epoch
}

// newStandalone judges a supernet's architectures, on its images and with its sizes and batch. epochs 0 are those of a
// table that knows such networks, or else those of the default recipe.
func newStandalone(s setting, epochs, seeds int) *standalone {
	a := &standalone{setting: s, epochs: epochs, seeds: seeds}
	a.known = sync.OnceValues(a.table)
	return a
}

// recipe is that of a training alone.
func (a *standalone) recipe(epochs int) training.Recipe {
	r := training.DefaultRecipe()
	r.Batch, r.Images = a.batch, a.images
	if epochs > 0 {
		r.Epochs = epochs
	}
	return r
}

// table finds the embedded table of the same protocol, nil where there is none.
func (a *standalone) table() (*known, error) {
	for _, name := range ownruns.Embedded() {
		t, err := ownruns.Open(name)
		if err != nil {
			return nil, fmt.Errorf("the embedded table of %s: %w", name, err)
		}
		p, ok := protocolOf(&t.Header)
		if !ok || t.Space != a.space.Name() || t.Data != a.data.Set.Name {
			continue
		}
		epochs := a.epochs
		if epochs == 0 {
			epochs = t.Epochs
		}
		if p.Hash != a.data.Set.Hash || p.Net != a.config || p.Recipe != a.recipe(epochs) {
			continue
		}
		k := &known{Table: t, name: name, space: a.space, rows: map[evolve.Arch]int{}}
		for i, cell := range t.Cells {
			c, err := a.space.Canon(cell)
			if err != nil {
				return nil, fmt.Errorf("%s, cell %d: %w", name, i+1, err)
			}
			if _, twice := k.rows[c]; !twice {
				k.rows[c] = i
			}
		}
		k.val = ownruns.Errors(t.Val, t.Images.Val).Means(t, t.Epochs)
		k.test = ownruns.Errors(t.Test, t.Images.Test).Means(t, t.Epochs)
		return k, nil
	}
	return nil, nil
}

// of is what a table knows of an architecture, NaN of one that it does not.
func (a *standalone) of(arch evolve.Arch) (evolve.Score, error) {
	unknown := evolve.Score{Val: math.NaN(), Test: math.NaN()}
	k, err := a.known()
	if err != nil || k == nil {
		return unknown, err
	}
	c, err := a.space.Canon(arch)
	if err != nil {
		return unknown, err
	}
	if row, ok := k.rows[c]; ok {
		return evolve.Score{Val: k.val[row], Test: k.test[row]}, nil
	}
	return unknown, nil
}

// alone is for how many epochs an answer that no table knows is trained.
func (a *standalone) alone() (epochs int, err error) {
	k, err := a.known()
	if epochs = a.epochs; epochs == 0 && k != nil {
		epochs = k.Epochs
	}
	return a.recipe(epochs).Epochs, err
}

// job is the first training alone of an architecture.
func (a *standalone) job(arch evolve.Arch) (training.Job, error) {
	epochs, err := a.alone()
	return training.Job{Space: a.space.Name(), Arch: arch, Net: a.config, Data: a.data.Set.Name,
		Recipe: a.recipe(epochs), Seed: 1}, err
}

// trainings are those whose mean is the score of an architecture: a table's, or such as train makes.
func (a *standalone) trainings(arch evolve.Arch) (training.Seeds, error) {
	job, err := a.job(arch)
	if err != nil {
		return training.Seeds{}, err
	}
	s := training.Seeds{Job: job, Count: a.seeds, Final: true}
	score, err := a.of(arch)
	if k, _ := a.known(); k != nil && !math.IsNaN(score.Test) {
		s.Count = k.Seeds
	}
	return s, err
}

// source says where the results of answers come from.
func (a *standalone) source() (string, error) {
	epochs, err := a.alone()
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("are trained alone for %s with %s", number.Count(epochs, "epoch"),
		number.Count(a.seeds, "seed"))
	if k, _ := a.known(); k != nil {
		return fmt.Sprintf("answers are looked up in %s, those that it lacks %s", k.name, text), nil
	}
	return "answers " + text, nil
}

// trained is what a training alone left.
type trained struct {
	Arch evolve.Arch `json:"arch"`
	Val  float64     `json:"val"` // errors: means over seeds, of the weights of the last epoch
	Test float64     `json:"test"`
}

// The folder of an answer holds its score, which is written last, and the folder of its trainings.
const (
	answerPrefix = "answer-"
	scoreName    = "score.json"
	answerRuns   = "runs"
)

// answerDir is the folder of an architecture below that of a study. A genome may be no name of a file.
func answerDir(dir string, arch evolve.Arch) string {
	sum := sha256.Sum256([]byte(arch))
	return filepath.Join(dir, answerPrefix+hex.EncodeToString(sum[:6]))
}

// readTrained reads what a training alone left.
func readTrained(path string) (t trained, err error) {
	text, err := durable.ReadFile(path, checked.MaxLine)
	if err != nil {
		return t, err
	}
	if err := checked.ParseLine(text, &t); err != nil {
		return t, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// train trains an architecture alone below a folder, once, with seeds 1, 2 and so on as tables do. An empty folder
// keeps nothing.
func (a *standalone) train(ctx context.Context, dir string, arch evolve.Arch) (evolve.Score, error) {
	if dir == "" {
		temporary, err := os.MkdirTemp("", "amoeba-answer-")
		if err != nil {
			return evolve.Score{}, err
		}
		defer os.RemoveAll(temporary)
		dir = temporary
	}
	dir = answerDir(dir, arch)
	path := filepath.Join(dir, scoreName)
	t, err := readTrained(path)
	if err == nil && t.Arch != arch {
		err = fmt.Errorf("%s: is of %s: %w", path, t.Arch, evolve.ErrInvalid)
	}
	if err == nil {
		return evolve.Score{Val: t.Val, Test: t.Test}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return evolve.Score{}, err
	}
	seeds, err := a.trainings(arch)
	if err != nil {
		return evolve.Score{}, err
	}
	seeds.Procs, seeds.Dir, seeds.Every = 1, filepath.Join(dir, answerRuns), training.SaveEvery
	runs, err := seeds.Run(ctx, a.data, a.device)
	if err != nil {
		return evolve.Score{}, fmt.Errorf("training the answer %s alone: %w", arch, err)
	}
	t.Arch = arch
	for _, r := range runs {
		t.Val += (1 - r.Chosen.ValAcc) / float64(len(runs))
		t.Test += (1 - r.Test.Accuracy()) / float64(len(runs))
	}
	text, err := checked.Line(t)
	if err != nil {
		return evolve.Score{}, err
	}
	return evolve.Score{Val: t.Val, Test: t.Test}, durable.WriteBytes(path, text)
}
