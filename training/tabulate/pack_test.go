package tabulate

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
)

// folder writes a build as Build leaves it.
func folder(t *testing.T, p Protocol, runs ...Run) string {
	t.Helper()
	dir := t.TempDir()
	text, err := checked.File(p)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, manifestName), text, 0o644)
	}
	var lines []byte
	for _, r := range runs {
		line, e := checked.Line(r)
		if err == nil {
			err = e
		}
		lines = append(lines, line...)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, RunsName), lines, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// made is a run of two epochs.
func made(a evolve.Arch, seed int) Run {
	s, n := float32(seed), len(a)*seed
	return Run{Arch: a, Seed: seed, Params: 7, MACs: 9, TrainLoss: []float32{2, s / 3}, ValLoss: []float32{3, s / 7}, TestLoss: []float32{0, s / 9},
		Train: []int{n, 2 * n}, Val: []int{n + 1, 2 * n}, Test: []int{n, n - 1}, Seconds: []float32{s / 4, 2 * s}}
}

func ofDigits() Protocol {
	p := protocol()
	p.Engine, p.DataHash = 1, "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"
	return p
}

func packed(t *testing.T, dir string, seeds int, quiet string) (*ownruns.Table, []byte) {
	t.Helper()
	table, _, err := Pack(dir, seeds, quiet)
	if err != nil {
		t.Fatal(err)
	}
	text, err := table.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return table, text
}

// A pack has the whole cells in the order of their space, whatever order they were trained in, and
// the fastest epoch of each.
func TestPack(t *testing.T) {
	runs := []Run{made("333333", 2), made("000000", 1), made("214201", 1), made("333333", 1), made("000000", 2)}
	dir := folder(t, ofDigits(), runs...)
	table, text := packed(t, dir, 0, "")
	if _, left, err := Pack(dir, 0, ""); err != nil || left != 1 {
		t.Errorf("%d cells are left, %v", left, err)
	}
	s, _, err := evolve.Spaces.Open(evolve.Spec{Name: "nb201"})
	if err != nil {
		t.Fatal(err)
	}
	want := []evolve.Arch{"000000", "333333"}
	if e := s.(evolve.Enumerable); e.Index(want[0]) > e.Index(want[1]) {
		slices.Reverse(want)
	}
	if !slices.Equal(table.Cells, want) || table.Seeds != 2 || table.Epochs != 2 || table.Images != (ownruns.Images{Train: 1024, Val: 359, Test: 359}) {
		t.Errorf("%v with %+v", table.Cells, table.Images)
	}
	for c, a := range table.Cells {
		for k := range 2 {
			r := made(a, k+1)
			for e := range 2 {
				at := table.At(c, k, e+1)
				if table.Train[at] != r.Train[e] || table.Val[at] != r.Val[e] || table.Test[at] != r.Test[e] ||
					table.TrainLoss[at] != ownruns.Round(r.TrainLoss[e]) || table.ValLoss[at] != ownruns.Round(r.ValLoss[e]) || table.TestLoss[at] != ownruns.Round(r.TestLoss[e]) {
					t.Fatalf("%s, seed %d, epoch %d", a, k+1, e+1)
				}
			}
		}
		if table.Seconds[c] != .25 || table.Params[c] != 7 || table.MACs[c] != 9 {
			t.Errorf("%s: %g seconds", a, table.Seconds[c])
		}
	}
	var p Protocol
	if err := json.Unmarshal(table.Protocol, &p); err != nil || p != ofDigits() {
		t.Errorf("%+v, %v", p, err)
	}
	slices.Reverse(runs)
	if _, again := packed(t, folder(t, ofDigits(), runs...), 0, ""); !bytes.Equal(again, text) {
		t.Error("trained in another order, the file differs")
	}
	if one, _ := packed(t, dir, 1, ""); len(one.Cells) != 3 || one.Seeds != 1 {
		t.Errorf("%d cells have seed 1", len(one.Cells))
	}
}

// Seconds can be those of another build, which may be shorter and of fewer seeds.
func TestPackQuiet(t *testing.T) {
	dir := folder(t, ofDigits(), made("000000", 1), made("000000", 2))
	p := ofDigits()
	p.Seeds, p.Recipe.Epochs = 1, 1
	quick := Run{Arch: "000000", Seed: 1, Seconds: []float32{.125}}
	table, _ := packed(t, dir, 0, folder(t, p, quick))
	if table.Seconds[0] != .125 || !strings.Contains(table.Clock, "a pass of its own") {
		t.Errorf("%g seconds, %s", table.Seconds[0], table.Clock)
	}
	p.Net.F++
	_, _, err := Pack(dir, 0, folder(t, p, quick))
	refused(t, "another network", err, "its protocol is not that of")
	p.Net.F--
	quick.Arch = "111111"
	_, _, err = Pack(dir, 0, folder(t, p, quick))
	refused(t, "another cell", err, "no seconds of 000000")
}

func TestPackRefuses(t *testing.T) {
	failed := made("000000", 1)
	failed.Failed = "the loss is NaN"
	short := made("000000", 1)
	short.Val = short.Val[1:]
	other := ofDigits()
	other.DataHash = "of others"
	for name, c := range map[string]struct {
		p     Protocol
		runs  []Run
		seeds int
		says  string
	}{
		"no whole cell": {ofDigits(), []Run{made("000000", 1)}, 0, "no cell has all of 2 seeds"},
		"many seeds":    {ofDigits(), nil, 3, "was built with 1 to 2"},
		"failed":        {ofDigits(), []Run{failed}, 1, "no cell has all of 1 seeds"},
		"twice":         {ofDigits(), []Run{made("000000", 1), made("000000", 1)}, 1, "line 2, 000000 with seed 1: is there twice"},
		"seed 0":        {ofDigits(), []Run{made("000000", 0)}, 1, "seeds from 1"},
		"an epoch less": {ofDigits(), []Run{short}, 1, "1 values of 2 epochs"},
		"no such cell":  {ofDigits(), []Run{made("000009", 1)}, 1, "000009"},
		"other data":    {other, []Run{made("000000", 1)}, 1, "not the one that was trained on"},
	} {
		_, _, err := Pack(folder(t, c.p, c.runs...), c.seeds, "")
		refused(t, name, err, c.says)
	}
}

func refused(t *testing.T, name string, err error, says string) {
	t.Helper()
	if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: %v, want %q", name, err, says)
	}
}
