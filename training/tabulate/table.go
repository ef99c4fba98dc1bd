package tabulate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Protocol is what every run of a table has in common. Its JSON is the manifest.
type Protocol struct {
	Engine   int             `json:"engine"`           // training.Version
	Kernels  string          `json:"kernels"`          // whose sums the numbers are
	Device   string          `json:"device,omitempty"` // that is not the processor, by [device.Elsewhere]
	Space    string          `json:"space"`
	Data     string          `json:"data"`
	DataHash string          `json:"data_sha256"`
	Net      net.Config      `json:"net"`
	Recipe   training.Recipe `json:"recipe"`
	Seeds    int             `json:"seeds"` // 1 to Seeds
	Cells    string          `json:"cells"` // how the list was made
}

// Run is one architecture trained with one seed; the slices are by epoch.
type Run struct {
	Arch      evolve.Arch `json:"arch"`
	Seed      int         `json:"seed"`
	Params    int         `json:"params"`
	MACs      int         `json:"macs"`
	TrainLoss []float32   `json:"train_loss"`
	ValLoss   []float32   `json:"val_loss"`
	TestLoss  []float32   `json:"test_loss"`
	Train     []int       `json:"train"` // correct answers
	Val       []int       `json:"val"`
	Test      []int       `json:"test"`
	Seconds   []float32   `json:"seconds"`          // training, without evaluation
	Failed    string      `json:"failed,omitempty"` // why it did not end
}

// RunsName is the file of a build that has a [Run] a line, of package checked.
const RunsName = "runs.jsonl"

const (
	manifestName = durable.TableFile
	manifestMost = 1 << 20 // bytes; it takes one thousand
)

// Files are what a build writes into its folder.
var Files = durable.Files{
	manifestName: durable.Begins("manifest of a build", "{"),
	RunsName:     durable.Lines("file of runs", "arch"),
}

// Options are how a build is done, which changes no number of it, and on which device, which the manifest names.
type Options struct {
	Device device.Device[float32] // nil is the processor
	Procs  int                    // runs at a time: a core each, or joined on a device that gains by it
	From   *ownruns.Table         // whose runs of the cells a folder without any begins with; nil for none
	// Observer, which may be nil, is called with a [Built] for every run that ends, and with a [training.Crowded] where
	// a device has no room for all that run at a time; one event at a time.
	Observer evolve.Observer
}

// Built is the event of a run that ended, which makes so many of the table's.
type Built struct {
	Done, Of int
	Run      Run
}

