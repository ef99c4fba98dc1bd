package papers

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Verdicts on a number.
const (
	Equivalent = "equivalent"       // the whole interval of the difference lies within the margin
	Differs    = "differs"          // the whole interval lies outside
	Unjudged   = "cannot be judged" // the interval crosses the margin: too few runs, theirs or ours
	Unverified = "unverified"       // the reference is not the paper's print: nothing is judged by it
)

// Verdicts on a claim; one that is neither is Unjudged.
const (
	Holds = "holds"
	Fails = "does not hold"
)

// Reproduction is a paper's table with our numbers beside it.
type Reproduction struct {
	Paper   *Paper       `json:"-"`
	Name    string       `json:"name"`
	Rows    []RowVerdict `json:"rows"`
	Claims  []Verdict    `json:"claims"`
	Sources []string     `json:"sources"`
	Files   []string     `json:"files"`

	outcomes map[string]*lab.Outcome
}

// RowVerdict compares one number.
type RowVerdict struct {
	Label     string          `json:"label"`
	Published float64         `json:"reference"`
	SD        float64         `json:"reference_sd"`
	N         int             `json:"reference_n"`
	Ours      number.Nullable `json:"ours"`
	OursSD    number.Nullable `json:"ours_sd"`
	CI95      number.Nullable `json:"ours_ci95"` // half the width
	Seeds     int             `json:"seeds"`
	Margin    float64         `json:"margin"`
	Diff      number.Nullable `json:"difference"`
	DiffCI95  number.Nullable `json:"difference_ci95"`
	Verdict   string          `json:"verdict"`
	Note      string          `json:"note,omitempty"`
}

// Verdict says whether a claim holds here.
type Verdict struct {
	Claim  string `json:"claim"`
	Result string `json:"result"`
	Holds  string `json:"verdict"`
}

// Runs is the number of runs of a paper's experiments, with the paper's own number of seeds or, above zero, another.
func (p *Paper) Runs(seeds int) (n int) {
	for _, x := range p.Experiments {
		if seeds > 0 {
			n += seeds * len(x.Algos)
		} else {
			n += x.Seeds * len(x.Algos)
		}
	}
	return n
}

// spec is the experiment as the lab runs it, with the paper's own number of seeds or, above zero, another.
func (x *Experiment) spec(seeds int, seed uint64) lab.Spec {
	s := lab.Default()
	s.Benchmark, s.Algos, s.Seeds, s.Seed = x.Benchmark, x.Algos, x.Seeds, seed
	s.Trials, s.Budget, s.Epochs = x.Trials, x.Budget, x.Epochs
	s.FidelityRule, s.Incumbent = x.FidelityRule, x.Incumbent
	if x.Overshoot != "" {
		s.Overshoot = x.Overshoot
	}
	if x.Workers > 0 {
		s.Workers = x.Workers
	}
	if seeds > 0 {
		s.Seeds = seeds
	}
	return s
}

// Reproduce runs a paper's experiments and judges every number and claim. seeds above zero replaces the paper's number
// of runs. Experiments that train networks keep folders of their own in o.Dir, unless it is "", and go on from there.
func Reproduce(ctx context.Context, p *Paper, seeds int, seed uint64, o lab.Options) (*Reproduction, error) {
	r := &Reproduction{Paper: p, Name: p.Name, outcomes: map[string]*lab.Outcome{}}
	var todo []*lab.Experiment
	for _, x := range p.Experiments { // all are opened before the first runs: a wrong name must not wait for hours
		e, err := lab.Open(x.spec(seeds, seed))
		if err != nil {
			return nil, fmt.Errorf("paper %s, experiment %s: %w", p.Name, x.Name, err)
		}
		todo = append(todo, e)
	}
	before, total := 0, p.Runs(seeds)
	for i, e := range todo {
		opts := lab.Options{Procs: o.Procs}
		if e.About.Trains() && o.Dir != "" {
			opts.Dir = filepath.Join(o.Dir, p.Experiments[i].Name)
		}
		if o.Observer != nil {
			opts.Observer = func(e evolve.Event) {
				if p, ok := e.(lab.Progress); ok { // of all experiments
					e = lab.Progress{Done: before + p.Done, Of: total}
				}
				o.Observer(e)
			}
		}
		out, err := e.Run(ctx, opts)
		if err != nil {
			return nil, err
		}
		before += len(e.Arms) * e.Spec.Seeds
		r.outcomes[p.Experiments[i].Name] = out
		if s := e.Spec.Benchmark + ": " + e.About.Source; !slices.Contains(r.Sources, s) {
			r.Sources = append(r.Sources, s)
		}
	}
	return r, r.judge()
}

// Outcome is one of the paper's experiments.
func (r *Reproduction) Outcome(name string) (*lab.Outcome, error) {
	o := r.outcomes[name]
	if o == nil {
		return nil, fmt.Errorf("paper %s has no experiment %q: %w", r.Name, name, evolve.ErrInvalid)
	}
	return o, nil
}

