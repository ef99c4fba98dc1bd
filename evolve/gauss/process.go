package gauss

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// Process is a Gaussian process and what it was shown. It maximises nothing and minimises nothing: targets may mean
// what they like. It is not safe for concurrent use.
type Process struct {
	kernel *Kernel
	groups int

	// Squared distances by group between rows that were added: dist[g][i][j] for j ≤ i.
	dist [][][]float64

	// The hyper-parameters: natural logarithms of a length-scale for each group, or the group chosen, and of the
	// noise's share of the process's variance.
	lengths []float64
	chosen  int
	noise   float64
	weights []float64 // of the groups' squared distances, by the above
	fits    int       // of hyper-parameters, counted: what was computed with earlier ones is void

	l           [][]float64 // the factor of the correlations, row by row
	ones        []float64   // L⁻¹·1, of as many rows as the factor has
	beta        []float64   // L⁻¹·(y - mean)
	alpha       []float64   // L⁻ᵀ·beta
	mean, scale float64

	// Scratch of likelihoods.
	square, residual, unit []float64
	rows                   [][]float64
}

// The priors of the hyper-parameters are weak: length-scales about the distance of two random rows, within a factor of
// e^1.5, and a noise of e^-3 = 5 % of the variance, within a factor of e². The limits keep the factor well conditioned.
const (
	lengthSD    = 1.5
	noiseMean   = -3
	noiseSD     = 2
	leastNoise  = -9 // 0.0001
	mostNoise   = 0.75
	mostLength  = 5
	jitter      = 1e-6
	evaluations = 40 // of the likelihood, for one fit
)

// New returns a process of rows with so many groups of features.
func New(k *Kernel, groups int) *Process {
	p := &Process{kernel: k, groups: groups, dist: make([][][]float64, groups), noise: noiseMean,
		lengths: make([]float64, groups), weights: make([]float64, groups)}
	p.weigh(p.weights, p.lengths, 0)
	return p
}

// Len is the number of rows that were added.
func (p *Process) Len() int { return len(p.dist[0]) }

// Add adds a row: between(g, j) is its squared distance from the row j in group g.
func (p *Process) Add(between func(g, j int) float64) {
	n := p.Len()
	for g := range p.dist {
		row := make([]float64, n+1)
		for j := range n {
			row[j] = between(g, j)
		}
		p.dist[g] = append(p.dist[g], row)
	}
}

// share is the noise's share of the variance.
func (p *Process) share() float64 { return math.Exp(p.noise) }

func (p *Process) weigh(weights, lengths []float64, chosen int) {
	for g := range weights {
		switch {
		case !p.kernel.chooses:
			weights[g] = math.Exp(-2 * lengths[g])
		case g == chosen:
			weights[g] = 1
		default:
			weights[g] = 0
		}
	}
}

// squared is the weighted squared distance of two rows.
func (p *Process) squared(weights []float64, i, j int) (s float64) {
	for g, w := range weights {
		s += float64(w * p.dist[g][i][j])
	}
	return s
}

// Fit finds hyper-parameters under which the targets of some rows are likely, from those that it has. It changes one of
// them at a time, farther when that helped, back and by half when it did not, until no step is worth the while.
func (p *Process) Fit(rows []int, y []float64) {
	if p.kernel.chooses {
		best, at := math.Inf(1), p.chosen
		from := p.noise
		noise := from
		for g := range p.groups {
			p.chosen, p.noise = g, from
			if v := p.climb(rows, y); v < best {
				best, at, noise = v, g, p.noise
			}
		}
		p.chosen, p.noise = at, noise
	} else {
		p.climb(rows, y)
	}
	p.weigh(p.weights, p.lengths, p.chosen)
	p.fits++
	p.l, p.ones = p.l[:0], p.ones[:0]
}

// climb is Fit for one choice of a group. It returns the lowest negative log-likelihood.
func (p *Process) climb(rows []int, y []float64) float64 {
	at := []*float64{&p.noise}
	if !p.kernel.chooses {
		for g := range p.lengths {
			at = append(at, &p.lengths[g])
		}
	}
	step := make([]float64, len(at))
	for i := range step {
		step[i] = 1
	}
	best := p.unlikely(rows, y)
	const smallest = 1. / 8
	for left := evaluations; left > 0; {
		tried := false
		for i, x := range at {
			if math.Abs(step[i]) < smallest || left == 0 {
				continue
			}
			was, low, high := *x, -float64(mostLength), float64(mostLength)
			if i == 0 {
				low, high = leastNoise, mostNoise
			}
			*x = min(max(was+step[i], low), high)
			tried = true
			left--
			if *x != was {
				if v := p.unlikely(rows, y); v < best {
					best = v
					step[i] *= 2
					continue
				}
			}
			*x = was
			step[i] *= -.5
		}
		if !tried {
			break
		}
	}
	return best
}

