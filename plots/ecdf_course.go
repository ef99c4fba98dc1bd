package plots

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// course draws the share of runs that have met a target over the course of the search.
func (f ecdf) course(sets []*trace.Set, c course, metric string, target float64) (Panel, error) {
	p := Panel{Limits: [2]float64{0, 1}, LogX: c.log, XLabel: c.label}
	var all [][]float64
	low := math.Inf(1)
	var high []float64 // where the curve of each algorithm ends
	for _, s := range sets {
		y, err := s.Measure(metric)
		if err != nil {
			return p, err
		}
		if y.Regret != f.regret {
			return p, fmt.Errorf("figure ecdf: within is for regrets and reach for results, and %s is the other: %w",
				metric, evolve.ErrInvalid)
		}
		if y.Name == trace.HypervolumeMeasure && target > 1 && s.ExactFront() != nil {
			return p, fmt.Errorf("figure ecdf: reach=%g: hypervolumes are shares of the exact front's: want 0 to 1: %w",
				target, evolve.ErrInvalid)
		}
		p.YLabel = fmt.Sprintf("share with %s ≥ %s", y.What, y.Number(target))
		if y.Falls {
			p.YLabel = fmt.Sprintf("share with %s ≤ %s", y.What, y.Number(target))
		}
		x := c.of(s)
		from, _ := s.Span(x)
		low = min(low, from)
		for i := range s.Arms {
			a := &s.Arms[i]
			var met, ends []float64
			for _, r := range begunRuns(s, a) {
				met = append(met, y.Reached(&r, x, target))
				if r.Found() {
					ends = append(ends, x.End(&r))
				}
			}
			all, high = append(all, met), append(high, max(from, ending(s, ends)))
			p.Series = append(p.Series, Series{Name: shown(sets, s, a.Label), Baseline: a.Baseline,
				From: fullFrom(s, a, x)})
		}
	}
	for i := range p.Series {
		p.Series[i].share(all[i], low, high[i], true)
	}
	return p, nil
}

// ending is where the last run ends. Runs that are still to go on would count there as if they had missed the target
// for good: the curve of an unfinished experiment ends where half of its runs do, as trajectories do.
func ending(s *trace.Set, ends []float64) float64 {
	if len(ends) == 0 {
		return 0
	}
	slices.Sort(ends)
	if s.Unfinished > 0 {
		return stats.Quantile(ends, .5)
	}
	return ends[len(ends)-1]
}
