package data

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// repeats makes n runs of the cell of rec, of a schedule, and their final numbers in order.
func repeats(r *rand.Rand, rec *NB101Record, epochs, n int) (runs []*NB101Record) {
	for range n {
		again := madeUpRun(r)
		c := *rec
		c.Epochs, c.Evals = epochs, again.Evals
		runs = append(runs, &c)
	}
	return runs
}

func nb101File(runs ...*NB101Record) (file []byte) {
	for _, rec := range runs {
		file = AppendNB101Record(file, rec)
	}
	return file
}

func TestCollectNB101(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	a, b := madeUpRun(r), madeUpRun(r)
	a.Hash[0], a.Vertices, a.Bits, a.Ops = 9, 4, 0b101011, []byte{2, 1}
	b.Hash[0], b.Vertices, b.Bits, b.Ops = 8, 2, 1, nil
	a4, a108, b108 := repeats(r, a, 4, 2), repeats(r, a, 108, 3), repeats(r, b, 108, 3)
	b108[2].Evals[2].TrainSeconds = 0.1 // a double that is no float32
	// Neither cell's records are together, and the repeats of a schedule are not either.
	file := nb101File(a108[0], b108[0], a4[0], b108[1], a108[1], b108[2], a4[1], a108[2])
	got, err := CollectNB101(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	nan := float32(math.NaN())
	run := func(epochs int, b, a []*NB101Record) NB101Runs {
		runs := NB101Runs{Epochs: epochs}
		for k := range 3 {
			for _, cell := range [][]*NB101Record{b, a} {
				val, test, seconds := nan, nan, nan
				if k < len(cell) {
					e := cell[k].Evals[2]
					val, test, seconds = float32(e.ValAcc), float32(e.TestAcc), float32(e.TrainSeconds)
				}
				runs.Val[k] = append(runs.Val[k], val)
				runs.Test[k] = append(runs.Test[k], test)
				runs.TrainSeconds[k] = append(runs.TrainSeconds[k], seconds)
			}
		}
		return runs
	}
	want := &NB101Official{
		Hashes:   [][16]byte{b.Hash, a.Hash},
		Vertices: []uint8{2, 4},
		Bits:     []uint32{1, 0b101011},
		Ops:      []uint16{0, 0b0110},
		Params:   []int32{int32(b.Params), int32(a.Params)},
		Runs:     []NB101Runs{run(4, nil, a4), run(108, b108, a108)},
		Records:  8,
		Rounded:  1,
	}
	if d := cmp.Diff(want, got, cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
}

func TestCollectNB101Refuses(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	a, b := madeUpRun(r), madeUpRun(r)
	a.Vertices, a.Bits, a.Ops = 5, 0b1100110101, []byte{0, 1, 2}
	a12 := repeats(r, a, 12, 4)
	change := func(f func(*NB101Record)) *NB101Record {
		c := *a
		c.Ops = slices.Clone(a.Ops)
		f(&c)
		return &c
	}
	cell := fmt.Sprintf("cell %x ", a.Hash)
	for _, c := range []struct {
		name string
		runs []*NB101Record
		msg  string
	}{
		{"a fourth repeat", append([]*NB101Record{b}, a12...), cell + "has a fourth run of 12 epochs, want at most 3"},
		{"another edge", []*NB101Record{a, b, change(func(r *NB101Record) { r.Bits ^= 1 })}, cell + "has 5 vertices, edge bits 0x334, operation bits 0x24"},
		{"another vertex", []*NB101Record{a, b, change(func(r *NB101Record) { r.Vertices, r.Ops = 6, append(r.Ops, 0) })}, cell + "has 6 vertices"},
		{"another op", []*NB101Record{a, change(func(r *NB101Record) { r.Ops[2] = 1 })}, "operation bits 0x14"},
		{"another size", []*NB101Record{a, change(func(r *NB101Record) { r.Params = 7 })}, ", 7 parameters, an earlier record gives it 5 vertices, edge bits 0x335"},
	} {
		before := nb101File(c.runs[:len(c.runs)-1]...)
		where := fmt.Sprintf("record %d at byte %d: ", len(c.runs), len(before))
		_, err := CollectNB101(bytes.NewReader(nb101File(c.runs...)))
		if !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), where) || !strings.Contains(err.Error(), c.msg) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q with %q", c.name, err, where, c.msg)
		}
	}
	if _, err := CollectNB101(bytes.NewReader(nil)); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "no records") {
		t.Errorf("an empty file: %v", err)
	}
	file := nb101File(a12[:3]...)
	if _, err := CollectNB101(bytes.NewReader(file[:len(file)-1])); !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), "record 3 at byte ") {
		t.Errorf("a cut file: %v", err)
	}
}

func TestNB101CellTooMany(t *testing.T) {
	rec := madeUpRun(rand.New(rand.NewPCG(7, 8)))
	c := nb101Collector{cells: space.NB101Size, index: map[[16]byte]int{}}
	want := fmt.Sprintf("cell %x is one more than the 423624 of the benchmark", rec.Hash)
	if err := c.add(rec); err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

// The order of the cells in a file does not matter, that of a cell's repeats does.
func TestCollectNB101Order(t *testing.T) {
	if testing.Short() {
		t.Skip("reads thousands of records")
	}
	r := rand.New(rand.NewPCG(5, 6))
	var cells [][]*NB101Record
	for range 3*nb101Block/2 + 1 {
		rec := madeUpRun(r)
		cells = append(cells, repeats(r, rec, rec.Epochs, 1+r.IntN(3)))
	}
	collect := func() *NB101Official {
		o, err := CollectNB101(bytes.NewReader(nb101File(slices.Concat(cells...)...)))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	want := collect()
	r.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
	got := collect()
	if d := cmp.Diff(want, got, cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
	if !slices.IsSortedFunc(got.Hashes, func(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) }) {
		t.Error("the hashes are not sorted")
	}
	for _, runs := range got.Runs {
		if n := len(runs.Val[2]); n != len(cells) {
			t.Errorf("%d epochs: %d rows, want %d", runs.Epochs, n, len(cells))
		}
	}
}
