package tabulate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training"
)

// Pack makes the compact table of a build's folder: the cells whose every seed from 1 to
// seeds has ended, in the order of the space, or of their genomes where it has none; seeds 0
// means all of the protocol. A cell with a run that diverged is left out. What order they were
// trained in changes no byte. quiet, which may be "", is the folder of another build of the same
// networks and data whose seconds are taken instead. left is how many cells were begun and are
// not whole.
func Pack(dir string, seeds int, quiet string) (t *ownruns.Table, left int, err error) {
	p, err := Load(dir)
	if err != nil {
		return nil, 0, err
	}
	if seeds == 0 {
		seeds = p.Seeds
	}
	if seeds < 1 || seeds > p.Seeds {
		return nil, 0, fmt.Errorf("%s: %d seeds: was built with 1 to %d: %w", dir, seeds, p.Seeds, evolve.ErrInvalid)
	}
	runs, err := Runs(dir)
	if err != nil {
		return nil, 0, err
	}
	cells, left, err := whole(dir, runs, seeds, p.Recipe.Epochs)
	if err != nil {
		return nil, 0, err
	}
	if len(cells) == 0 {
		return nil, left, fmt.Errorf("%s: no cell has all of %d seeds yet: build goes on, or want fewer --seeds: %w",
			dir, seeds, evolve.ErrInvalid)
	}
	if err := sortCells(p.Space, cells); err != nil {
		return nil, 0, err
	}
	seconds, clock, err := p.clock(dir, runs, quiet)
	if err != nil {
		return nil, 0, err
	}
	p.Seeds = seeds
	if t, err = p.pack(cells, seconds); err != nil {
		return nil, 0, err
	}
	t.Clock = clock
	return t, left, nil
}

// cell is one architecture's runs by seed.
type cell struct {
	arch evolve.Arch
	runs []*Run
}

// whole sorts a build's runs by cell, and leaves those cells out that lack a seed.
func whole(dir string, runs []Run, seeds, epochs int) (cells []cell, left int, err error) {
	var order []evolve.Arch
	of := map[evolve.Arch]map[int]*Run{} // by seed
	for i := range runs {
		r := &runs[i]
		if r.Seed > seeds {
			continue
		}
		have, ok := of[r.Arch]
		if !ok {
			have = map[int]*Run{}
			order, of[r.Arch] = append(order, r.Arch), have
		}
		bad := func(format string, v ...any) error {
			return fmt.Errorf("%s: line %d, %s with seed %d: %s: %w",
				dir, i+1, r.Arch, r.Seed, fmt.Sprintf(format, v...), evolve.ErrInvalid)
		}
		switch {
		case r.Failed != "": // the cell is left out
			continue
		case r.Seed < 1:
			return nil, 0, bad("want seeds from 1")
		case have[r.Seed] != nil:
			return nil, 0, bad("is there twice")
		}
		for _, n := range []int{len(r.Train), len(r.Val), len(r.Test), len(r.TrainLoss), len(r.ValLoss),
			len(r.TestLoss), len(r.Seconds)} {
			if n != epochs {
				return nil, 0, bad("%d values of %d epochs", n, epochs)
			}
		}
		have[r.Seed] = r
	}
	for _, a := range order {
		if len(of[a]) < seeds {
			left++
			continue
		}
		c := cell{a, make([]*Run, seeds)}
		for seed, r := range of[a] {
			c.runs[seed-1] = r
		}
		cells = append(cells, c)
	}
	return cells, left, nil
}

// sortCells puts cells in the order of their space.
func sortCells(spaceName string, cells []cell) error {
	s, _, err := evolve.Spaces.Open(evolve.Spec{Name: spaceName})
	if err != nil {
		return err
	}
	for _, c := range cells {
		if _, err := s.Canon(c.arch); err != nil {
			return err
		}
	}
	e, numbered := s.(evolve.Enumerable)
	slices.SortFunc(cells, func(a, b cell) int {
		if numbered {
			if n := cmp.Compare(e.Index(a.arch), e.Index(b.arch)); n != 0 {
				return n
			}
		}
		return cmp.Compare(a.arch, b.arch)
	})
	return nil
}

// clock is the seconds of an epoch of each architecture, the fastest that was measured, and says
// in a phrase how.
func (p *Protocol) clock(dir string, runs []Run, quiet string) (map[evolve.Arch]float32, string, error) {
	where := "on one core"
	if p.Device != "" {
		where = "on " + p.Device
	}
	how := "an epoch of training, evaluation left out: the fastest of all epochs of all runs of the cell, " + where
	if quiet != "" {
		q, err := Load(quiet)
		if err != nil {
			return nil, "", err
		}
		// Seeds and epochs change no epoch's seconds.
		a, b := *p, q
		a.Seeds, a.Cells, a.Recipe.Epochs = b.Seeds, b.Cells, b.Recipe.Epochs
		if a != b {
			return nil, "", fmt.Errorf("%s: its protocol is not that of %s: want the same engine, data, networks "+
				"and recipe: %w", quiet, dir, evolve.ErrInvalid)
		}
		if runs, err = Runs(quiet); err != nil {
			return nil, "", err
		}
		how = "an epoch of training, evaluation left out: the fastest of a pass of its own, " + where
	}
	fastest := map[evolve.Arch]float32{}
	for _, r := range runs {
		for _, s := range r.Seconds {
			if f, ok := fastest[r.Arch]; !ok || s < f {
				fastest[r.Arch] = s
			}
		}
	}
	return fastest, how, nil
}

// pack fills the columns.
func (p *Protocol) pack(cells []cell, seconds map[evolve.Arch]float32) (*ownruns.Table, error) {
	data, err := training.OpenData(p.Data)
	if err != nil {
		return nil, err
	}
	if data.Set.Hash != p.DataHash {
		return nil, fmt.Errorf("the data set %s is not the one that was trained on, %s: %w",
			p.Data, p.DataHash, evolve.ErrInvalid)
	}
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	t := &ownruns.Table{Header: ownruns.Header{Protocol: text, Space: p.Space, Data: p.Data, Cells: len(cells),
		Seeds: p.Seeds, Epochs: p.Recipe.Epochs,
		Images: ownruns.Images{Train: p.Recipe.PerEpoch(len(data.Split.Train)), Val: len(data.Split.Val),
			Test: len(data.Split.Test)}}}
	rounded := func(to *[]float32, xs []float32) {
		for _, x := range xs {
			*to = append(*to, ownruns.Round(x))
		}
	}
	for _, c := range cells {
		first := c.runs[0]
		s, ok := seconds[c.arch]
		if !ok {
			return nil, fmt.Errorf("no seconds of %s were measured: %w", c.arch, evolve.ErrInvalid)
		}
		if first.Params < 0 || first.MACs < 0 || max(first.Params, first.MACs) > math.MaxUint32 {
			return nil, fmt.Errorf("%s: %d parameters and %d MACs: %w",
				c.arch, first.Params, first.MACs, evolve.ErrInvalid)
		}
		t.Cells, t.Params, t.MACs, t.Seconds = append(t.Cells, c.arch), append(t.Params, first.Params),
			append(t.MACs, first.MACs), append(t.Seconds, ownruns.Round(s))
		for _, r := range c.runs {
			t.Train, t.Val, t.Test = append(t.Train, r.Train...), append(t.Val, r.Val...), append(t.Test, r.Test...)
			rounded(&t.TrainLoss, r.TrainLoss)
			rounded(&t.ValLoss, r.ValLoss)
			rounded(&t.TestLoss, r.TestLoss)
		}
	}
	return t, nil
}
