package lab

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Verdicts of a reproduction.
const (
	Equivalent = "equivalent"       // the whole interval of the difference lies within the margin
	Differs    = "differs"          // it lies outside
	Unjudged   = "cannot be judged" // it crosses the margin: too few runs, theirs or ours
	Unverified = "unverified"       // the reference is not the paper's print: nothing is judged by it
)

// Reproduction is a paper's table with ours beside it.
type Reproduction struct {
	Paper    *papers.Paper `json:"-"`
	Name     string        `json:"name"`
	Rows     []RowVerdict  `json:"rows"`
	Claims   []Verdict     `json:"claims"`
	Sources  []string      `json:"sources"`
	Files    []string      `json:"files"`
	outcomes map[string]*Outcome
}

// RowVerdict compares one number.
type RowVerdict struct {
	Label     string  `json:"label"`
	Published float64 `json:"reference"`
	SD        float64 `json:"reference_sd"`
	N         int     `json:"reference_n"`
	Ours      number  `json:"ours"`
	OursSD    number  `json:"ours_sd"`
	CI95      number  `json:"ours_ci95"` // half width
	Seeds     int     `json:"seeds"`
	Margin    float64 `json:"margin"`
	Diff      number  `json:"difference"`
	DiffCI95  number  `json:"difference_ci95"`
	Verdict   string  `json:"verdict"`
	Note      string  `json:"note,omitempty"`
}

// Verdict is whether a claim holds here.
type Verdict struct {
	Claim  string `json:"claim"`
	Result string `json:"result"`
	Holds  string `json:"verdict"` // holds, does not hold, cannot be judged
}

