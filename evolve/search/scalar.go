package search

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

// A scalar is one order of the results of several objectives, for a searcher that knows a single loss. Scores are a
// weighted sum of objectives or, after Chebyshev, the largest of the weighted objectives (Miettinen, "Nonlinear
// Multiobjective Optimization", 1999, sections 3.1 and 3.4): the sum finds points of the convex hull of a front alone,
// the other any point. Each objective is measured from its ideal, or from 0, in units of the way to its reference
// point, so that a weight means the same for seconds and for shares. One weight above 0 leaves that objective as it is.
//
// Results that break a constraint rank behind all that keep them, by how far they break it: the rules of Deb, "An
// Efficient Constraint Handling Method for Genetic Algorithms", 2000, section 3. How far that is says the sum of the
// excesses, each as a share of its bound.
//
// The order never ranks a result behind another one that is no better in any objective.
type scalar struct {
	scalarText
	objectives []evolve.Objective
	alone      int   // the only objective of a weight above 0; -1 where there are more
	bounded    []int // by constraint: the place of its objective
}

// scalarText is what the options scalar and constraints say.
type scalarText struct {
	form        string // weighted or chebyshev; "" is the first objective alone
	weights     []float64
	constraints []constraint
}

// constraint is that an objective is below a number, or above it where more is better.
type constraint struct {
	text, name string
	above      bool
	bound      float64
}

const (
	weightedSum = "weighted"
	chebyshev   = "chebyshev"
)

// scalarParams are the two options.
func scalarParams() []evolve.Param {
	return []evolve.Param{
		evolve.Text("scalar", evolve.None, "one loss of several objectives, by weights in their order: "+
			"weighted:0.7+0.3 (their sum) or chebyshev:0.7+0.3 (the largest), each objective in units of its "+
			"reference point; none minimises the first. With repeat=charge the same cells are "+
			"trained again and again and the hypervolume does not beat random search, with repeat=skip it does"),
		evolve.Text("constraints", evolve.None, "objectives with bounds in their units, an error as a fraction, "+
			"several with + between them: latency:raspi4<5 or, where more is better, throughput:fpga>100; results "+
			"that break one rank behind all others"),
	}
}

// parseScalar reads both options; "" is none.
func parseScalar(scalar, constraints string) (s scalarText, err error) {
	if scalar != "" && scalar != evolve.None {
		if s.form, s.weights, err = parseWeights(scalar); err != nil {
			return s, fmt.Errorf("scalar=%s: %w: %w", scalar, err, evolve.ErrInvalid)
		}
	}
	if constraints != "" && constraints != evolve.None {
		if s.constraints, err = parseConstraints(constraints); err != nil {
			return s, fmt.Errorf("constraints=%s: %w: %w", constraints, err, evolve.ErrInvalid)
		}
	}
	return s, nil
}

// given says whether there is anything to rank by but the loss.
func (s *scalarText) given() bool { return s.form != "" || s.constraints != nil }

// parseWeights reads FORM:WEIGHT+WEIGHT….
func parseWeights(text string) (form string, weights []float64, err error) {
	form, list, _ := strings.Cut(text, ":")
	if form != weightedSum && form != chebyshev {
		return "", nil, fmt.Errorf("want weighted:0.7+0.3 or chebyshev:0.7+0.3")
	}
	sum := 0.
	for _, word := range number.Split(list) {
		w, err := strconv.ParseFloat(word, 64)
		if err != nil || !(w >= 0) || math.IsInf(w, 1) {
			return "", nil, fmt.Errorf(
				"the weight %q: want a number of at least 0 for each objective, with + between them", word)
		}
		weights, sum = append(weights, w), sum+w
	}
	if !(sum > 0) {
		return "", nil, fmt.Errorf("all weights are 0: want one above it")
	}
	return form, weights, nil
}

// parseConstraints reads NAME<NUMBER or NAME>NUMBER, several with + between them. A name may have a + in itself.
func parseConstraints(text string) (all []constraint, err error) {
	parts := number.Split(text)
	for len(parts) > 0 {
		n := 1
		for n < len(parts) && !strings.ContainsAny(parts[n-1], "<>") {
			n++
		}
		c := constraint{text: strings.Join(parts[:n], "+")}
		parts = parts[n:]
		at := strings.LastIndexAny(c.text, "<>")
		if at <= 0 {
			return nil, fmt.Errorf("%q: want an objective, < or > and a number, as latency:raspi4<5", c.text)
		}
		c.name, c.above = c.text[:at], c.text[at] == '>'
		if c.bound, err = strconv.ParseFloat(c.text[at+1:], 64); err != nil || !(math.Abs(c.bound) <= math.MaxFloat64) {
			return nil, fmt.Errorf("%q: %q is no number, want one in the unit of %s", c.text, c.text[at+1:], c.name)
		}
		all = append(all, c)
	}
	return all, nil
}

