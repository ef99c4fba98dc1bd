package tabulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// continues says why a build cannot go on from a packed table: only seeds and cells can be added.
func (p *Protocol) continues(t *ownruns.Table) error {
	var q Protocol
	if err := json.Unmarshal(t.Protocol, &q); err != nil {
		return fmt.Errorf("the packed table's protocol: %v: %w", err, evolve.ErrInvalid)
	}
	if p.Seeds < q.Seeds {
		return fmt.Errorf("the packed table has %d seeds: want at least as many, not %d: %w",
			q.Seeds, p.Seeds, evolve.ErrInvalid)
	}
	q.Seeds, q.Cells = p.Seeds, p.Cells
	if err := p.differs(q.manifest()); err != nil {
		return fmt.Errorf("the packed table's protocol: %w: %w", err, evolve.ErrInvalid)
	}
	return nil
}

// unpack begins a folder with the runs of a packed table, so that seeds can be added to one that
// is shipped. The losses are the table's rounded ones, and every epoch has the cell's seconds:
// packed again, the runs are the same bytes. Cells that are not to be built are left out, so that the folder has what
// its manifest says. A folder that has runs is left as it is.
func unpack(dir string, archs []evolve.Arch, t *ownruns.Table) error {
	path := filepath.Join(dir, RunsName)
	if _, err := os.Stat(path); t == nil || !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	built := map[evolve.Arch]bool{}
	for _, a := range archs {
		built[a] = true
	}
	return durable.WriteFile(path, func(w io.Writer) error {
		for s := range t.Seeds {
			for c, a := range t.Cells {
				if !built[a] {
					continue
				}
				from := (c*t.Seeds + s) * t.Epochs
				to := from + t.Epochs
				r := Run{Arch: a, Seed: s + 1, Params: t.Params[c], MACs: t.MACs[c],
					TrainLoss: t.TrainLoss[from:to], ValLoss: t.ValLoss[from:to], TestLoss: t.TestLoss[from:to],
					Train: t.Train[from:to], Val: t.Val[from:to], Test: t.Test[from:to]}
				for range t.Epochs {
					r.Seconds = append(r.Seconds, t.Seconds[c])
				}
				if err := checked.Write(w, r); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