// Reproduce runs a paper's experiments, with its own number of seeds or another. Those that train
// networks are kept in folders of their own in o.Dir, if it is given, and go on from there.
func Reproduce(ctx context.Context, p *papers.Paper, seeds int, seed uint64, o Options) (*Reproduction, error) {
	r := &Reproduction{Paper: p, Name: p.Name, outcomes: map[string]*Outcome{}}
	total, before := 0, 0
	var todo []*Experiment
	for _, x := range p.Experiments {
		s := Default()
		s.Benchmark, s.Algos, s.Seeds, s.Trials, s.Budget, s.Epochs, s.Seed = x.Benchmark, x.Algos, x.Seeds, x.Trials, x.Budget, x.Epochs, seed
		if x.Overshoot != "" {
			s.Overshoot = x.Overshoot
		}
		if x.Workers > 0 {
			s.Workers = x.Workers
		}
		if seeds > 0 {
			s.Seeds = seeds
		}
		e, err := Open(s)
		if err != nil {
			return nil, fmt.Errorf("paper %s, experiment %s: %w", p.Name, x.Name, err)
		}
		todo = append(todo, e)
		total += len(e.Arms) * e.Spec.Seeds
	}
	for i, e := range todo {
		opts := Options{Procs: o.Procs, Trained: o.Trained, Epoch: o.Epoch}
		if e.About.Trains() && o.Dir != "" {
			opts.Dir = filepath.Join(o.Dir, p.Experiments[i].Name)
		}
		if o.Progress != nil {
			opts.Progress = func(done, _ int) { o.Progress(before+done, total) }
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
func (r *Reproduction) Outcome(name string) (*Outcome, error) {
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
		d := stats.Describe(xs)
		v := RowVerdict{Label: row.Label, Published: row.Mean, SD: row.SD, N: row.N, Ours: number(d.Mean), OursSD: number(d.Std), CI95: number(d.CI),
			Seeds: d.N, Margin: row.Margin, Note: row.Note}
		diff, ci := stats.Difference(d.Mean, d.Std, d.N, row.Mean, row.SD, row.N)
		if row.N == 0 { // whoever gave the number did not say how sure it is: the interval is ours
			ci = d.CI
		}
		v.Diff, v.DiffCI95, v.Verdict = number(diff), number(ci), verdict(diff, ci, row.Margin)
		if row.Unverified {
			v.Verdict = Unverified
		}
		r.Rows = append(r.Rows, v)
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
		r.Claims = append(r.Claims, judgeClaim(c, a, b, r.outcomes[c.Experiment].About.Metric.Falls()))
	}
	return nil
}

// values are a metric of an arm's winners, where they were found or looked up elsewhere.
func (r *Reproduction) values(experiment, algo, metric, benchmark string, lookups map[string]evolve.Benchmark) ([]float64, error) {
	o, err := r.Outcome(experiment)
	if err != nil {
		return nil, err
	}
	get, err := o.Set.Measure(metric)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(o.Set.Arms, func(a trace.Arm) bool { return a.Algo == algo })
	if at < 0 {
		return nil, fmt.Errorf("experiment %s has no algo %q: %w", experiment, algo, evolve.ErrInvalid)
	}
	if benchmark == "" {
		return o.Set.Arms[at].Ends(get), nil
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
		xs = append(xs, get.End(&trace.Run{Final: journal.Incumbent{ValError: s.Val, TestError: s.Test}}))
	}
	return xs, nil
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

func judgeClaim(c papers.Claim, a, b []float64, falls bool) Verdict {
	da, db := stats.Describe(a), stats.Describe(b)
	test := stats.MannWhitney(a, b)
	p, a12 := test.P, test.A12
	if falls { // the chance that a is better
		a12 = 1 - a12
	}
	diff, ci := stats.Difference(da.Mean, da.Std, da.N, db.Mean, db.Std, db.N)
	v := Verdict{Result: fmt.Sprintf("difference %s ± %s, A12 %s, p %s", signed(number(diff)), fixed(number(ci), 3), fixed(number(a12), 3), pvalue(number(p))), Holds: Unjudged}
	if c.Relation == "same" {
		v.Claim = fmt.Sprintf("%s: %s and %s are equivalent on %s within %g", c.Experiment, c.A, c.B, c.Metric, c.Margin)
		switch verdict(diff, ci, c.Margin) {
		case Equivalent:
			v.Holds = "holds"
		case Differs:
			v.Holds = "does not hold"
		}
		return v
	}
	v.Claim = fmt.Sprintf("%s: %s beats %s on %s (p < %g)", c.Experiment, c.A, c.B, c.Metric, c.P)
	switch {
	case p < c.P && a12 > .5:
		v.Holds = "holds"
	case p < c.P:
		v.Holds = "does not hold"
	}
	return v
}

// writeRows prints the table of published and own numbers.
func (r *Reproduction) writeRows(w io.Writer) {
	p := r.Paper
	fmt.Fprintf(w, "\nUnit: %s. Column %s: %s.\n", p.Unit, p.Column(), p.Reference)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "row\t"+p.Column()+" ± sd\tours ± sd\t95 % interval\tdifference\tverdict (margin)")
	var notes []string
	for _, v := range r.Rows {
		lo, hi := v.Ours-v.CI95, v.Ours+v.CI95
		note := ""
		if v.Note != "" {
			at := slices.Index(notes, v.Note)
			if at < 0 {
				at, notes = len(notes), append(notes, v.Note)
			}
			note = fmt.Sprintf(" [%d]", at+1)
		}
		ref := fmt.Sprintf("%.2f ± %.2f", v.Published, v.SD)
		if v.N == 0 {
			ref = fmt.Sprintf("%.2f", v.Published)
		}
		fmt.Fprintf(t, "%s\t%s\t%s ± %s\t[%s, %s]\t%s ± %s\t%s (%g)%s\n", v.Label, ref,
			fixed(v.Ours, 3), fixed(v.OursSD, 3), fixed(lo, 3), fixed(hi, 3), signed(v.Diff), fixed(v.DiffCI95, 3), v.Verdict, v.Margin, note)
	}
	t.Flush()
	for i, n := range notes {
		fmt.Fprintf(w, "[%d] %s\n", i+1, n)
	}
	count := map[string]int{}
	for _, v := range r.Rows {
		count[v.Verdict]++
	}
	fmt.Fprintf(w, "%d rows equivalent, %d differ, %d cannot be judged", count[Equivalent], count[Differs], count[Unjudged])
	if n := count[Unverified]; n > 0 {
		fmt.Fprintf(w, ", %d have no verified reference", n)
	}
	fmt.Fprintln(w, ".")
}

// writeMeans prints what each algorithm reached, where there is no published number beside it.
func (r *Reproduction) writeMeans(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "experiment\talgorithm\tvalidation ± 95 %\ttest ± 95 %\truns")
	for _, x := range r.Paper.Experiments {
		o := r.outcomes[x.Name]
		for _, a := range o.Set.Arms {
			val, test := stats.Describe(a.Ends(o.Set.Validation())), stats.Describe(a.Ends(o.Set.Test()))
			fmt.Fprintf(t, "%s\t%s\t%s ± %s\t%s ± %s\t%d\n", x.Name, a.Algo, fixed(number(val.Mean), 3), fixed(number(val.CI), 3),
				fixed(number(test.Mean), 3), fixed(number(test.CI), 3), val.N)
		}
	}
	t.Flush()
}

// WriteText prints the reproduction, with the real seconds that it took or without.
func (r *Reproduction) WriteText(w io.Writer, real bool) error {
	p := r.Paper
	fmt.Fprintf(w, "%s\n%s\n\nProtocol\n", p.Title, p.Paper)
	for _, s := range p.Protocol {
		fmt.Fprintln(w, "  -", s)
	}
	fmt.Fprintln(w, "Not repeated")
	for _, s := range p.Differences {
		fmt.Fprintln(w, "  -", s)
	}
	fmt.Fprintln(w, "Numbers from")
	for _, s := range r.Sources {
		fmt.Fprintln(w, "  -", s)
	}
	if len(r.Rows) > 0 {
		r.writeRows(w)
	} else {
		fmt.Fprintf(w, "\nUnit: %s. The paper gives %s.\n", p.Unit, p.Reference)
		r.writeMeans(w)
	}
	if len(r.Claims) > 0 {
		fmt.Fprintln(w, "\nClaims")
	}
	for _, c := range r.Claims {
		fmt.Fprintf(w, "  %s: %s (%s)\n", c.Claim, c.Holds, c.Result)
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, x := range p.Experiments {
		rep := r.outcomes[x.Name].Report()
		for _, a := range rep.Results {
			clock := fixed(a.SimSeconds, 0) + " simulated s"
			if rep.Kind == evolve.Training {
				clock = fixed(a.Seconds, 0) + " s"
			}
			fmt.Fprintf(t, "%s\t%s\t%d runs\t%s trials a run\t%s", x.Name, a.Algo, a.Seeds, fixed(a.Trials, 1), clock)
			if real {
				fmt.Fprintf(t, "\t%s real s", fixed(a.WallSeconds, 3))
			}
			fmt.Fprintln(t)
		}
	}
	t.Flush()
	if len(r.Files) > 0 {
		fmt.Fprintln(w, "\nFiles:")
		for _, f := range r.Files {
			fmt.Fprintln(w, " ", f)
		}
	}
	return nil
}
