package card

import (
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
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
	encoder, ok := l.Space.(evolve.Encoder)
	if !ok || !slices.Contains(encoder.Encodings(), "onehot") {
		return nil, nil
	}
	loss := l.Metrics[l.Shape].Values
	least := math.Inf(1)
	for _, i := range l.Rows {
		least = min(least, loss[i])
	}
	c := &FDC{Metric: l.label(l.Metrics[l.Shape]), Sample: len(l.Rows), All: true}
	var best [][]float64
	for _, i := range l.Rows {
		if loss[i] == least {
			v, err := encoder.Encode(nil, "onehot", l.arch(i))
			if err != nil {
				return nil, err
			}
			best = append(best, v)
		}
	}
	c.Best = len(best)
	sample := l.Rows
	if c.Sample > fdcSample {
		c.Sample, c.All = fdcSample, false
		sample = model.Pick(l.Rows, evolve.Stream(seed, "card").Perm(len(l.Rows))[:fdcSample])
	}
	alone := loneBits[l.Full.Name()]
	distances := make([]float64, len(sample))
	var buf []float64
	for k, i := range sample {
		var err error
		if buf, err = encoder.Encode(buf[:0], "onehot", l.arch(i)); err != nil {
			return nil, err
		}
		distances[k] = math.Inf(1)
		for _, b := range best {
			distances[k] = min(distances[k], changes(buf, b, alone))
		}
	}
	mean, _ := stats.MeanSD(distances)
	c.MeanDistance, c.Correlation = number.Short(mean), number.Short(stats.Pearson(model.Pick(loss, sample), distances))
	return c, nil
}

// loneBits are the first places of an encoding that are a decision each, by space: in nb101
// the edges of seven vertices. Elsewhere a decision has a bit for each value.
var loneBits = map[string]int{"nb101": 7 * 6 / 2}

// changes is the number of decisions that differ between two encodings: a changed decision
// clears one bit and sets another.
func changes(a, b []float64, alone int) (n float64) {
	for i := range a {
		switch {
		case a[i] == b[i]:
		case i < alone:
			n++
		default:
			n += .5
		}
	}
	return n
}

// walk is nil where the space has no mutation.
func (l *landscape) walk() (*Walk, error) {
	mutator, ok := l.Space.(evolve.Mutator)
	if !ok {
		return nil, nil
	}
	name := mutator.Mutations()[0]
	mutate, err := mutator.Mutation(name)
	if err != nil {
		return nil, err
	}
	r, loss := evolve.Stream(seed, "card walk"), l.Metrics[l.Shape].Values
	a := l.Space.Sample(r)
	var seen []float64
	visited := map[int]bool{}
	for range walkSteps {
		i := l.Space.Index(a)
		seen, visited[i] = append(seen, loss[i]), true
		a = mutate(a, r)
	}
	w := &Walk{Metric: l.label(l.Metrics[l.Shape]), Mutation: name, Steps: walkSteps, Pool: l.Pooled,
		Visited: len(visited)}
	for k := range w.Autocorrelation {
		w.Autocorrelation[k] = number.Short(autocorrelation(seen, k+1))
	}
	w.Length = number.Short(math.NaN())
	if first := w.Autocorrelation[0]; first > 0 && first > w.Autocorrelation[1] {
		w.Length = number.Short(-1 / math.Log(float64(first)))
	}
	return w, nil
}

// autocorrelation is NaN for a constant series.
func autocorrelation(xs []float64, lag int) float64 {
	mean, _ := stats.MeanSD(xs)
	var sum float64
	for i := range len(xs) - lag {
		sum += float64((xs[i] - mean) * (xs[i+lag] - mean))
	}
	return sum / stats.Squares(xs, mean)
}
