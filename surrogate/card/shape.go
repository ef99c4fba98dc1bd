package card

import (
	"github.com/amoeba-nas/amoeba/evolve"
	shape "github.com/amoeba-nas/amoeba/evolve/landscape"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// FDC is the fitness-distance correlation (Jones and Forrest, ICGA 1995): Pearson's of the
// loss with the least number of decisions to change to get to a best architecture. Near 1 the
// loss leads there.
type FDC struct {
	Metric       string       `json:"metric"`
	Correlation  number.Short `json:"correlation"`
	Sample       int          `json:"sample"` // architectures
	All          bool         `json:"all"`    // they are all there are; else drawn at random
	Best         int          `json:"best"`   // architectures that share the least loss
	MeanDistance number.Short `json:"mean_distance"`
}

// Walk is the autocorrelation of the loss along a random walk of mutations (Weinberger,
// Biological Cybernetics 63, 1990).
type Walk struct {
	Metric          string          `json:"metric"`
	Mutation        string          `json:"mutation"`
	Steps           int             `json:"steps"`
	Pool            bool            `json:"pool"`            // a mutation is one of the ten nearest recorded
	Autocorrelation [5]number.Short `json:"autocorrelation"` // at lags 1 to 5
	// −1/ln of the first, in steps; null where they do not fall.
	Length  number.Short `json:"length"`
	Visited int          `json:"visited"` // different architectures; in a pool a walk may go back and forth
}

const (
	fdcSample = 5000  // a standard error of the correlation of 0.014
	walkSteps = 10000 // of an autocorrelation of 0.01
	seed      = 1
)

// fitnessDistance is nil where the space has no encoding of decisions.
func (l *landscape) fitnessDistance() (*FDC, error) {
	if !shape.Measurable(l.Space) {
		return nil, nil
	}
	loss := l.Metrics[l.Shape].Values
	c := &FDC{Metric: l.label(l.Metrics[l.Shape]), Sample: len(l.Rows), All: true}
	var best []evolve.Arch
	for _, k := range shape.Lowest(model.Pick(loss, l.Rows)) {
		best = append(best, l.arch(l.Rows[k]))
	}
	c.Best = len(best)
	sample := l.Rows
	if c.Sample > fdcSample {
		c.Sample, c.All = fdcSample, false
		sample = model.Pick(l.Rows, evolve.Stream(seed, "card").Perm(len(l.Rows))[:fdcSample])
	}
	ruler, err := shape.NewRuler(l.Space, best)
	if err != nil {
		return nil, err
	}
	distances := make([]float64, len(sample))
	for k, i := range sample {
		if distances[k], err = ruler.Distance(l.arch(i)); err != nil {
			return nil, err
		}
	}
	mean, _ := stats.MeanSD(distances)
	c.MeanDistance, c.Correlation = number.Short(mean), number.Short(stats.Pearson(model.Pick(loss, sample), distances))
	return c, nil
}

// walk is nil where the space has no mutation.
func (l *landscape) walk() (*Walk, error) {
	loss := l.Metrics[l.Shape].Values
	archs, name, err := shape.RandomWalk(l.Space, walkSteps, evolve.Stream(seed, "card walk"))
	if archs == nil {
		return nil, err
	}
	seen, visited := make([]float64, len(archs)), map[int]bool{}
	for k, a := range archs {
		i := l.Space.Index(a)
		seen[k], visited[i] = loss[i], true
	}
	w := &Walk{Metric: l.label(l.Metrics[l.Shape]), Mutation: name, Steps: walkSteps, Pool: l.Pooled,
		Visited: len(visited)}
	for k := range w.Autocorrelation {
		w.Autocorrelation[k] = number.Short(shape.Autocorrelation(seen, k+1))
	}
	first, second := w.Autocorrelation[0], w.Autocorrelation[1]
	w.Length = number.Short(shape.CorrelationLength(float64(first), float64(second)))
	return w, nil
}
