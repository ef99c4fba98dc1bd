package tabulate

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/long"
	"github.com/amoeba-nas/amoeba/internal/shared"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// The embedded tables are what training gives: their runs come out again, to the last answer and
// the last bit of a loss that is kept where the kernels are those of the table; elsewhere in
// size, and nearly in the first epoch, after which the rounding of sums has grown.
func TestEmbeddedTablesRepeat(t *testing.T) {
	for name, cells := range map[string]int{"digits201": 2, "nasnetdigits": 1, "fashion201": 1} {
		t.Run(name, func(t *testing.T) {
			// Training may not depend on surrogate, which embeds the file.
			text, err := os.ReadFile(filepath.Join("..", "..", "surrogate", name+".bin"))
			if err != nil {
				t.Fatal(err)
			}
			table, err := ownruns.Read(text)
			if err != nil {
				t.Fatal(err)
			}
			var p Protocol
			if err := json.Unmarshal(table.Protocol, &p); err != nil {
				t.Fatal(err)
			}
			if p.Engine != training.Version {
				t.Skipf("%s was trained by engine %d, this is engine %d", name, p.Engine, training.Version)
			}
			needImages(t, p.Data)
			r := evolve.Stream(1, "repeat")
			for range cells {
				c, seed := r.IntN(len(table.Cells)), r.IntN(table.Seeds)
				checkRun(t, table, &p, c, seed)
			}
		})
	}
}

// needImages imports a set that is not in the program into a folder of the test's own.
func needImages(t *testing.T, name string) {
	t.Helper()
	info, err := images.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	if info.Embedded() {
		return
	}
	long.Test(t)
	shared.Path(t, "data", name)
	t.Setenv("AMOEBA_DATA", t.TempDir())
	set, err := info.Import(t.Context(), filepath.Join(shared.Dir, "data"))
	if err == nil {
		_, err = set.Write()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func checkRun(t *testing.T, table *ownruns.Table, p *Protocol, c, seed int) {
	t.Helper()
	data, err := training.OpenData(p.Data)
	if err != nil {
		t.Fatal(err)
	}
	if p.Kernels != kernel.Name() {
		checkFirstEpoch(t, data, table, p, c, seed)
		return
	}
	run, err := p.train(context.Background(), data, table.Cells[c], seed+1, Options{Device: device.CPU[float32]()})
	if err != nil {
		t.Fatal(err)
	}
	for i := range run.ValLoss {
		run.TrainLoss[i], run.ValLoss[i], run.TestLoss[i] = ownruns.Round(run.TrainLoss[i]), ownruns.Round(run.ValLoss[i]), ownruns.Round(run.TestLoss[i])
	}
	from, to := table.At(c, seed, 1), table.At(c, seed, table.Epochs)+1
	same := slices.Equal(run.Train, table.Train[from:to]) && slices.Equal(run.Val, table.Val[from:to]) && slices.Equal(run.Test, table.Test[from:to]) &&
		slices.Equal(run.TrainLoss, table.TrainLoss[from:to]) && slices.Equal(run.ValLoss, table.ValLoss[from:to]) && slices.Equal(run.TestLoss, table.TestLoss[from:to])
	if !same || run.Params != table.Params[c] || run.MACs != table.MACs[c] {
		t.Errorf("%s with seed %d: validation %v and losses %v, the table has %v and %v", table.Cells[c], seed+1, run.Val, run.ValLoss, table.Val[from:to], table.ValLoss[from:to])
	}
}

func checkFirstEpoch(t *testing.T, data *training.Data, table *ownruns.Table, p *Protocol, c, seed int) {
	t.Helper()
	r, err := training.Start(p.job(table.Cells[c], seed+1), data, device.CPU[float32]())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	e, err := r.Next(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := float64(table.TrainLoss[table.At(c, seed, 1)])
	if r.Params() != table.Params[c] || r.Network.MACs() != table.MACs[c] || math.Abs(e.TrainLoss-want) > .02*want {
		t.Errorf("%s with seed %d: %d parameters, %d MACs, training loss %g after an epoch, the table has %d, %d and %g",
			table.Cells[c], seed+1, r.Params(), r.Network.MACs(), e.TrainLoss, table.Params[c], table.MACs[c], want)
	}
}