// unlikely is the negative logarithm of the likelihood of targets, with the most likely mean and variance, less the
// logarithms of the priors, rounded.
func (p *Process) unlikely(rows []int, y []float64) float64 {
	p.weigh(p.weights, p.lengths, p.chosen)
	logdet, ok := p.factor(rows)
	if !ok {
		return math.Inf(1)
	}
	_, variance := p.whiten(y)
	v := float64(.5*float64(len(rows))*math.Log(variance)) + logdet + float64(.5*squareOf((p.noise-noiseMean)/noiseSD))
	if !p.kernel.chooses {
		for _, x := range p.lengths {
			v += float64(.5 * squareOf(x/lengthSD))
		}
	}
	return Round(v)
}

// factor leaves the factor of the correlations of some rows in scratch, and returns half the logarithm of their
// determinant.
func (p *Process) factor(rows []int) (logdet float64, ok bool) {
	n := len(rows)
	if cap(p.square) < n*n {
		p.square = make([]float64, n*n*2)
	}
	a := blas64.Symmetric{Uplo: blas.Lower, N: n, Stride: n, Data: p.square[:n*n]}
	noise := p.share()
	for i, r := range rows {
		for j, q := range rows[:i] {
			a.Data[i*n+j] = p.kernel.at(p.squared(p.weights, max(r, q), min(r, q)))
		}
		a.Data[i*n+i] = 1 + noise + jitter
	}
	if _, ok = lapack64.Potrf(a); !ok {
		return 0, false
	}
	p.rows = p.rows[:0]
	for i := range n {
		p.rows = append(p.rows, a.Data[i*n:i*n+i+1])
		logdet += math.Log(a.Data[i*n+i])
	}
	return logdet, true
}

// whiten leaves L⁻¹·(y - mean) in scratch, by the factor there, and returns the most likely mean and variance.
func (p *Process) whiten(y []float64) (mean, variance float64) {
	p.residual, p.unit = append(p.residual[:0], y...), p.unit[:0]
	for range y {
		p.unit = append(p.unit, 1)
	}
	forward(p.rows, p.residual, 0)
	forward(p.rows, p.unit, 0)
	return profile(p.residual, p.unit)
}

// Smooth returns the posterior means at some rows when their targets alone are known. It changes nothing of what
// Condition made known. Without a factor, which takes rows that are one another to the last bit and no noise, the means
// are the targets.
func (p *Process) Smooth(rows []int, y []float64) []float64 {
	means := append([]float64(nil), y...)
	if _, ok := p.factor(rows); ok {
		p.whiten(y)
		backward(p.rows, p.residual)
		for i, a := range p.residual {
			means[i] -= float64((p.share() + jitter) * a)
		}
	}
	return means
}

func squareOf(x float64) float64 { return float64(x * x) }

// profile returns the most likely mean and variance, and takes the mean out of y, which like unit is behind L⁻¹.
func profile(y, unit []float64) (mean, variance float64) {
	mean = dot(y, unit) / dot(unit, unit)
	for i, o := range unit {
		y[i] -= float64(mean * o)
	}
	return mean, max(dot(y, y)/float64(len(y)), 1e-12)
}

// Condition makes the process know a target for each row. The factor is continued by the rows that are new.
func (p *Process) Condition(y []float64) {
	n := p.Len()
	noise := p.share()
	for i := len(p.l); i < n; i++ {
		row := make([]float64, i+1)
		for j := range i {
			row[j] = p.kernel.at(p.squared(p.weights, i, j))
		}
		forward(p.l, row[:i], 0)
		// Without rounding errors what is under the root is at least the noise.
		row[i] = math.Sqrt(max(1+noise+jitter-dot(row[:i], row[:i]), noise))
		p.l = append(p.l, row)
		p.ones = append(p.ones, (1-dot(row[:i], p.ones))/row[i])
	}
	p.beta = append(p.beta[:0], y...)
	forward(p.l, p.beta, 0)
	var variance float64
	p.mean, variance = profile(p.beta, p.ones)
	p.scale = math.Sqrt(variance)
	p.alpha = append(p.alpha[:0], p.beta...)
	backward(p.l, p.alpha)
}

// Fitted is the posterior mean at row i, whose target was y.
func (p *Process) Fitted(i int, y float64) float64 { return y - float64((p.share()+jitter)*p.alpha[i]) }

// Predict is the posterior mean, and the standard deviation without noise, of something whose squared distance from the
// row j in group g is between(g, j).
func (p *Process) Predict(between func(g, j int) float64) (mean, sd float64) {
	k := make([]float64, len(p.l))
	for j := range k {
		s := 0.0
		for g, w := range p.weights {
			s += float64(w * between(g, j))
		}
		k[j] = p.kernel.at(s)
	}
	mean = p.mean + dot(k, p.alpha)
	forward(p.l, k, 0)
	return mean, p.scale * math.Sqrt(max(1-dot(k, k), 0))
}

// Round rounds a number to about nine decimal digits, so that last bits decide nothing.
func Round(x float64) float64 {
	const low = 1 << 22 // of the 52 bits behind the leading one 30 stay
	if b := math.Float64bits(x); !math.IsInf(x, 0) && !math.IsNaN(x) {
		return math.Float64frombits((b + low/2) &^ (low - 1))
	}
	return x
}
