package trace

import (
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// A Judgement says which settings of a grid are the best by a measure at the ends of their runs.
type Judgement struct {
	Of    Measure
	Ends  []stats.Sample // of each cell; N is 0 of one that was not run
	Best  int            // the cell of the best mean, the first of equal ones; -1 where none has a mean
	P     []float64      // of each cell against the best, corrected; NaN of the best and where there is no test
	Notes []string       // doubts, such as too few runs to tell any two settings apart
}

// Judge compares the settings of a grid: their means at the ends of the runs with 95 % intervals, and by
// Mann-Whitney's U whether the best differs from each other one. Holm's correction is for all pairs and not for those
// with the best alone, because the same runs told which setting is the best.
func (g *Grid) Judge(m Measure) *Judgement {
	j := &Judgement{Of: m, Best: -1, Ends: make([]stats.Sample, len(g.Cells)), P: make([]float64, len(g.Cells))}
	var samples [][]float64
	var cells []int // of the samples
	for c := range g.Cells {
		j.P[c] = math.NaN()
		if g.Cells[c].Arm == nil {
			continue
		}
		j.Ends[c] = stats.Describe(g.Cells[c].Arm.Summed().Ends(m))
		samples, cells = append(samples, g.Cells[c].Arm.tested(m)), append(cells, c)
		if mean := j.Ends[c].Mean; !math.IsNaN(mean) && (j.Best < 0 || m.Better(mean, j.Ends[j.Best].Mean)) {
			j.Best = c
		}
	}
	tests := stats.Compare(make([]string, len(cells)), samples) // the order of the pairs tells them apart
	for i, a := range cells {
		for _, b := range cells[i+1:] {
			t := tests[0]
			tests = tests[1:]
			for _, note := range t.Notes {
				if !slices.Contains(j.Notes, note) {
					j.Notes = append(j.Notes, note)
				}
			}
			switch j.Best {
			case a:
				j.P[b] = t.PHolm
			case b:
				j.P[a] = t.PHolm
			}
		}
	}
	return j
}

// tested are the values of all runs as tests take them: where means leave out a few runs without a result, these runs
// are worse than any other.
func (a *Arm) tested(m Measure) []float64 {
	ends := a.Ends(m)
	if len(a.Summed().Runs) == len(a.Runs) {
		return ends
	}
	worst := math.Inf(-1)
	if m.Falls {
		worst = math.Inf(1)
	}
	for i := range a.Runs {
		if !a.Runs[i].Result() {
			ends[i] = worst
		}
	}
	return ends
}

// Tied says whether a cell cannot be told from the best at the level [stats.Alpha].
func (j *Judgement) Tied(cell int) bool { return j.P[cell] >= stats.Alpha }
