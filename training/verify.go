package training

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/verify"
)

// ResultName is the file with the result of a folder of [Seeds], a line of package checked.
const ResultName = "result.json"

// Verify reads every file of a folder of [Seeds] and checks it against its checksum and the others.
// It only reads, and needs neither a lock nor the data.
func Verify(dir string) (*verify.Report, error) {
	r := verify.New(dir, "training")
	path := filepath.Join(dir, jobName)
	job, err := readJob(path)
	note := ""
	if job.Device != "" {
		note = "trained on " + job.Device
	}
	r.Check(path, note, err)
	var want *manifest
	if err == nil {
		want = &job
	}
	s := Seeds{Dir: dir}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	// It is written last: the files of every seed in it are there.
	path = filepath.Join(dir, ResultName)
	var told []uint64
	text, resultErr := durable.ReadFile(path, checked.MaxLine)
	if resultErr == nil {
		told, resultErr = parseResult(text)
	}
	seeds := slices.Clone(told)
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), seedPrefix)
		if seed, err := strconv.ParseUint(number, 10, 64); ok && err == nil &&
			s.seedDir(seed) == filepath.Join(dir, e.Name()) {
			seeds = append(seeds, seed)
		}
	}
	slices.Sort(seeds)
	seeds = slices.Compact(seeds)
	whole := 0
	for _, seed := range seeds {
		if verifySeed(r, s.seedDir(seed), seed, want, slices.Contains(told, seed)) {
			whole++
		}
	}
	absent := errors.Is(resultErr, fs.ErrNotExist)
	if !absent {
		r.Check(path, "", resultErr)
	}
	if whole < len(seeds) || len(seeds) == 0 || absent {
		r.Unfinished = fmt.Sprintf("%d of %d seeds have all their epochs: amoeba train goes on with it",
			whole, len(seeds))
	}
	return r, r.Rest()
}

// readJob reads what all seeds of a folder have in common.
func readJob(path string) (m manifest, err error) {
	text, err := durable.ReadFile(path, jobMost)
	if err != nil {
		return m, err
	}
	return parseJob(text)
}

func parseJob(text []byte) (m manifest, err error) {
	err = checked.ParseFile(text, &m)
	return m, err
}

// parseResult checks a result and reads the seeds in it. Its other keys are for people and
// programs.
func parseResult(text []byte) (seeds []uint64, err error) {
	var keys map[string]json.RawMessage
	if err := checked.ParseLine(text, &keys); err != nil {
		return nil, err
	}
	var of []struct {
		Seed uint64 `json:"seed,string"`
	}
	if err := json.Unmarshal([]byte(cmp.Or(string(keys["seeds"]), "null")), &of); err != nil {
		return nil, fmt.Errorf("seeds: %w: %w", err, evolve.ErrInvalid)
	}
	for _, s := range of {
		seeds = append(seeds, s.Seed)
	}
	return seeds, nil
}

// verifySeed checks the folder of a seed and says whether it has all epochs. The last checkpoint is
// read first: of a training at work the other two files may only have more. Of a seed that the
// result tells of, all three must be there.
func verifySeed(r *verify.Report, dir string, seed uint64, want *manifest, told bool) (whole bool) {
	load := func(name string) *Checkpoint {
		path := filepath.Join(dir, name)
		c, err := Load(path)
		if errors.Is(err, fs.ErrNotExist) && name == LastName && !told {
			return nil // killed before its first checkpoint
		}
		if err == nil {
			err = c.belongs(seed, want)
		}
		note := ""
		if err == nil {
			note = fmt.Sprintf("epoch %d of %d", len(c.History), c.Recipe.Epochs)
		}
		r.Check(path, note, err)
		if err != nil {
			return nil
		}
		return c
	}
	last := load(LastName)
	if _, err := os.Stat(filepath.Join(dir, BestName)); told || last != nil || err == nil {
		load(BestName)
	}
	path := filepath.Join(dir, EpochsName)
	epochs, err := readEpochs(path)
	if err == nil && last != nil {
		err = tells(epochs, last.History)
	}
	if told || last != nil || !errors.Is(err, fs.ErrNotExist) { // it is written before the checkpoint
		r.Check(path, fmt.Sprintf("%d epochs", len(epochs)), err)
	}
	return last != nil && len(last.History) == last.Recipe.Epochs
}

// belongs says whether a checkpoint is of a seed of a job. A job that cannot be read is nil.
func (c *Checkpoint) belongs(seed uint64, want *manifest) error {
	if c.Seed != seed {
		return fmt.Errorf("it is of seed %d: %w", c.Seed, evolve.ErrInvalid)
	}
	if want == nil {
		return nil
	}
	have := manifest{c.Engine, c.Kernels, c.Device, c.Data, c.DataHash, c.Space, c.Arch, c.Net, c.Recipe}
	if have != *want {
		return fmt.Errorf("it is of another job than %s: %w", jobName, evolve.ErrInvalid)
	}
	return nil
}

// tells reports whether a journal has the epochs of a checkpoint, their seconds apart.
func tells(epochs, history []Epoch) error {
	if len(epochs) < len(history) {
		return fmt.Errorf("%d epochs, and %s has %d: %w", len(epochs), LastName, len(history), evolve.ErrInvalid)
	}
	for i, e := range history {
		was := epochs[i]
		was.Seconds, was.ValTime = e.Seconds, e.ValTime
		if was != e {
			return fmt.Errorf("line %d: epoch %d is another than that of %s: %w",
				i+1, e.Epoch, LastName, evolve.ErrInvalid)
		}
	}
	return nil
}

// VerifyTrials checks what the trials of a study left in a folder, by [Benchmark.In], against what
// its journal says of them.
func VerifyTrials(r *verify.Report, dir string, past []evolve.Outcome) {
	verify.Trials(dir, past, func(path, ending string, id int, o *evolve.Outcome) {
		var err error
		switch ending {
		case ".ckpt":
			var c *Checkpoint
			if c, err = Load(path); err == nil && o != nil && c.Seed != o.Seed {
				err = fmt.Errorf("it is of seed %d, trial %d has %d: %w", c.Seed, id, o.Seed, evolve.ErrInvalid)
			}
		case ".json":
			var l trialRecord
			if l, err = folder(dir).about(id); err == nil && o != nil && o.Err == nil && !(l.Done && l.Val == o.Loss) {
				err = fmt.Errorf("it tells of loss %g, the journal of %g: %w", l.Val, o.Loss, evolve.ErrInvalid)
			}
		default:
			return
		}
		r.Check(path, "", err)
	})
}

// Checker checks the folders of trainings.
var Checker = verify.Checker{
	Is: func(names []string) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			return name == jobName || name == ResultName || strings.HasPrefix(name, seedPrefix)
		})
	},
	Check: func(dir string) ([]*verify.Report, error) { return verify.One(Verify(dir)) },
}
