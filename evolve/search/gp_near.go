package search

import (
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
)

// gpDrawn draws what lies near the best, and a few others, and has their features.
type gpDrawn struct {
	coder  *gpCoder
	around *candidates
	memory *memory

	archs       []evolve.Arch
	rows        [][]float32
	kept, spare map[evolve.Arch][]float32 // features of what was drawn last, much of which is drawn again
}

func newGPDrawn(coder *gpCoder, around *candidates, memory *memory) *gpDrawn {
	return &gpDrawn{coder: coder, around: around, memory: memory,
		kept: map[evolve.Arch][]float32{}, spare: map[evolve.Arch][]float32{}}
}

func (d *gpDrawn) features(a evolve.Arch) ([]float32, error) {
	if row, ok := d.kept[a]; ok {
		return row, nil
	}
	return d.coder.row(a)
}

// draw draws anew around ranked, the best first.
func (d *gpDrawn) draw(ranked []evolve.Arch) error {
	d.archs = d.around.near(d.archs[:0], nearCount, ranked, d.memory.has)
	d.rows = d.rows[:0]
	for _, a := range d.archs {
		row, err := d.features(a)
		if err != nil {
			return err
		}
		d.rows, d.spare[a] = append(d.rows, row), row
	}
	d.kept, d.spare = d.spare, d.kept
	clear(d.spare)
	return nil
}

// gpNear sees what was drawn.
type gpNear struct {
	*gpDrawn
	process *gauss.Rows
}

func (w *gpNear) show(a evolve.Arch) error {
	row, err := w.features(a)
	if err == nil {
		w.process.Show(row)
	}
	return err
}

func (w *gpNear) condition(y []float64) { w.process.Condition(y) }

func (w *gpNear) best(promise gauss.Acquisition, exact bool, ranked func() []evolve.Arch) (evolve.Arch, error) {
	if err := w.draw(ranked()); err != nil {
		return "", err
	}
	at := w.process.Max(w.rows, promise, exact)
	if at < 0 {
		return "", nil
	}
	return w.archs[at], nil
}
