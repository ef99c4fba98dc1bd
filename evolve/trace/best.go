package trace

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// A Judgement is which settings of a grid are the best by a measure at the ends of their runs.
type Judgement struct {
	Of   Measure
	Ends []stats.Sample // of each cell; N is 0 of one that was not run
	Best int            // the cell of the best mean, the first of equal ones; -1 where none has a mean
	P    []float64      // of each cell against the best, corrected; NaN of the best and where there is no test
	// Doubts, such as too few runs to tell any two settings apart.
	Notes []string
}

// Judge compares the settings of a grid: their means at the ends of the runs with 95 % intervals, and by
// Mann-Whitney's U whether the best differs from each other one. The family that Holm's correction is of are all pairs,
// not those with the best alone: which setting is the best was told from these same runs.
func (g *Grid) Judge(m Measure) *Judgement {
	j := &Judgement{Of: m, Best: -1, Ends: make([]stats.Sample, len(g.Cells)), P: make([]float64, len(g.Cells))}
	var names []string
	var samples [][]float64
	var cells []int
	for c := range g.Cells {
		j.P[c] = math.NaN()
		if g.Cells[c].Arm == nil {
			continue
		}
		j.Ends[c] = stats.Describe(g.Cells[c].Arm.Summed().Ends(m))
		names, cells = append(names, fmt.Sprint(c)), append(cells, c)
		samples = append(samples, g.Cells[c].Arm.tested(m))
		if mean := j.Ends[c].Mean; !math.IsNaN(mean) && (j.Best < 0 || m.Better(mean, j.Ends[j.Best].Mean)) {
			j.Best = c
		}
	}
	seen := map[string]bool{}
	best := fmt.Sprint(j.Best)
	for _, t := range stats.Compare(names, samples) {
		for _, note := range t.Notes {
			if !seen[note] {
				seen[note], j.Notes = true, append(j.Notes, note)
			}
		}
		for _, of := range [][2]string{{t.A, t.B}, {t.B, t.A}} {
			if of[0] != best {
				continue
			}
			for _, c := range cells {
				if fmt.Sprint(c) == of[1] {
					j.P[c] = t.PHolm
				}
			}
		}
	}
	return j
}

// tested are the values of all runs as tests take them: where means leave out a few runs without a result, these are
// worse than any other.
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
