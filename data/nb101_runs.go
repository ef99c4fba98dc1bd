package data

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// NB101Official is an official NAS-Bench-101 file by cells. Every column has one value
// for each cell, in the order of Hashes.
type NB101Official struct {
	Hashes   [][16]byte // official module hashes, ascending
	Vertices []uint8    // 2..7, input and output included
	Bits     []uint32   // bit x + y(y-1)/2 is the edge x -> y
	Ops      []uint16   // two bits for each interior vertex, vertex 1 lowest: as NB101Record.Ops
	Params   []int32    // trainable parameters

	Runs    []NB101Runs // one for each schedule in the file, by epochs
	Records int         // records read
	Rounded int         // numbers in Runs that the file gives with more digits than float32 has
}

// NB101Runs are the repeats of one schedule, in the order of the file: NaN where a cell
// has fewer.
//
// Columns are float32, as the numbers were when they were measured and before the file
// widened them: of the 20,001 published cells that were looked at, every validation
// accuracy (counts of 9,984 images) and every training time is a float32 exactly.
type NB101Runs struct {
	Epochs       int          // 4, 12, 36 or 108
	Val, Test    [3][]float32 // accuracy at the end, fractions 0..1
	TrainSeconds [3][]float32 // of the whole training, on one TPU v2
}

// CollectNB101 reads an official file to its end.
//
// Memory is at most some 180 bytes for each cell while reading and as much again for the
// result, 170 MB for the whole benchmark. A fourth repeat, a cell whose records disagree
// on its graph or size, and a cell too many are errors that name the record and wrap
// evolve.ErrInvalid. Missing repeats are none.
func CollectNB101(r io.Reader) (*NB101Official, error) {
	c := nb101Collector{index: map[[16]byte]int{}}
	for rec, err := range ReadNB101(r) {
		if err != nil {
			return nil, err
		}
		if err := c.add(rec); err != nil {
			return nil, rec.fail(err)
		}
	}
	if c.cells == 0 {
		return nil, fmt.Errorf("no records, want those of an official NAS-Bench-101 file: %w", evolve.ErrInvalid)
	}
	return c.columns(), nil
}

// nb101Graph is what all records of a cell say alike.
type nb101Graph struct {
	bits     uint32
	params   int32
	ops      uint16
	vertices uint8
}

// nb101Cell is a cell while the file is read.
type nb101Cell struct {
	hash  [16]byte
	graph nb101Graph
	count [len(nb101EpochText)]uint8         // repeats so far
	final [len(nb101EpochText)][3][3]float32 // [schedule][repeat]: val, test, seconds
}

// nb101Block is how many cells are allocated at once. Blocks, unlike a slice that grows,
// are never copied: the peak of memory is the sum of the cells.
const nb101Block = 4096

type nb101Collector struct {
	blocks  [][]nb101Cell
	cells   int
	index   map[[16]byte]int
	last    *nb101Cell // of the record before: the published files keep a cell's records together
	records int
	rounded int
}

func (c *nb101Collector) at(i int) *nb101Cell { return &c.blocks[i/nb101Block][i%nb101Block] }

func (c *nb101Collector) add(r *NB101Record) error {
	g := nb101Graph{bits: r.Bits, params: int32(r.Params), vertices: uint8(r.Vertices)}
	for i, op := range r.Ops {
		g.ops |= uint16(op) << (2 * i)
	}
	cell, err := c.claim(r.Hash, g)
	if err != nil {
		return err
	}
	if cell.graph != g {
		return fmt.Errorf("cell %x has %s, an earlier record gives it %s", r.Hash, g, cell.graph)
	}
	e := slices.Index(NB101Epochs, r.Epochs)
	k := cell.count[e]
	if int(k) == len(cell.final[e]) {
		return fmt.Errorf("cell %x has a fourth run of %d epochs, want at most %d", r.Hash, r.Epochs, k)
	}
	cell.count[e]++
	end := r.Evals[len(r.Evals)-1]
	for i, x := range [...]float64{end.ValAcc, end.TestAcc, end.TrainSeconds} {
		cell.final[e][k][i] = float32(x)
		if float64(float32(x)) != x {
			c.rounded++
		}
	}
	c.records++
	return nil
}

// claim returns the cell of a hash, a new one of graph g when there is none.
func (c *nb101Collector) claim(hash [16]byte, g nb101Graph) (*nb101Cell, error) {
	if c.last != nil && c.last.hash == hash {
		return c.last, nil
	}
	i, ok := c.index[hash]
	if !ok {
		if c.cells == space.NB101Size {
			return nil, fmt.Errorf("cell %x is one more than the %d of the benchmark", hash, c.cells)
		}
		i = c.cells
		c.index[hash] = i
		c.cells++
		if i/nb101Block == len(c.blocks) {
			c.blocks = append(c.blocks, make([]nb101Cell, nb101Block))
		}
		*c.at(i) = nb101Cell{hash: hash, graph: g}
	}
	c.last = c.at(i)
	return c.last, nil
}

func (g nb101Graph) String() string {
	return fmt.Sprintf("%d vertices, edge bits %#x, operation bits %#x, %d parameters",
		g.vertices, g.bits, g.ops, g.params)
}

// columns sorts the cells and turns them into columns.
func (c *nb101Collector) columns() *NB101Official {
	order := make([]int32, c.cells)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return bytes.Compare(c.at(int(a)).hash[:], c.at(int(b)).hash[:])
	})
	o := &NB101Official{
		Hashes:   make([][16]byte, c.cells),
		Vertices: make([]uint8, c.cells),
		Bits:     make([]uint32, c.cells),
		Ops:      make([]uint16, c.cells),
		Params:   make([]int32, c.cells),
		Records:  c.records,
		Rounded:  c.rounded,
	}
	var has [len(nb101EpochText)]bool
	for row, i := range order {
		cell := c.at(int(i))
		o.Hashes[row] = cell.hash
		o.Vertices[row], o.Bits[row] = cell.graph.vertices, cell.graph.bits
		o.Ops[row], o.Params[row] = cell.graph.ops, cell.graph.params
		for e, n := range cell.count {
			has[e] = has[e] || n > 0
		}
	}
	for e, epochs := range NB101Epochs {
		if has[e] {
			o.Runs = append(o.Runs, c.runs(order, e, epochs))
		}
	}
	return o
}

// runs is the columns of one schedule.
func (c *nb101Collector) runs(order []int32, e, epochs int) NB101Runs {
	r := NB101Runs{Epochs: epochs}
	nan := float32(math.NaN())
	for k := range len(r.Val) {
		columns := [...]*[]float32{&r.Val[k], &r.Test[k], &r.TrainSeconds[k]}
		for i, to := range columns {
			*to = make([]float32, len(order))
			for row, from := range order {
				cell := c.at(int(from))
				(*to)[row] = nan
				if k < int(cell.count[e]) {
					(*to)[row] = cell.final[e][k][i]
				}
			}
		}
	}
	return r
}