// begin makes the order of a problem's results. The error is an ErrUnsupported or an ErrUnknown where the problem lacks
// what the options name, an ErrInvalid where they do not say what fits it.
func (s scalarText) begin(p evolve.Problem) (*scalar, error) {
	if err := evolve.Objectives.Check(p); err != nil {
		return nil, err
	}
	o := &scalar{scalarText: s, objectives: p.Objectives, alone: -1}
	names := evolve.ObjectiveNames(p.Objectives)
	for _, c := range s.constraints {
		at := slices.Index(names, c.name)
		if at < 0 {
			return nil, fmt.Errorf("constraints: %w", evolve.Unknown("objective", c.name, names))
		}
		if more := p.Objectives[at].Maximised; c.above != more {
			better, sign := "less", "<"
			if more {
				better, sign = "more", ">"
			}
			return nil, fmt.Errorf("constraints: %s: %s of %s is better: want %s%s%g: %w", c.text, better, c.name,
				c.name, sign, c.bound, evolve.ErrInvalid)
		}
		if err := p.Objectives[at].Given(c.bound); err != nil {
			return nil, fmt.Errorf("constraints: %s: no architecture can meet or break it: %w: %w", c.text, err,
				evolve.ErrInvalid)
		}
		o.bounded = append(o.bounded, at)
	}
	switch n := len(s.weights); {
	case s.form == "":
		o.alone = 0
		return o, nil
	case n != len(names):
		return nil, fmt.Errorf("scalar: the number of weights is %d, want %d, one for each of %s: %w", n,
			len(names), strings.Join(names, "+"), evolve.ErrInvalid)
	}
	above := 0
	for i, w := range s.weights {
		if w > 0 {
			above, o.alone = above+1, i
		}
	}
	if above == 1 {
		return o, nil
	}
	o.alone = -1
	for i, x := range p.Objectives {
		from, to := way(x)
		if s.weights[i] > 0 && !(to > from && to-from <= math.MaxFloat64) {
			return nil, fmt.Errorf("scalar: no reference point of %s is known to measure it by: give the benchmark "+
				"reference=, a number for each of %s: %w", x.Name, strings.Join(names, "+"), evolve.ErrInvalid)
		}
	}
	return o, nil
}

// way is from where to where an objective is measured: its ideal, 0 where that is not known, and its reference. Losses
// that are negative have no such 0.
func way(x evolve.Objective) (from, to float64) {
	if from = x.Ideal; math.IsNaN(from) && !x.Maximised {
		from = 0
	}
	return from, x.Reference
}

// valueOf is the i-th objective of a result; +Inf of a trial that failed.
func valueOf(r *evolve.Result, i int) float64 {
	x := r.Loss
	if i > 0 {
		x = math.Inf(1)
		if i <= len(r.Others) && !math.IsInf(r.Loss, 1) {
			x = r.Others[i-1]
		}
	}
	if math.IsNaN(x) {
		return math.Inf(1)
	}
	return x
}

// score is the loss that a result stands for.
func (s *scalar) score(r *evolve.Result) float64 {
	if s.alone >= 0 {
		return valueOf(r, s.alone)
	}
	sum, most := 0., math.Inf(-1)
	for i, w := range s.weights {
		if w == 0 {
			continue
		}
		from, to := way(s.objectives[i])
		part := float64(w * ((valueOf(r, i) - from) / (to - from)))
		sum, most = sum+part, max(most, part)
	}
	if s.form == chebyshev {
		return most
	}
	return sum
}

// violation is how far a result is from keeping all constraints; ok says that it keeps them.
func (s *scalar) violation(r *evolve.Result) (sum float64, ok bool) {
	ok = true
	for k, c := range s.constraints {
		bound, unit := c.bound, math.Abs(c.bound)
		if c.above {
			bound = -bound
		}
		if unit == 0 {
			unit = 1
		}
		if x := valueOf(r, s.bounded[k]); !(x < bound) {
			ok = false
			sum += (x - bound) / unit
		}
	}
	return sum, ok
}

// key is orderKey of a result's score. Behind the key of +Inf, where no score has one, lie those of results that break
// a constraint, by 41 bits of the violation's fraction. None is the highest.
func (s *scalar) key(r *evolve.Result) uint64 {
	if s == nil {
		return orderKey(r.Loss)
	}
	if v, ok := s.violation(r); !ok {
		return orderKey(math.Inf(1)) + 1 + math.Float64bits(v)>>11
	}
	return orderKey(s.score(r))
}

// Ahead says whether a result ranks before another one.
func (s *scalar) Ahead(a, b *evolve.Result) bool { return s.key(a) < s.key(b) }
