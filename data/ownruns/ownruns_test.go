package ownruns

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
)

// tiny is a table of chance, as Pack would make it.
func tiny(cells, seeds, epochs int, r *rand.Rand) *Table {
	t := &Table{Header: Header{Protocol: []byte(`{"engine":1}`), Space: "nb201", Data: "digits", Cells: cells, Seeds: seeds, Epochs: epochs, Images: Images{1024, 359, 70000}, Clock: "by hand"}}
	for i := range cells {
		t.Cells = append(t.Cells, evolve.Arch(strings.Repeat("x", i+1)))
		t.Params, t.MACs = append(t.Params, r.IntN(1<<32)), append(t.MACs, r.IntN(1<<32))
		t.Seconds = append(t.Seconds, Round(r.Float32()+1e-6))
	}
	for range cells * seeds * epochs {
		t.Train, t.Val, t.Test = append(t.Train, r.IntN(1025)), append(t.Val, r.IntN(360)), append(t.Test, r.IntN(70001))
		loss := func() float32 { return Round(float32(math.Exp(20*r.Float64() - 15))) }
		t.TrainLoss, t.ValLoss, t.TestLoss = append(t.TrainLoss, loss()), append(t.ValLoss, loss()), append(t.TestLoss, 0)
	}
	return t
}

func sealed(t testing.TB, table *Table) []byte {
	t.Helper()
	b, err := table.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		want := tiny(rapid.IntRange(1, 9).Draw(rt, "cells"), rapid.IntRange(1, 4).Draw(rt, "seeds"), rapid.IntRange(1, 5).Draw(rt, "epochs"), r)
		b, err := want.MarshalBinary()
		if err != nil {
			rt.Fatal(err)
		}
		got, err := Read(b)
		if err != nil {
			rt.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			rt.Fatalf("%+v, want %+v", got, want)
		}
	})
}

// Losses keep their order and are near enough.
func TestRound(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	last := float32(0)
	for x := float32(1e-30); x < 1e30; x *= 1 + r.Float32()/100 {
		y := Round(x)
		if y < last || math.Abs(float64(y)/float64(x)-1) > LossError || Round(y) != y {
			t.Fatalf("%g is rounded to %g, then %g; before it was %g", x, y, Round(y), last)
		}
		last = y
	}
	if Round(0) != 0 || Round(1) != 1 {
		t.Errorf("0 is %g, 1 is %g", Round(0), Round(1))
	}
}

func TestMarshalRefuses(t *testing.T) {
	for name, change := range map[string]func(*Table){
		"no cells":            func(t *Table) { *t = Table{Header: t.Header}; t.Header.Cells = 0 },
		"cells of the header": func(t *Table) { t.Header.Cells++ },
		"a cell twice":        func(t *Table) { t.Cells[1] = t.Cells[0] },
		"two lines":           func(t *Table) { t.Cells[1] = "a\nb" },
		"more than all right": func(t *Table) { t.Val[3] = 360 },
		"below zero":          func(t *Table) { t.Train[0] = -1 },
		"no loss":             func(t *Table) { t.ValLoss[2] = float32(math.NaN()) },
		"endless loss":        func(t *Table) { t.TestLoss[2] = float32(math.Inf(1)) },
		"negative loss":       func(t *Table) { t.TestLoss[2] = -1 },
		"no seconds":          func(t *Table) { t.Seconds[1] = 0 },
		"MACs of 33 bits":     func(t *Table) { t.MACs[2] = 1 << 32 },
		"below no parameters": func(t *Table) { t.Params[0] = -1 },
		"a column short":      func(t *Table) { t.Test = t.Test[1:] },
		"sizes short":         func(t *Table) { t.MACs = t.MACs[1:] },
		"no protocol":         func(t *Table) { t.Protocol = nil },
		"a long protocol":     func(t *Table) { t.Protocol = []byte(`"` + strings.Repeat("x", maxHeader) + `"`) },
		"seeds":               func(t *Table) { t.Seeds = 0 },
		"images":              func(t *Table) { t.Images.Test = mostBits },
	} {
		table := tiny(3, 2, 4, rand.New(rand.NewPCG(3, 4)))
		change(table)
		if _, err := table.MarshalBinary(); !errors.Is(err, evolve.ErrInvalid) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A file that was cut or has a wrong bit anywhere is refused.
func TestReadRefusesDamage(t *testing.T) {
	b := sealed(t, tiny(3, 2, 4, rand.New(rand.NewPCG(3, 4))))
	for at := range b {
		wrong := bytes.Clone(b)
		wrong[at] ^= 1 << (at % 8)
		for what, x := range map[string][]byte{"cut": b[:at], "a wrong bit": wrong} {
			if _, err := Read(x); !errors.Is(err, evolve.ErrInvalid) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%s at byte %d of %d: %v", what, at, len(b), err)
			}
		}
	}
}

// reseal puts a body and a header under a right checksum.
func reseal(head string, body []byte) []byte {
	b := append([]byte(magic), 0, 0, 0, 0, 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(b[8:], version)
	binary.LittleEndian.PutUint32(b[12:], uint32(len(head)))
	w, _ := zstd.NewWriter(nil) // without options it has no error
	b = w.EncodeAll(body, append(b, head...))
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// What was sealed with a right checksum can still lie: lengths beyond what is there allocate
// nothing.
func TestReadRefusesLies(t *testing.T) {
	const rest = `,"images":{"train":9,"val":9,"test":9},"protocol":{}}`
	for name, c := range map[string]struct {
		head string
		body []byte
		says string
	}{
		"no header":   {"", nil, "header"},
		"many cells":  {`{"cells":2000000,"seeds":1,"epochs":1` + rest, []byte("a\nb\n"), "2 genomes, the header says 2000000"},
		"too many":    {`{"cells":50000000,"seeds":1024,"epochs":4096` + rest, nil, "more than a file holds"},
		"no seeds":    {`{"cells":1,"seeds":0,"epochs":1` + rest, nil, "0 seeds"},
		"a bomb":      {`{"cells":1,"seeds":1,"epochs":1` + rest, make([]byte, maxBody+1), "numbers"},
		"a byte less": {`{"cells":1,"seeds":1,"epochs":1` + rest, make([]byte, 30), "genomes"},
		"a byte more": {`{"cells":1,"seeds":1,"epochs":1` + rest, append([]byte("a\n"), make([]byte, 31)...), "31 bytes of numbers, want 30"},
		"no time":     {`{"cells":1,"seeds":1,"epochs":1` + rest, append([]byte("a\n"), make([]byte, 30)...), "0 seconds"},
		"wide time":   {`{"cells":1,"seeds":1,"epochs":1` + rest, append([]byte("a\n"), bytes.Repeat([]byte{255}, 30)...), "are no seconds"},
	} {
		_, err := Read(reseal(c.head, c.body))
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// FuzzParse reads what the checksum is of: it panics nowhere, and what it reads is written again
// to what is read again.
func FuzzParse(f *testing.F) {
	for _, n := range [][3]int{{1, 1, 1}, {3, 2, 4}, {5, 1, 2}} {
		b := sealed(f, tiny(n[0], n[1], n[2], rand.New(rand.NewPCG(1, uint64(n[0])))))
		f.Add(b[:len(b)-sha256.Size])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < prefix {
			return
		}
		first, err := parse(b)
		if err != nil {
			return
		}
		again, err := Read(sealed(t, first))
		if err != nil || !reflect.DeepEqual(again, first) {
			t.Fatalf("%+v, then %+v, %v", first, again, err)
		}
	})
}
