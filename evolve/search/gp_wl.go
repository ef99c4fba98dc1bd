package search

import (
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
)

// gpRounds is how many rounds of labels the likelihood chooses among, as in the published code.
const gpRounds = 2

// gpWL sees graphs: some candidates, as in the published code, and never the whole of a space.
type gpWL struct {
	process *gauss.Process
	graphs  func(evolve.Arch) ([]evolve.Graph, error)
	around  *candidates
	memory  *memory
	shown   [][]gauss.Histogram
	drawn   []evolve.Arch
}

func (w *gpWL) histograms(a evolve.Arch) ([]gauss.Histogram, error) {
	graphs, err := w.graphs(a)
	if err != nil {
		return nil, err
	}
	all := make([]gauss.Graph, len(graphs))
	for k, g := range graphs {
		all[k] = gauss.Graph(g)
	}
	return gauss.WL(gpRounds, all...), nil
}

// from is how far histograms are from those that were shown.
func (w *gpWL) from(h []gauss.Histogram) func(round, j int) float64 {
	return func(round, j int) float64 { return max(2-2*h[round].Similarity(w.shown[j][round]), 0) }
}

func (w *gpWL) show(a evolve.Arch) error {
	h, err := w.histograms(a)
	if err != nil {
		return err
	}
	w.process.Add(w.from(h))
	w.shown = append(w.shown, h)
	return nil
}

func (w *gpWL) condition(y []float64) { w.process.Condition(y) }

func (w *gpWL) best(promise gauss.Acquisition, _ bool, ranked func() []evolve.Arch) (a evolve.Arch, err error) {
	w.drawn = w.around.near(w.drawn[:0], nearCount, ranked(), w.memory.has)
	top := math.Inf(-1)
	for _, b := range w.drawn {
		h, err := w.histograms(b)
		if err != nil {
			return "", err
		}
		if v := gauss.Round(promise(w.process.Predict(w.from(h)))); v > top || a == "" {
			a, top = b, v
		}
	}
	return a, nil
}
