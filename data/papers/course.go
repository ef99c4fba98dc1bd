package papers

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

const (
	// coursePoints are where two mean curves are compared, evenly spaced in the logarithm of seconds: over three
	// decades one is 3.5 % from the next.
	coursePoints = 200
	// courseResamples are the bootstrap's: 25 lie beyond each end of a 95 % interval.
	courseResamples = 1000
)

// courses are a measure of an arm's runs at points of an axis, by run. Every run must have an incumbent at the first.
func courses(a trace.Arm, x trace.Axis, m trace.Measure, points []float64) [][]float64 {
	all := make([][]float64, len(a.Runs))
	for i := range a.Runs {
		r := &a.Runs[i]
		steps, at := m.Steps(r), 0
		all[i] = make([]float64, len(points))
		for k, p := range points {
			for at+1 < len(steps) && x.At(&steps[at+1]) <= p {
				at++
			}
			all[i][k] = m.At(r, at)
		}
	}
	return all
}

// A course is what two algorithms' mean curves say: where one passes the other, or how much sooner it is there.
type course struct {
	points []float64
	a, b   [][]float64 // by run, then point; lower is better
	of     func(a, b []float64) float64
}

// passes is the first point from which the mean curve a stays better than b to the end, +Inf where it does not end
// better.
func (c *course) passes(a, b []float64) float64 {
	at := len(a)
	for at > 0 && a[at-1] < b[at-1] {
		at--
	}
	if at == len(a) {
		return math.Inf(1)
	}
	return c.points[at]
}

// sooner is how many times sooner the mean curve a reaches the end of b: 0 where it never does.
func (c *course) sooner(a, b []float64) float64 {
	end := len(b) - 1
	at := slices.IndexFunc(a, func(x float64) bool { return x <= b[end] })
	if at < 0 {
		return 0
	}
	return c.points[end] / c.points[at]
}

// mean is the mean curve of runs, each counted so often.
func mean(runs [][]float64, times []int, into []float64) []float64 {
	clear(into)
	n := 0
	for i, r := range runs {
		if times[i] == 0 {
			continue
		}
		n += times[i]
		for k, x := range r {
			into[k] += float64(float64(times[i]) * x)
		}
	}
	for k := range into {
		into[k] /= float64(n)
	}
	return into
}

// estimate is the course of all runs, and the percentile bootstrap's 95 % interval over runs (Efron and Tibshirani, An
// Introduction to the Bootstrap, 1993, section 13.3).
func (c *course) estimate(rng *rand.Rand) (all, low, high float64) {
	once := func(n int) []int { return slices.Repeat([]int{1}, n) }
	ma, mb := make([]float64, len(c.points)), make([]float64, len(c.points))
	all = c.of(mean(c.a, once(len(c.a)), ma), mean(c.b, once(len(c.b)), mb))
	drawn := func(n int) []int {
		times := make([]int, n)
		for range n {
			times[rng.IntN(n)]++
		}
		return times
	}
	found := make([]float64, courseResamples)
	for i := range found {
		found[i] = c.of(mean(c.a, drawn(len(c.a)), ma), mean(c.b, drawn(len(c.b)), mb))
	}
	slices.Sort(found)
	tail := courseResamples / 40 // 2.5 %
	return all, found[tail], found[len(found)-1-tail]
}

// course judges a claim of the relations "passes" and "sooner" by the mean curves over seconds. It holds where the
// whole interval is within the claim's factor of its value.
func (r *Reproduction) course(c *Claim) (v Verdict, err error) {
	o, err := r.Outcome(c.Experiment)
	if err != nil {
		return v, err
	}
	m, err := o.Set.Measure(c.Metric)
	if err != nil {
		return v, err
	}
	x := o.Set.Seconds()
	var arms [2]trace.Arm
	from, to := 0.0, math.Inf(1)
	for i, name := range []string{c.A, c.B} {
		arm, err := find(o, c.Experiment, name)
		if err != nil {
			return v, err
		}
		arms[i] = *arm
		if !arm.Runs[0].Found() || len(arm.Summed().Runs) < len(arm.Runs) {
			return Verdict{Holds: Unjudged, Result: name + " has a run that found nothing"}, nil
		}
		ends := arm.Totals(x)
		slices.Sort(ends)
		from, to = max(from, arm.From(x)), min(to, stats.Quantile(ends, .5))
	}
	k := &course{points: trace.Spaced(from, to, coursePoints, true)}
	k.a, k.b = courses(arms[0], x, m, k.points), courses(arms[1], x, m, k.points)
	if !m.Falls {
		for _, runs := range [][][]float64{k.a, k.b} {
			for _, run := range runs {
				for i := range run {
					run[i] = -run[i]
				}
			}
		}
	}
	name := "passes at %s s"
	if k.of = k.passes; c.Relation == "sooner" {
		k.of, name = k.sooner, "%s times sooner"
	}
	at, low, high := k.estimate(evolve.Stream(o.Spec.Seed, "course "+c.Relation+" "+c.A+" "+c.B))
	v.Result = fmt.Sprintf(name+", 95 %% interval %s to %s", brief(at), brief(low), brief(high))
	switch {
	case low >= c.Value/c.Factor && high <= c.Value*c.Factor:
		v.Holds = Holds
	case low > c.Value*c.Factor || high < c.Value/c.Factor:
		v.Holds = Fails
	default:
		v.Holds = Unjudged
	}
	return v, nil
}

// brief is a number of three digits.
func brief(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return "never"
	case x >= 1000:
		unit := math.Pow(10, math.Floor(math.Log10(x))-2)
		return number.Grouped(int(math.Round(x/unit) * unit))
	}
	return fmt.Sprintf("%.3g", x)
}
