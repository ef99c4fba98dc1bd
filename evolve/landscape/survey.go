package landscape

import (
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Survey is a surface looked at in three ways. What its space cannot do is nil: walk without mutations, measure
// distances without an encoding of decisions, look for optima without neighbours.
type Survey struct {
	Mutation        string
	Steps           int       // of the walk
	Autocorrelation []float64 // of the loss, from lag 0 on
	Length          float64   // correlation length in steps; NaN where there is none

	Points   []Point // all architectures of the space, or some drawn at random
	All      bool    // they are all
	Best     []evolve.Arch
	BestLoss float64 // theirs
	Exact    bool    // Best are of the lowest loss there is, else of the lowest that was met
	// Correlation is Pearson's of loss and distance (Jones and Forrest, ICGA 1995): near 1 the loss leads to the best.
	Correlation float64

	Optima []Optimum // from the largest basin to the smallest
	Starts int       // descents behind them; of a whole space its size
	Whole  bool      // the optima are those of the whole space
}

// Point is an architecture with its loss and the decisions to change from it to the nearest best one.
type Point struct {
	Arch     evolve.Arch
	Loss     float64
	Distance float64
}

// The sizes of what is looked at.
const (
	wholeSize  = 50_000    // a space up to here has its basins counted; nats-sss has 32,768 architectures
	listedSize = 1_000_000 // up to here the best of a table is looked for among all; nb101 has 423,624
	sampleSize = 5000      // points of a larger space: a standard error of their correlation of 0.014
	leastLags  = 10
	mostLags   = 200
	lagLengths = 3 // correlation lengths that the autocorrelation is shown for: it has fallen to e⁻³
)

// Survey looks at a surface by a walk of so many steps and, where the space is too large to be looked at whole, so many
// descents. Its random draws are those of the seed.
func (s *Surface) Survey(steps, starts int, seed uint64) (*Survey, error) {
	v := &Survey{Length: math.NaN(), Correlation: math.NaN(), Steps: steps}
	if err := s.walk(v, seed); err != nil {
		return nil, err
	}
	e, listed := s.Listed()
	near, climbs := s.Space.(evolve.Neighborer)
	var losses []float64
	if listed {
		losses = s.Losses(e)
	}
	switch numbered, ok := s.Space.(Numbered); {
	case !climbs:
	case ok && listed && e.Size() <= wholeSize:
		v.Optima, v.Starts, v.Whole = Basins(numbered, losses), e.Size(), true
	default:
		v.Optima = Descents(s.Space, near, starts, s.Loss, evolve.Stream(seed, "landscape descents"))
		v.Starts = starts
	}
	v.sample(s, e, losses, seed)
	return v, v.distances(s.Space)
}

// walk measures the autocorrelation.
func (s *Surface) walk(v *Survey, seed uint64) error {
	archs, mutation, err := RandomWalk(s.Space, v.Steps, evolve.Stream(seed, "landscape walk"))
	if archs == nil {
		return err
	}
	v.Mutation = mutation
	losses := make([]float64, 0, len(archs))
	for _, a := range archs {
		if x := s.Loss(a); !math.IsNaN(x) { // an architecture whose training failed is stepped over
			losses = append(losses, x)
		}
	}
	if len(losses) <= 2 {
		return nil
	}
	lags := leastLags
	v.Length = CorrelationLength(Autocorrelation(losses, 1), Autocorrelation(losses, 2))
	if v.Length > 0 { // which NaN is not
		lags = max(lags, int(min(lagLengths*v.Length, mostLags)))
	}
	for k := range min(lags+1, len(losses)) {
		v.Autocorrelation = append(v.Autocorrelation, Autocorrelation(losses, k))
	}
	return nil
}

// sample chooses the points, and finds the best.
func (v *Survey) sample(s *Surface, e evolve.Enumerable, losses []float64, seed uint64) {
	r := evolve.Stream(seed, "landscape sample")
	add := func(a evolve.Arch, loss float64) {
		if !math.IsNaN(loss) {
			v.Points = append(v.Points, Point{Arch: a, Loss: loss})
		}
	}
	switch n := len(losses); {
	case n > 0 && n <= wholeSize:
		v.All = true
		for i, x := range losses {
			add(e.At(i), x)
		}
	case n > 0:
		for range sampleSize {
			i := r.IntN(n)
			add(e.At(i), losses[i])
		}
	default:
		for range sampleSize {
			a := s.Space.Sample(r)
			add(a, s.Loss(a))
		}
	}
	if v.Exact = losses != nil; v.Exact {
		for _, i := range Lowest(losses) {
			v.Best, v.BestLoss = append(v.Best, e.At(i)), losses[i]
		}
		return
	}
	least, seen := math.Inf(1), map[evolve.Arch]bool{}
	meet := func(a evolve.Arch, loss float64) {
		switch {
		case loss < least:
			least, v.Best = loss, append(v.Best[:0], a)
			clear(seen)
			seen[a] = true
		case loss == least && !seen[a]:
			v.Best = append(v.Best, a)
			seen[a] = true
		}
	}
	for _, o := range v.Optima {
		meet(o.Arch, o.Loss)
	}
	for _, p := range v.Points {
		meet(p.Arch, p.Loss)
	}
	v.BestLoss = least
	v.Exact = least <= s.Best+1e-12 // a best loss may be a sum of decimal fractions
}

// distances measures how far the points are from the best.
func (v *Survey) distances(s evolve.Space) error {
	if !Measurable(s) || len(v.Best) == 0 {
		return nil
	}
	ruler, err := NewRuler(s, v.Best)
	if err != nil {
		return err
	}
	losses, far := make([]float64, len(v.Points)), make([]float64, len(v.Points))
	for i := range v.Points {
		p := &v.Points[i]
		if p.Distance, err = ruler.Distance(p.Arch); err != nil {
			return err
		}
		losses[i], far[i] = p.Loss, p.Distance
	}
	v.Correlation = stats.Pearson(losses, far)
	return nil
}
