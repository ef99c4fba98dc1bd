package search

import (
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
)

// gpNear sees what lies near the best, and a few others.
type gpNear struct {
	process *gauss.Rows
	coder   *gpCoder
	around  *candidates
	memory  *memory
	kept    map[evolve.Arch][]float32 // features of what was looked at last, many of which are looked at again
	spare   map[evolve.Arch][]float32
	drawn   []evolve.Arch
	rows    [][]float32
}

func (w *gpNear) features(a evolve.Arch) ([]float32, error) {
	if row, ok := w.kept[a]; ok {
		return row, nil
	}
	return w.coder.row(a)
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
	w.drawn = w.around.near(w.drawn[:0], nearCount, ranked(), w.memory.has)
	w.rows = w.rows[:0]
	clear(w.spare)
	for _, a := range w.drawn {
		row, err := w.features(a)
		if err != nil {
			return "", err
		}
		w.rows, w.spare[a] = append(w.rows, row), row
	}
	w.kept, w.spare = w.spare, w.kept
	clear(w.spare)
	at := w.process.Max(w.rows, promise, exact)
	if at < 0 {
		return "", nil
	}
	return w.drawn[at], nil
}
