package search

import (
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// trainings make the losses of a model's rows comparable. Within a searcher that compares trainings of several lengths,
// an architecture comes back after longer ones, whose losses are lower. A model that saw its two losses as two rows
// would call their difference noise.
//
// An architecture has one row, and its longest training counts. Where others were trained longer, its loss is brought
// to their length, length by length: the median difference between the two lengths is added, over the architectures
// that were trained at both. Where there are none, it is the difference between the medians of the two lengths. Where
// all trainings are of one length, losses stay as they are.
type trainings struct {
	full  int // the epochs of a trial that names none
	mixed bool
	all   []training
}

// training is one training of a row's architecture.
type training struct {
	row, epochs int
	loss        float64
}

// begin forgets everything.
func (t *trainings) begin(p evolve.Problem) {
	*t = trainings{}
	if n := len(p.Fidelities); n > 0 {
		t.full = p.Fidelities[n-1].Epochs
	}
}

// add takes in a training, and keeps the losses of all rows, by row, as they compare.
func (t *trainings) add(losses []float64, row, epochs int, loss float64) {
	if epochs == 0 {
		epochs = t.full
	}
	t.all = append(t.all, training{row, epochs, loss})
	t.mixed = t.mixed || epochs != t.all[0].epochs
	if t.mixed {
		t.compare(losses)
	} else {
		losses[row] = loss
	}
}

// compare fills in the losses of all rows.
func (t *trainings) compare(losses []float64) {
	var lengths []int
	for _, x := range t.all {
		if at, ok := slices.BinarySearch(lengths, x.epochs); !ok {
			lengths = slices.Insert(lengths, at, x.epochs)
		}
	}
	// By length and row: NaN where the architecture was not trained so long.
	table := make([][]float64, len(lengths))
	for k := range table {
		table[k] = make([]float64, len(losses))
		for row := range table[k] {
			table[k][row] = math.NaN()
		}
	}
	for _, x := range t.all {
		at, _ := slices.BinarySearch(lengths, x.epochs)
		table[at][x.row] = x.loss
	}
	by := 0.0
	filled := make([]bool, len(losses))
	for k := len(lengths) - 1; k >= 0; k-- {
		if k < len(lengths)-1 {
			by += trainingsShift(table[k], table[k+1])
		}
		for row, loss := range table[k] {
			if !filled[row] && !math.IsNaN(loss) {
				losses[row], filled[row] = loss+by, true
			}
		}
	}
}

// trainingsShift is what is added to a loss of the shorter training. Failed trainings say nothing of it.
func trainingsShift(shorter, longer []float64) float64 {
	var both, short, long []float64
	for row, s := range shorter {
		l := longer[row]
		isShort, isLong := trainingsFinite(s), trainingsFinite(l)
		if isShort {
			short = append(short, s)
		}
		if isLong {
			long = append(long, l)
		}
		if isShort && isLong {
			both = append(both, l-s)
		}
	}
	switch {
	case len(both) > 0:
		return trainingsMedian(both)
	case len(short) > 0 && len(long) > 0:
		return trainingsMedian(long) - trainingsMedian(short)
	}
	return 0
}

func trainingsFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// trainingsMedian is the middle one, of an even number the upper.
func trainingsMedian(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}