func (r *Reproduction) judge() error {
	lookups := map[string]evolve.Benchmark{}
	for _, row := range r.Paper.Rows {
		xs, err := r.values(row.Experiment, row.Algo, row.Metric, row.Benchmark, lookups)
		if err != nil {
			return fmt.Errorf("paper %s, row %q: %w", r.Name, row.Label, err)
		}
		r.Rows = append(r.Rows, row.judge(stats.Describe(xs)))
	}
	for _, c := range r.Paper.Claims {
		a, err := r.values(c.Experiment, c.A, c.Metric, "", lookups)
		if err != nil {
			return fmt.Errorf("paper %s, claim: %w", r.Name, err)
		}
		b, err := r.values(c.Experiment, c.B, c.Metric, "", lookups)
		if err != nil {
			return fmt.Errorf("paper %s, claim: %w", r.Name, err)
		}
		m, err := r.outcomes[c.Experiment].Set.Measure(c.Metric)
		if err != nil {
			return fmt.Errorf("paper %s, claim: %w", r.Name, err)
		}
		r.Claims = append(r.Claims, c.judge(a, b, m.Falls))
	}
	return nil
}

// values are a metric of an algorithm's winners, one a run. With a benchmark each winner is looked up there, else it is
// reported by the benchmark that found it.
func (r *Reproduction) values(experiment, algo, metric, benchmark string,
	lookups map[string]evolve.Benchmark) ([]float64, error) {
	o, err := r.Outcome(experiment)
	if err != nil {
		return nil, err
	}
	get, err := o.Set.Measure(metric)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(o.Set.Arms, func(a trace.Arm) bool { return a.Algo == algo || a.Label == algo })
	if at < 0 {
		return nil, fmt.Errorf("experiment %s has no algo %q: %w", experiment, algo, evolve.ErrInvalid)
	}
	if benchmark == "" {
		return o.Set.Arms[at].Ends(get), nil
	}
	if metric != "val" && metric != "test" {
		return nil, fmt.Errorf("metric %s of winners that are looked up on %s: want val or test, "+
			"for other measures are of the experiment's own benchmark: %w", metric, benchmark, evolve.ErrInvalid)
	}
	bench := lookups[benchmark]
	if bench == nil {
		spec, err := evolve.ParseSpec(benchmark)
		if err != nil {
			return nil, err
		}
		if bench, _, err = evolve.Benchmarks.Open(spec); err != nil {
			return nil, err
		}
		lookups[benchmark] = bench
	}
	var xs []float64
	for _, run := range o.Set.Arms[at].Runs {
		s, err := bench.Score(&evolve.Trial{Proposal: evolve.Proposal{Arch: evolve.Arch(run.Final.Arch)}})
		if err != nil {
			return nil, err
		}
		xs = append(xs, get.End(&trace.Run{Final: journal.Entry{ValError: s.Val, TestError: s.Test}}))
	}
	return xs, nil
}

// judge compares the row's number with ours.
func (r *Row) judge(ours stats.Sample) RowVerdict {
	diff, ci := stats.Difference(ours.Mean, ours.Std, ours.N, r.Mean, r.SD, r.N)
	if r.N == 0 { // whoever gave the number did not say how sure it is: the interval is ours
		ci = ours.CI
	}
	v := RowVerdict{
		Label: r.Label, Published: r.Mean, SD: r.SD, N: r.N, Margin: r.Margin, Note: r.Note, Seeds: ours.N,
		Ours: number.Nullable(ours.Mean), OursSD: number.Nullable(ours.Std), CI95: number.Nullable(ours.CI),
		Diff: number.Nullable(diff), DiffCI95: number.Nullable(ci), Verdict: verdict(diff, ci, r.Margin),
	}
	if r.Unverified {
		v.Verdict = Unverified
	}
	return v
}

func verdict(diff, ci, margin float64) string {
	switch {
	case math.Abs(diff)+ci <= margin:
		return Equivalent
	case math.Abs(diff)-ci > margin:
		return Differs
	}
	return Unjudged
}

// judge says whether the claim holds of the ends of A's runs and of B's, whose metric is better when it falls or else
// when it rises.
func (c *Claim) judge(a, b []float64, falls bool) Verdict {
	da, db := stats.Describe(a), stats.Describe(b)
	test := stats.MannWhitney(a, b)
	p, a12 := test.P, test.A12
	if falls { // the chance that a is better
		a12 = 1 - a12
	}
	diff, ci := stats.Difference(da.Mean, da.Std, da.N, db.Mean, db.Std, db.N)
	v := Verdict{Holds: Unjudged, Result: fmt.Sprintf("difference %s ± %s, A12 %s, p %s",
		number.Signed(diff, 3), number.Fixed(ci, 3), number.Fixed(a12, 3), number.P(p))}
	if c.Relation == "same" {
		v.Claim = fmt.Sprintf("%s: %s and %s are equivalent on %s within %g",
			c.Experiment, c.A, c.B, c.Metric, c.Margin)
		switch verdict(diff, ci, c.Margin) {
		case Equivalent:
			v.Holds = Holds
		case Differs:
			v.Holds = Fails
		}
		return v
	}
	v.Claim = fmt.Sprintf("%s: %s beats %s on %s (p < %g)", c.Experiment, c.A, c.B, c.Metric, c.P)
	switch {
	case p < c.P && a12 > .5:
		v.Holds = Holds
	case p < c.P:
		v.Holds = Fails
	}
	return v
}
