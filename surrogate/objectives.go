package surrogate

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

// devices is how the options' help writes the names of objectives that a device's name ends.
const (
	anyLatency    = evolve.LatencyOf + "DEVICE"
	anyThroughput = evolve.ThroughputOf + "DEVICE"
)

// offering makes a constructor whose benchmark answers with the objectives that the option names, and refuses dead
// cells where it is asked to. An entry whose Params lack wrap.DeadParam must be of a space without dead cells.
func offering[B evolve.Benchmark](open func(evolve.Options) (B, error)) func(evolve.Options) (evolve.Benchmark, error) {
	return func(o evolve.Options) (evolve.Benchmark, error) {
		b, err := open(o)
		if err != nil {
			return nil, err
		}
		var counted []wrap.Counted
		if c, ok := evolve.Benchmark(b).(counter); ok {
			counted = c.counted()
		}
		return wrap.Asked(b, o, written(o), counted...)
	}
}

// counter is a benchmark that is no lookup and counts sizes of networks.
type counter interface{ counted() []wrap.Counted }

// tabled is an objective that a table has for every architecture: it is looked up and not predicted.
func tabled(name string) evolve.Objective {
	o := evolve.NewObjective(name)
	o.Exact = true
	return o
}

// offer has queries tell a column, in the objective's unit, and searches minimise it when they are asked to. Sizes of
// networks are training-free scores as well.
func (b *lookup) offer(o evolve.Objective, how string, column func() ([]float64, error)) {
	kind := plain
	if o.Exact && o.Unit == evolve.UnitCount {
		kind = proxy
	}
	b.facts = append(b.facts, fact{o.Name, o.Unit, sync.OnceValues(column), always(how), kind})
	b.offers = append(b.offers, o)
}

// offerColumn offers a column of the table, of which so many make one of the objective's unit. Counts that the source
// has in millions are rounded to whole ones.
func (r *rows) offerColumn(name, column, how string, scale float64) {
	o := tabled(name)
	r.offer(o, how, func() ([]float64, error) {
		xs, err := r.column(column)
		return inUnit(o, xs, scale), err
	})
}

// inUnit are the numbers times scale, whole where the objective is a count.
func inUnit(o evolve.Objective, xs []float64, scale float64) []float64 {
	out := make([]float64, len(xs))
	for i, x := range xs {
		if out[i] = x * scale; o.Unit == evolve.UnitCount {
			out[i] = math.Round(out[i])
		}
	}
	return out
}

// What a source's unit is times the objective's.
const (
	millions = 1e6 // counts
	seconds  = 1e3 // milliseconds
	same     = 1
)

// aim adds the objectives that the option names, among those that are offered, to the loss.
func (b *lookup) aim(o evolve.Options) error {
	offered := append([]string{evolve.TrainedObjective(b.about.Metric).Name}, evolve.ObjectiveNames(b.offers)...)
	names, err := wrap.PickObjectives(o.Text(wrap.ObjectivesOption), offered)
	if err != nil {
		return err
	}
	for _, name := range names {
		at := slices.Index(offered, name) - 1
		if at < 0 {
			continue
		}
		f := b.facts[slices.IndexFunc(b.facts, func(f fact) bool { return f.name == name })]
		xs, err := f.column()
		if err != nil {
			return err
		}
		x := objective{b.offers[at], slices.Clone(xs)}
		x.Ideal = math.Inf(1)
		for i, v := range xs {
			failed := b.fails && math.IsNaN(b.score[i].Val) // nobody is told of it
			if math.IsNaN(v) && !failed {
				return fmt.Errorf("objective %s is not known of architecture %d: %w", name, i, evolve.ErrUnsupported)
			}
			if x.Maximised {
				v = -v
			}
			if x.column[i] = v; v == v {
				x.Ideal = min(x.Ideal, v)
			}
		}
		b.others = append(b.others, x)
		b.about.Source += fmt.Sprintf("; %s %s", name, f.how(0))
	}
	return nil
}
