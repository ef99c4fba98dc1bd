package training

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

// jobName is the file that says what a folder of [Seeds] is of.
const jobName = durable.TrainingFile

// Seeds trains one job with several seeds, each as a [Session] in a folder of its own below Dir,
// several at a time. The numbers do not depend on how many.
type Seeds struct {
	Job    Job    // its Seed is that of the first, the others follow
	Count  int    // of seeds
	Procs  int    // seeds at a time, one core each
	Dir    string // made if it is not there
	Every  time.Duration
	Memory int  // most bytes of all seeds at a time together; 0: any
	Final  bool // test the weights of the last epoch instead of the best
	// Began, Heard and Stepped, if not nil, are told of every seed what a Session tells; one call
	// at a time.
	Began   func(seed uint64, done int)
	Heard   func(seed uint64, e Epoch)
	Stepped func(seed uint64, done, of int)
}

// Tested is a seed that was trained and tested.
type Tested struct {
	Seed       uint64
	Checkpoint string // path of the weights that Test was measured on
	Chosen     Epoch  // theirs
	Test       Evaluation
	History    []Epoch // of the whole training
}

// manifest is what all seeds of a folder have in common.
type manifest struct {
	Engine   int         `json:"engine"`
	Kernels  string      `json:"kernels"`
	Data     string      `json:"data"`
	DataHash string      `json:"data_sha256"`
	Space    string      `json:"space"`
	Arch     evolve.Arch `json:"arch"`
	Net      net.Config  `json:"net"`
	Recipe   Recipe      `json:"recipe"`
}

// Run trains and tests what the folder lacks. After an error the seeds that have a checkpoint are
// kept; where none has, nothing is. The error wraps an [*Unsaved] where the context's end found
// the disk full.
func (s *Seeds) Run(ctx context.Context, data *Data, dev device.Device[float32]) (out []Tested, err error) {
	if err := s.Job.Recipe.Check(); err != nil { // no folder is made for it
		return nil, err
	}
	_, absent := os.Stat(s.Dir)
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return nil, err
	}
	unlock, err := durable.Lock(s.Dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	undo, err := s.claim(data)
	defer func() {
		if err != nil {
			if undo != nil {
				undo()
			}
			if absent != nil {
				_ = os.Remove(s.Dir) // takes nothing that has something in it
			}
		}
	}()
	if err != nil {
		return nil, err
	}
	out = make([]Tested, s.Count)
	whole := ctx
	ctx, cancel := context.WithCancelCause(whole)
	defer cancel(nil)
	var heard sync.Mutex
	var unsaved []error
	var wg sync.WaitGroup
	next := make(chan int)
	for range s.atOnce() {
		wg.Go(func() {
			for i := range next {
				if err := s.seed(ctx, i, &out[i], data, dev, &heard); err != nil {
					if lost := new(Unsaved); errors.As(err, &lost) {
						heard.Lock()
						unsaved = append(unsaved, err)
						heard.Unlock()
					}
					cancel(err)
					return
				}
			}
		})
	}
	for i := range s.Count {
		select {
		case next <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	wg.Wait()
	if err := whole.Err(); err != nil {
		if len(unsaved) > 0 {
			err = unsaved[0] // the disk of one is that of all
		}
		return nil, err
	}
	return out, context.Cause(ctx)
}

func (s *Seeds) atOnce() int { return max(1, min(s.Procs, s.Count)) }

// seed trains and tests one.
func (s *Seeds) seed(ctx context.Context, i int, out *Tested, data *Data, dev device.Device[float32], heard *sync.Mutex) error {
	j := s.Job
	j.Seed += uint64(i)
	dir := s.seedDir(j.Seed)
	one := Session{Dir: dir, Every: s.Every, Memory: (s.Memory + s.atOnce() - 1) / s.atOnce()}
	if s.Began != nil {
		one.Began = func(done int) {
			heard.Lock()
			defer heard.Unlock()
			s.Began(j.Seed, done)
		}
	}
	if s.Heard != nil {
		one.Heard = func(e Epoch) {
			heard.Lock()
			defer heard.Unlock()
			s.Heard(j.Seed, e)
		}
	}
	if s.Stepped != nil {
		one.Stepped = func(done, of int) {
			heard.Lock()
			defer heard.Unlock()
			s.Stepped(j.Seed, done, of)
		}
	}
	if err := one.Train(ctx, j, data, dev); err != nil {
		return fmt.Errorf("seed %d: %w", j.Seed, err)
	}
	t, err := test(ctx, dir, s.Final, data, dev)
	*out = t
	return err
}

const seedPrefix = "seed-"

func (s *Seeds) seedDir(seed uint64) string {
	return filepath.Join(s.Dir, fmt.Sprint(seedPrefix, seed))
}

// test measures the test accuracy of a session's file.
func test(ctx context.Context, dir string, final bool, data *Data, dev device.Device[float32]) (t Tested, err error) {
	last, err := Load(filepath.Join(dir, LastName))
	if err != nil {
		return t, err
	}
	c := last
	if !final {
		if c, err = Load(filepath.Join(dir, BestName)); err != nil {
			return t, err
		}
	}
	r, err := Resume(c, data, dev)
	if err != nil {
		return t, err
	}
	defer r.Close()
	t = Tested{Seed: c.Seed, Checkpoint: c.Path, Chosen: c.History[len(c.History)-1], History: last.History}
	(&Session{Dir: dir}).timed(t.History)
	t.Test, err = r.Test(ctx)
	return t, err
}

// claim makes the folder and its manifest, or compares with the manifest that it has. undo takes
// away what was made, as far as nothing came into it.
func (s *Seeds) claim(data *Data) (undo func(), err error) {
	if err := durable.Only(s.Dir, jobName); err != nil {
		return nil, err
	}
	j := s.Job
	j.Net.Input, j.Net.Classes = data.Shape(), data.Set.Classes
	want := manifest{Version, kernel.Name(), data.Set.Name, data.Set.Hash, j.Space, j.Arch, j.Net, j.Recipe}
	path := filepath.Join(s.Dir, jobName)
	text, err := os.ReadFile(path)
	if err == nil {
		var have manifest
		if err := json.Unmarshal(text, &have); err != nil {
			return nil, fmt.Errorf("%s is damaged, %v: remove it to go on, for the checkpoints know what they are of: %w", path, err, evolve.ErrInvalid)
		}
		return func() {}, refuseOther(path, have, want)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	// A manifest that is gone is not written anew over what it could not go on with.
	for i := range s.Count {
		c, err := Load(filepath.Join(s.seedDir(s.Job.Seed+uint64(i)), LastName))
		if err != nil {
			continue // of none, or a damaged one, the session speaks
		}
		if err := c.goesOn(data); err != nil {
			return nil, err
		}
	}
	undo = func() {
		// Of a folder with something in it Remove takes nothing.
		for i := range s.Count {
			_ = os.Remove(s.seedDir(s.Job.Seed + uint64(i)))
		}
		entries, err := os.ReadDir(s.Dir)
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), seedPrefix) {
				return
			}
		}
		if err != nil {
			return
		}
		_ = os.Remove(path)
	}
	err = durable.WriteFile(path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(want)
	})
	if err != nil {
		undo()
		return nil, err
	}
	return undo, nil
}
