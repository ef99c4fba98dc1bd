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
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// Unpack begins the folder of a build with the runs of a packed table, so that seeds can be added
// to one that is shipped. The losses are the table's rounded ones, and every epoch has the
// cell's seconds: packed again, the runs are the same bytes. A folder that has runs is left as
// it is.
func Unpack(dir string, t *ownruns.Table, seeds int) error {
	path := filepath.Join(dir, runsName)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var p Protocol
	if err := json.Unmarshal(t.Protocol, &p); err != nil {
		return fmt.Errorf("the table's protocol: %v: %w", err, evolve.ErrInvalid)
	}
	p.Seeds = seeds
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	unlock, err := durable.Lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	if err := claim(dir, p); err != nil {
		return err
	}
	return durable.WriteFile(path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		for s := range t.Seeds {
			for c, a := range t.Cells {
				from := (c*t.Seeds + s) * t.Epochs
				to := from + t.Epochs
				r := Run{Arch: a, Seed: s + 1, Params: t.Params[c], MACs: t.MACs[c],
					TrainLoss: t.TrainLoss[from:to], ValLoss: t.ValLoss[from:to], TestLoss: t.TestLoss[from:to],
					Train: t.Train[from:to], Val: t.Val[from:to], Test: t.Test[from:to]}
				for range t.Epochs {
					r.Seconds = append(r.Seconds, t.Seconds[c])
				}
				if err := enc.Encode(r); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
