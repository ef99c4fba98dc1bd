package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/census"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Top is the best architectures of a benchmark, or those that the runs of an experiment found, as --json prints them.
type Top struct {
	Benchmark string `json:"benchmark"`
	Kind      string `json:"kind"`
	Source    string `json:"source"`
	Metric    string `json:"metric"`
	Unit      string `json:"unit"`
	By        string `json:"by"`             // val, test or the objective that they are ordered by
	Of        int    `json:"of"`             // architectures that these are the best of
	Runs      int    `json:"runs,omitempty"` // of the experiment
	// Runs held architectures for the best by losses of shared weights; results are of networks trained alone.
	Shared        bool     `json:"shared,omitempty"`
	Architectures []Topped `json:"architectures"`
}

// Topped is an architecture with all that is known of it.
type Topped struct {
	Rank   int             `json:"rank"`
	Arch   string          `json:"arch"` // as the literature writes it
	Genome string          `json:"genome"`
	Key    string          `json:"key,omitempty"` // by which the benchmark finds it
	Val    number.Nullable `json:"val"`
	Test   number.Nullable `json:"test"`
	Facts  []evolve.Fact   `json:"facts"`
	Found  *Found          `json:"found,omitempty"` // by runs of an experiment
}

// Found says which runs of an experiment held an architecture for the best.
type Found struct {
	Runs  int    `json:"runs"`  // that held it for the best at some time
	Ended int    `json:"ended"` // that ended with it
	Algo  string `json:"algo"`  // of the first of these runs, by algorithm and number
	Run   int    `json:"run"`
	Trial int64  `json:"trial,omitempty"` // that found it there; absent where trials were not recorded
}

// TopOf returns the n best of all architectures of a benchmark by an order.
func TopOf(ctx context.Context, c *census.Census, n int, by census.Order) (*Top, error) {
	m := c.About.Metric
	t := &Top{Benchmark: c.Spec.String(), Kind: c.About.Kind, Source: c.About.Source, Metric: m.Name(), Unit: m.Unit(),
		By: by.Name, Of: c.Size(), Architectures: []Topped{}}
	best, err := c.Best(ctx, n, by)
	if err != nil {
		return nil, err
	}
	for i, e := range best {
		facts, err := c.Facts(e.Arch)
		if err != nil {
			return nil, err
		}
		t.Architectures = append(t.Architectures, Topped{Rank: i + 1, Arch: c.Notation(e.Arch), Genome: string(e.Arch),
			Key: c.Key(e.Arch), Val: number.Nullable(e.Val), Test: number.Nullable(e.Test), Facts: facts})
	}
	return t, nil
}

// TopFound returns the n best architectures that the runs of an experiment held for the best, by val or test, with
// their facts where the benchmark can be opened.
func TopFound(o *lab.Outcome, n int, by string) (*Top, error) {
	if by != census.ByVal && by != census.ByTest {
		return nil, evolve.Unknown("order of what runs found", by, []string{census.ByVal, census.ByTest})
	}
	m := o.About.Metric
	t := &Top{Benchmark: o.Spec.Benchmark, Kind: o.About.Kind, Source: o.About.Source, Metric: m.Name(), Unit: m.Unit(),
		By: by, Shared: o.About.Shared, Architectures: []Topped{}}
	bench := o.Bench
	if spec, err := evolve.ParseSpec(t.Benchmark); bench == nil && err == nil {
		bench, _, _ = evolve.Benchmarks.Open(spec)
	}
	all, runs := found(o, bench)
	t.Of, t.Runs = len(all), runs
	if t.Of == 0 {
		return nil, fmt.Errorf("no run has found anything: %w", evolve.ErrInvalid)
	}
	slices.SortStableFunc(all, func(a, b Topped) int {
		return cmp.Or(cmp.Compare(a.key(m, by), b.key(m, by)), cmp.Compare(a.Genome, b.Genome))
	})
	t.Architectures = all[:min(n, len(all))]
	t.know(bench)
	return t, nil
}

// key is the number by which architectures are sorted, the best first and one without a result last.
func (b *Topped) key(m evolve.Metric, by string) float64 {
	x := float64(b.Val)
	if by == census.ByTest {
		x = float64(b.Test)
	}
	switch {
	case math.IsNaN(x):
		return math.Inf(1)
	case m.Falls():
		return x
	}
	return -x
}

// found returns the architectures that runs held for the best, in the order in which they were first met, and the
// number of all runs. Isomorphic genomes of the benchmark's space, where it is not nil, are one architecture.
func found(o *lab.Outcome, bench evolve.Benchmark) (all []Topped, runs int) {
	m := o.About.Metric
	networks := trace.NewNetworks(nil)
	if bench != nil {
		networks = trace.NewNetworks(bench.Problem().Space)
	}
	at := map[trace.Network]int{}
	see := func(arm *trace.Arm, run int, e *journal.Entry, ended, dated bool) {
		k, known := at[networks.Of(e)]
		if !known {
			k = len(all)
			at[networks.Of(e)] = k
			all = append(all, Topped{Arch: e.Arch, Genome: e.Arch, Val: number.Nullable(m.Value(e.ValError)),
				Test: number.Nullable(m.Value(e.TestError)), Found: &Found{Algo: arm.Label, Run: run}})
			if dated {
				all[k].Found.Trial = e.Trial
			}
		}
		if of := &all[k]; math.IsNaN(float64(of.Val)) { // a result that took a training is known at the end of a run
			of.Val, of.Test = number.Nullable(m.Value(e.ValError)), number.Nullable(m.Value(e.TestError))
		}
		if ended {
			all[k].Found.Ended++
		}
	}
	for a := range o.Set.Arms {
		arm := &o.Set.Arms[a]
		for i := range arm.Runs {
			run := &arm.Runs[i]
			runs++
			if !run.Found() {
				continue
			}
			held := map[trace.Network]bool{networks.Of(&run.Final): true}
			for s := range run.Steps {
				held[networks.Of(&run.Steps[s])] = true
				see(arm, i, &run.Steps[s], false, true)
			}
			see(arm, i, &run.Final, true, false)
			for network := range held {
				all[at[network]].Found.Runs++
			}
		}
	}
	return all, runs
}

// know adds what a benchmark, nil for none, knows of the architectures.
func (t *Top) know(b evolve.Benchmark) {
	for i := range t.Architectures {
		a := &t.Architectures[i]
		a.Rank, a.Facts = i+1, []evolve.Fact{}
		if b == nil {
			continue
		}
		s := b.Problem().Space
		if n, ok := s.(evolve.Notation); ok {
			a.Arch = n.Format(evolve.Arch(a.Genome))
		}
		a.Key = space.Key(s, evolve.Arch(a.Genome))
		if q, ok := evolve.As[evolve.Querier](b); ok {
			if facts, err := q.Query(evolve.Arch(a.Genome)); err == nil {
				a.Facts = facts
			}
		}
	}
}
