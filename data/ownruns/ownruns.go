package ownruns

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// Table is a space's runs. What is of a run's epoch is at [Table.At].
type Table struct {
	Header
	Cells   []evolve.Arch
	Params  []int     // of each cell
	MACs    []int     // of each cell, for one image
	Seconds []float32 // of each cell: an epoch of training
	// Right answers, and mean cross entropies in nats an image, both rounded by [Round].
	Train, Val, Test             []int
	TrainLoss, ValLoss, TestLoss []float32

	Hash string // hex SHA-256 of the file but for the trailer that holds it; "" before it is written or read
}

// Header is what a table says of itself.
type Header struct {
	Protocol json.RawMessage `json:"protocol"` // that of the build: engine, kernels, data, network, recipe
	Space    string          `json:"space"`
	Data     string          `json:"data"`
	Cells    int             `json:"cells"`
	Seeds    int             `json:"seeds"` // every cell was trained with 1 to Seeds
	Epochs   int             `json:"epochs"`
	Images   Images          `json:"images"`
	Clock    string          `json:"clock"` // how the seconds were measured
}

// Images are how many answers the counts are of.
type Images struct {
	Train int `json:"train"` // of the batches of an epoch, as they were trained on
	Val   int `json:"val"`
	Test  int `json:"test"`
}

// At is the place of a cell's run with a seed, from 0, after an epoch, from 1.
func (t *Table) At(cell, seed, epoch int) int { return (cell*t.Seeds+seed)*t.Epochs + epoch - 1 }

// lossBits is how many of the 23 bits of a loss's fraction are kept.
const lossBits = 12

// LossError is the largest relative error of a loss that was rounded.
const LossError = 1.0 / (1 << (lossBits + 1))

// Round is the nearest number that a file can keep: within LossError of x, if that is none of
// the subnormal ones. Unlike a logarithm's, its bits are alike on all processors.
func Round(x float32) float32 { return expand(shorten(x)) }

// shorten is the upper part of a positive number's bits, rounded: it rises with x.
func shorten(x float32) int { return int(math.Float32bits(x)+1<<(22-lossBits)) >> (23 - lossBits) }

func expand(bits int) float32 { return math.Float32frombits(uint32(bits) << (23 - lossBits)) }

// Limits on what a file may say of itself, far above any table of the project. They hold a
// hostile one to some hundred megabytes.
const (
	MaxSeeds  = 1 << 10
	MaxEpochs = 1 << 12

	maxHeader = 1 << 16
	maxBody   = 48 << 20 // bytes, unpacked
	mostBits  = 1 << 24  // beyond any number of a body
)

// check says what of a table cannot be.
func (t *Table) check() error {
	bad := func(format string, v ...any) error {
		return fmt.Errorf(format+": %w", append(v, evolve.ErrInvalid)...)
	}
	if len(t.Cells) != t.Header.Cells {
		return bad("%d cells, the header says %d", len(t.Cells), t.Header.Cells)
	}
	if len(t.Params) != len(t.Cells) || len(t.MACs) != len(t.Cells) || len(t.Seconds) != len(t.Cells) {
		return bad("%d parameters, %d MACs and %d seconds of %d cells", len(t.Params), len(t.MACs), len(t.Seconds),
			len(t.Cells))
	}
	if err := t.Header.check(); err != nil {
		return err
	}
	seen := make(map[evolve.Arch]bool, len(t.Cells))
	for i, a := range t.Cells {
		if a == "" || seen[a] {
			return bad("cell %d, %q, is there twice or empty", i, a)
		}
		seen[a] = true
		if p, m := t.Params[i], t.MACs[i]; uint64(p) > math.MaxUint32 || uint64(m) > math.MaxUint32 {
			return bad("cell %d, %s: %d parameters and %d MACs, want 0 to %d", i, a, p, m, uint32(math.MaxUint32))
		}
		if s := t.Seconds[i]; !(s > 0) || math.IsInf(float64(s), 0) {
			return bad("cell %d, %s: %g seconds, want a positive number", i, a, s)
		}
	}
	runs := t.Header.Cells * t.Seeds * t.Epochs
	for _, c := range []struct {
		name   string
		counts []int
		of     int
		losses []float32
	}{{"train", t.Train, t.Images.Train, t.TrainLoss}, {"val", t.Val, t.Images.Val, t.ValLoss},
		{"test", t.Test, t.Images.Test, t.TestLoss}} {
		if len(c.counts) != runs || len(c.losses) != runs {
			return bad("%s: %d counts and %d losses, want %d", c.name, len(c.counts), len(c.losses), runs)
		}
		for i, n := range c.counts {
			if n < 0 || n > c.of {
				return bad("%s: %d right answers of %d after epoch %d of cell %s",
					c.name, n, c.of, i%t.Epochs+1, t.Cells[i/t.Epochs/t.Seeds])
			}
			if x := float64(c.losses[i]); !(x >= 0) || math.IsInf(x, 0) {
				return bad("%s: loss %g after epoch %d of cell %s",
					c.name, x, i%t.Epochs+1, t.Cells[i/t.Epochs/t.Seeds])
			}
		}
	}
	return nil
}

func (h *Header) check() error {
	for _, n := range []struct {
		name     string
		is, most int
	}{{"cells", h.Cells, maxBody}, {"seeds", h.Seeds, MaxSeeds}, {"epochs", h.Epochs, MaxEpochs},
		{"images of train", h.Images.Train, mostBits - 1}, {"images of val", h.Images.Val, mostBits - 1},
		{"images of test", h.Images.Test, mostBits - 1}} {
		if n.is < 1 || n.is > n.most {
			return fmt.Errorf("%d %s, want 1 to %d: %w", n.is, n.name, n.most, evolve.ErrInvalid)
		}
	}
	if !json.Valid(h.Protocol) {
		return fmt.Errorf("no protocol: %w", evolve.ErrInvalid)
	}
	// In this order no product overflows.
	if h.Seeds*h.Epochs*numbers*planes > maxBody/h.Cells {
		return fmt.Errorf("%d cells, %d seeds and %d epochs are more than a file holds: %w",
			h.Cells, h.Seeds, h.Epochs, evolve.ErrInvalid)
	}
	return nil
}

// Kind is the kind of the file of a packed table.
var Kind = durable.Begins("packed table", "amoruns\n")
