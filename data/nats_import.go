package data

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/data/nats"
	"github.com/amoeba-nas/amoeba/evolve"
)

// importNATS makes a table from the authors' folder of one file an architecture, or of as many of
// these as are there. The files are decoded one after the other, a few ahead, and only their
// numbers are kept.
func importNATS(im *importing, s *nats.Space) (*Frame, string, error) {
	dir, err := natsFolder(im.from)
	if err != nil {
		return nil, "", err
	}
	folder, err := nats.Open(dir)
	if err != nil {
		return nil, "", err
	}
	if folder.Space != s {
		return nil, "", fmt.Errorf("%s: files of space %s, want those of %s: %w",
			dir, folder.Space.Name, s.Name, evolve.ErrInvalid)
	}
	if err := folder.Partial(); err != nil {
		return nil, "", err
	}
	f, found, err := collectNATS(im.ctx, folder)
	if n := len(folder.Missing); err == nil && n > 0 {
		indices := make([]uint32, f.Rows)
		for row, i := range folder.Indices {
			indices[row] = uint32(i)
		}
		f.AddUint32s(natsIndex, indices)
		found += fmt.Sprintf("; a pool, as %d of the %d files are missing, the first is %06d.pickle.pbz2",
			n, s.Size, folder.Missing[0])
	}
	im.used = []Source{{Repository: "D-X-Y/NATS-Bench", Path: filepath.Base(dir), Licence: "MIT"}}
	return f, found, err
}

// natsFolder is the folder that has the files: from, or the only one in it that has any, as
// the official tar files unpack to.
func natsFolder(from string) (string, error) {
	const file = "[0-9][0-9][0-9][0-9][0-9][0-9].pickle.pbz2"
	if strings.HasSuffix(from, ".tar") {
		return "", fmt.Errorf("%s: want the folder that it unpacks to: tar xf %s: %w",
			from, filepath.Base(from), evolve.ErrInvalid)
	}
	if here, err := fs.Glob(os.DirFS(from), file); err != nil || len(here) > 0 {
		return from, err
	}
	below, err := fs.Glob(os.DirFS(from), "*/"+file)
	if err != nil {
		return "", err
	}
	dirs := map[string]bool{}
	for _, path := range below {
		dirs[filepath.Dir(filepath.FromSlash(path))] = true
	}
	switch names := slices.Sorted(maps.Keys(dirs)); len(names) {
	case 0:
		return from, nil // whose reading says what it lacks
	case 1:
		return filepath.Join(from, names[0]), nil
	default:
		return "", fmt.Errorf("%s: files in %d folders, %s and others, want one: %w",
			from, len(names), names[0], evolve.ErrInvalid)
	}
}

// collectNATS makes a row of each file that is there, in the order of their indices.
func collectNATS(ctx context.Context, folder *nats.Folder) (*Frame, string, error) {
	c := &natsColumns{rows: len(folder.Indices), cols: map[string][]float64{}}
	err := folder.Walk(func(a *nats.Arch) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := c.add(a)
		c.row++
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", folder.Dir, err)
	}
	f := &Frame{Rows: c.rows}
	for _, name := range c.names {
		f.AddFloats(name, c.cols[name])
		delete(c.cols, name) // the frame has its own copy
	}
	return f, fmt.Sprintf("%d architectures from as many official files, %d training runs, all measured",
		c.rows, c.runs), nil
}

// natsColumns are the columns of a table that is being made, in the order in which the
// files first had something for them.
type natsColumns struct {
	rows, row, runs int
	names           []string
	cols            map[string][]float64
}

func (c *natsColumns) set(name string, x float64) {
	xs, ok := c.cols[name]
	if !ok {
		xs = make([]float64, c.rows)
		for i := range xs {
			xs[i] = math.NaN()
		}
		c.names, c.cols[name] = append(c.names, name), xs
	}
	xs[c.row] = x
}

// natsMaxRuns bounds the runs of a data set under a schedule, twice the three of the
// official files: each of them is several columns.
const natsMaxRuns = 6

func (c *natsColumns) add(a *nats.Arch) error {
	for _, set := range NATSSets {
		for i := range a.Schedules {
			if err := c.addRuns(a, set, &a.Schedules[i]); err != nil {
				return fmt.Errorf("architecture %d, schedule %s, %s: %w", a.Index, a.Schedules[i].Name, set, err)
			}
		}
		// The official API gives the costs of the 12-epoch schedule unless it is asked for another.
		cost, err := a.Cost(natsName(set), "12")
		if err != nil {
			return err
		}
		c.set(set+"_params_m", cost.Params)
		c.set(set+"_flops_m", cost.FLOPs)
		if cost.Latency > 0 {
			c.set(set+"_latency_s", cost.Latency)
		}
	}
	return nil
}

// addRuns adds the runs on one data set under one schedule, in the order of the file, in
// which the official API sums them.
func (c *natsColumns) addRuns(a *nats.Arch, set string, s *nats.Schedule) error {
	var seeds []int
	for i := range s.Runs {
		if s.Runs[i].Dataset == natsName(set) {
			seeds = append(seeds, s.Runs[i].Seed)
		}
	}
	if n := len(seeds); n == 0 || n > natsMaxRuns {
		return fmt.Errorf("%d runs, want 1 to %d: %w", n, natsMaxRuns, evolve.ErrInvalid)
	}
	c.runs += len(seeds)
	epochs, err := strconv.Atoi(s.Name)
	if err != nil {
		return err
	}
	at := func(epoch, seed int) (*nats.Record, error) { return a.RecordAt(natsName(set), s.Name, epoch-1, seed) }
	// each adds a column for each run.
	each := func(name string, epoch int, accuracy func(*nats.Record) float64) error {
		for k, seed := range seeds {
			r, err := at(epoch, seed)
			if err != nil {
				return err
			}
			c.set(fmt.Sprintf("%s_%d", name, k), accuracy(r))
		}
		return nil
	}
	for _, e := range NATSPoints(epochs) {
		mean, err := at(e, nats.AllSeeds)
		if err != nil {
			return err
		}
		if mean.Valid == nil {
			continue // the 200-epoch schedule keeps it of CIFAR-10 alone; CIFAR-100 has the last
		}
		if err := each(NATSVal(set, epochs, e), e,
			func(r *nats.Record) float64 { return r.Valid.Accuracy }); err != nil {
			return err
		}
		c.set(NATSSeconds(set, epochs, e), mean.Train.Total+mean.Valid.PerEpoch)
	}
	last, err := at(epochs, nats.AllSeeds)
	switch {
	case err != nil:
		return err
	case last.Test == nil:
		return fmt.Errorf("no test after the last epoch: %w", evolve.ErrInvalid)
	case last.Valid != nil:
		c.set(fmt.Sprintf("%s_pass_s_%d", set, epochs), last.Valid.PerEpoch)
	case set != "cifar10": // which trains on what the others validate on
		return fmt.Errorf("no validation after the last epoch: %w", evolve.ErrInvalid)
	}
	c.set(fmt.Sprintf("%s_train_s_%d", set, epochs), last.Train.PerEpoch)
	return each(NATSTest(set, epochs), epochs, func(r *nats.Record) float64 { return r.Test.Accuracy })
}
