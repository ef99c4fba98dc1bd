package training

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

// jobName is the file that says what a folder of [Seeds] is of.
const jobName = durable.TrainingFile

// Files are what [Seeds] writes below its folder.
var Files = durable.Files{
	jobName:                        durable.Begins("manifest of a training", "{"),
	seedPrefix + "*/" + LastName:   checkpointKind,
	seedPrefix + "*/" + BestName:   checkpointKind,
	seedPrefix + "*/" + EpochsName: epochsKind,
}

// A job takes some thousand bytes, most of them an architecture's.
const jobMost = 1 << 20

// Seeds trains one job with several seeds, each as a [Session] in a folder of its own below Dir,
// several at a time. The numbers do not depend on how many.
type Seeds struct {
	Job    Job    // its Seed is that of the first, the others follow
	Count  int    // of seeds
	Procs  int    // seeds at a time, one core each; a device that trains them jointly takes all at a time
	Dir    string // made if it is not there
	Every  time.Duration
	Memory int  // most bytes of all seeds at a time together; 0: any
	Final  bool // test the weights of the last epoch instead of the best
	// Observer, which may be nil, is called with the events of every seed's session, each as an [OfSeed], one at a
	// time.
	Observer evolve.Observer
}

// OfSeed is an event of the session of a seed.
type OfSeed struct {
	Seed  uint64
	Event evolve.Event
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
	Device   string      `json:"device,omitempty"` // that is not the processor, by [device.Elsewhere]
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
	if err := s.tidy(); err != nil {
		return nil, err
	}
	undo, err := s.claim(data, dev)
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
	var mu sync.Mutex // guards unsaved
	var unsaved []error
	watch := s.Observer.OneAtATime()
	var wg sync.WaitGroup
	next := make(chan int)
	atOnce := s.atOnce(dev)
	flight := evolve.NewFlight(atOnce)
	ctx = flight.With(ctx)
	flight.Stand(atOnce)
	for range atOnce {
		wg.Go(func() {
			defer flight.Land()
			for i := range next {
				if err := s.seed(ctx, i, &out[i], data, dev, watch); err != nil {
					if lost := new(Unsaved); errors.As(err, &lost) {
						mu.Lock()
						unsaved = append(unsaved, err)
						mu.Unlock()
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

// tidy removes what a killed process was writing, below the folders of seeds that are done too.
func (s *Seeds) tidy() error {
	dirs := []string{s.Dir}
	for i := range s.Count {
		dirs = append(dirs, s.seedDir(s.Job.Seed+uint64(i)))
	}
	for _, dir := range dirs {
		if err := durable.RemoveLeft(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// atOnce is how many seeds are trained at a time: all of them on a device that trains them jointly.
func (s *Seeds) atOnce(dev device.Device[float32]) int {
	if crewOf(dev) != nil {
		return s.Count
	}
	return max(1, min(s.Procs, s.Count))
}

// memory is the limit of one seed. On a device with memory of its own that is the limit, and seeds wait for room.
func (s *Seeds) memory(dev device.Device[float32]) int {
	if crewOf(dev) != nil {
		return 0
	}
	return (s.Memory + s.atOnce(dev) - 1) / s.atOnce(dev)
}

// seed trains and tests one.
func (s *Seeds) seed(ctx context.Context, i int, out *Tested, data *Data, dev device.Device[float32],
	watch evolve.Observer) error {
	j := s.Job
	j.Seed += uint64(i)
	dir := s.seedDir(j.Seed)
	one := Session{Dir: dir, Every: s.Every, Memory: s.memory(dev)}
	if watch != nil {
		one.Observer = func(e evolve.Event) { watch(OfSeed{j.Seed, e}) }
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
	r, err := Join(ctx, dev, func(room int) (*Run, error) {
		c.Room = room
		return Resume(c, data, dev)
	})
	if err != nil {
		return t, err
	}
	defer r.Close()
	t = Tested{Seed: c.Seed, Checkpoint: c.Path, Chosen: c.History[len(c.History)-1], History: last.History}
	if err := (&Session{Dir: dir}).timed(t.History); err != nil {
		return t, err
	}
	t.Test, err = r.Test(ctx)
	return t, err
}

// claim makes the folder and its manifest, or compares with the manifest that it has. undo takes
// away what was made, as far as nothing came into it.
func (s *Seeds) claim(data *Data, dev device.Device[float32]) (undo func(), err error) {
	if err := durable.Only(s.Dir, jobName); err != nil {
		return nil, err
	}
	if err := Files.Check(s.Dir); err != nil {
		return nil, err
	}
	j := s.Job
	j.Net.Input, j.Net.Classes = data.Shape(), data.Set.Classes
	want := manifest{Version, dev.Name(), device.Elsewhere(dev), data.Set.Name, data.Set.Hash, j.Space, j.Arch, j.Net,
		j.Recipe}
	path := filepath.Join(s.Dir, jobName)
	have, err := readJob(path)
	switch {
	case err == nil:
		return func() {}, refuseOther(path, have, want)
	case errors.Is(err, evolve.ErrInvalid):
		return nil, fmt.Errorf("%s: %w: remove it to go on, for the checkpoints know what they are of: %w",
			path, err, evolve.ErrInvalid)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	// A manifest that is gone is not written anew over what it could not go on with.
	for i := range s.Count {
		c, err := Load(filepath.Join(s.seedDir(s.Job.Seed+uint64(i)), LastName))
		if err != nil {
			continue // of none, or a damaged one, the session speaks
		}
		if err := c.goesOn(data, dev); err != nil {
			return nil, err
		}
	}
	undo = func() {
		entries, err := os.ReadDir(s.Dir)
		if err != nil {
			return
		}
		kept := false
		for _, e := range entries {
			// Of a folder with something in it Remove takes nothing.
			kept = strings.HasPrefix(e.Name(), seedPrefix) && os.Remove(filepath.Join(s.Dir, e.Name())) != nil || kept
		}
		if kept {
			return
		}
		_ = os.Remove(path)
	}
	text, err := checked.File(want)
	if err == nil {
		err = durable.WriteBytes(path, text)
	}
	if err != nil {
		undo()
		return nil, err
	}
	return undo, nil
}