// Build trains the runs that a table in dir lacks, seed by seed, on one device: it refuses the folder of another.
func Build(ctx context.Context, dir string, p Protocol, archs []evolve.Arch, o Options) error {
	if o.Device == nil {
		o.Device = device.CPU[float32]()
	}
	data, err := training.OpenData(p.Data)
	if err != nil {
		return err
	}
	p.Engine, p.Kernels, p.Device = training.Version, o.Device.Name(), device.Elsewhere(o.Device)
	p.DataHash = data.Set.Hash
	p.Net.Input, p.Net.Classes = data.Shape(), data.Set.Classes
	if err := p.check(data, archs, o); err != nil { // before there is a manifest to hold us to it
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	unlock, err := durable.Lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	if err := durable.RemoveLeft(dir); err != nil {
		return err
	}
	if err := durable.Only(dir, manifestName); err != nil {
		return err
	}
	if err := vacant(dir); err != nil {
		return err
	}
	if err := claim(dir, p); err != nil {
		return err
	}
	if err := unpack(dir, archs, o.From); err != nil {
		return err
	}
	past, whole, _, err := readRuns(dir)
	if err != nil {
		return err
	}
	todo, err := p.missing(archs, past)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, RunsName), err)
	}
	of := len(archs) * p.Seeds
	done := of - todo.left
	out, err := open(filepath.Join(dir, RunsName), whole)
	if err != nil {
		return err
	}
	defer out.file.Close()
	o.Observer = o.Observer.OneAtATime()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	next := func() (j job, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() != nil {
			return j, false
		}
		return todo.next()
	}
	keep := func(r Run) error {
		mu.Lock()
		defer mu.Unlock()
		if err := out.write(r); err != nil {
			return err
		}
		done++
		o.Observer.Report(Built{done, of, r})
		return nil
	}
	var wg sync.WaitGroup
	atOnce := min(o.Procs, todo.left)
	flight := evolve.NewFlight(atOnce)
	ctx = flight.With(ctx)
	flight.Stand(atOnce)
	for range atOnce {
		wg.Go(func() {
			defer flight.Land()
			for j, ok := next(); ok; j, ok = next() {
				r, err := p.train(ctx, data, j.arch, j.seed, o)
				if err == nil {
					err = keep(r)
				}
				if err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return out.file.Sync()
}

// job names a run.
type job struct {
	arch evolve.Arch
	seed int
}

// jobs are the runs that a table still lacks, seed by seed. They are counted and not listed: a million cells with a
// thousand seeds would fill the memory.
type jobs struct {
	archs []evolve.Arch
	known map[job]bool
	at    int // of the runs of the whole table
	left  int
}

// next is the first run that is neither known nor was given out.
func (q *jobs) next() (j job, ok bool) {
	for q.left > 0 {
		j = job{q.archs[q.at%len(q.archs)], q.at/len(q.archs) + 1}
		q.at++
		if !q.known[j] {
			q.left--
			return j, true
		}
	}
	return job{}, false
}

// missing are the runs that a table still lacks.
func (p *Protocol) missing(archs []evolve.Arch, past []Run) (*jobs, error) {
	q := &jobs{archs: archs, known: map[job]bool{}, left: len(archs) * p.Seeds}
	trained := map[evolve.Arch]int{} // with how many of the seeds
	for i, r := range past {
		if q.known[job{r.Arch, r.Seed}] {
			return nil, fmt.Errorf("line %d: %s with seed %d is there twice: %w",
				i+1, r.Arch, r.Seed, evolve.ErrInvalid)
		}
		q.known[job{r.Arch, r.Seed}] = true
		if r.Seed >= 1 && r.Seed <= p.Seeds {
			trained[r.Arch]++
		}
	}
	for _, a := range archs {
		q.left -= trained[a]
	}
	return q, nil
}

// check says what of a build cannot be.
func (p *Protocol) check(data *training.Data, archs []evolve.Arch, o Options) error {
	switch {
	case o.Procs < 1:
		return fmt.Errorf("%d runs at a time, want at least 1: %w", o.Procs, evolve.ErrInvalid)
	case p.Seeds < 1 || p.Seeds > ownruns.MaxSeeds:
		return fmt.Errorf("%d seeds, want 1 to %d: %w", p.Seeds, ownruns.MaxSeeds, evolve.ErrInvalid)
	case p.Recipe.Epochs > ownruns.MaxEpochs:
		return fmt.Errorf("%d epochs, want 1 to %d: %w", p.Recipe.Epochs, ownruns.MaxEpochs, evolve.ErrInvalid)
	case len(archs) == 0:
		return fmt.Errorf("no cells: %w", evolve.ErrInvalid)
	}
	r, err := training.Start(p.job(archs[0], 1), data, o.Device)
	if err != nil {
		return err
	}
	if err := r.Close(); err != nil || o.From == nil {
		return err
	}
	return p.continues(o.From)
}

// job is one run.
func (p *Protocol) job(a evolve.Arch, seed int) training.Job {
	return training.Job{Space: p.Space, Arch: a, Net: p.Net, Recipe: p.Recipe, Seed: uint64(seed)}
}

// train does one run, jointly with the others where the device gains by it. A run that diverges is a row that says so.
func (p *Protocol) train(ctx context.Context, data *training.Data, a evolve.Arch, seed int, o Options) (Run, error) {
	row := Run{Arch: a, Seed: seed}
	r, err := training.Join(ctx, o.Device, func(room int) (*training.Run, error) {
		j := p.job(a, seed)
		j.Room = room
		return training.Start(j, data, o.Device)
	})
	if err != nil {
		return row, err
	}
	defer r.Close()
	r.Observer = evolve.On(func(c training.Crowded) { o.Observer.Report(c) })
	row.Params, row.MACs = r.Params(), r.Network.MACs()
	for range p.Recipe.Epochs {
		e, err := r.Next(ctx)
		if err == nil {
			var t training.Evaluation
			if t, err = r.Test(ctx); err == nil {
				row.TrainLoss, row.ValLoss, row.TestLoss = append(row.TrainLoss, float32(e.TrainLoss)),
					append(row.ValLoss, float32(e.ValLoss)), append(row.TestLoss, float32(t.Loss))
				row.Train, row.Val, row.Test = append(row.Train, e.TrainCorrect), append(row.Val, e.ValCorrect),
					append(row.Test, t.Correct)
				row.Seconds = append(row.Seconds, float32(e.Seconds))
			}
		}
		if errors.Is(err, evolve.ErrFailed) {
			row.Failed = err.Error()
			return row, nil
		}
		if err != nil {
			return row, err
		}
	}
	return row, nil
}

// vacant refuses a folder in which somebody else's files have the names of ours: runs of which no
// manifest says what they are of would be counted and added to.
func vacant(dir string) error {
	if err := Files.Check(dir); err != nil {
		return err
	}
	_, none := os.Stat(filepath.Join(dir, manifestName))
	if _, err := os.Stat(filepath.Join(dir, RunsName)); err == nil && errors.Is(none, os.ErrNotExist) {
		return fmt.Errorf("%s has a %s and no %s: it is no build's folder; name another with --out: %w",
			dir, RunsName, manifestName, evolve.ErrInvalid)
	}
	return nil
}
