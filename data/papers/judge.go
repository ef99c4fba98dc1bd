package papers

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Verdicts on a number.
const (
	Equivalent   = "equivalent"           // the whole interval of the difference lies within the margin
	Differs      = "differs"              // the whole interval lies outside
	Unjudged     = "cannot be judged"     // the interval crosses the margin: too few runs, theirs or ours
	Unverified   = "unverified"           // the reference is not the paper's print: nothing is judged by it
	Incomparable = "not comparable"       // of other architectures or other data than the print's, as the note says
	Missing      = "cannot be reproduced" // for want of something that the row's note names
	TooShort     = "too short to judge"   // of all that a quick reproduction ran, and of fewer than LeastRuns
)

// LeastRuns are the runs of ours below which no interval of a mean is judged by. Final results of searches are skewed,
// most near the best and a tail below, so that Student's interval of few runs is too narrow. Of 100,000 draws from the
// 500 runs of nb201-table5's row "REA S=3, CIFAR-10 val", whose mean is within the print's margin, 12 % are said
// to differ with 2 runs, 5 % with 3, 3 % with 5 and 0.6 % with 10. Exact tests (Mann and Whitney's, Clopper and
// Pearson's) keep their level at any number of runs: claims that rest on one are judged.
const LeastRuns = 10

// WhyLeast is the rule of LeastRuns for readers.
const WhyLeast = "Fewer than 10 runs of ours are too short to judge: of draws from the 500 runs of REA S=3 " +
	"in nb201-table5, whose mean is within the margin, 12 % of 2 runs differ, 5 % of 3, 3 % of 5 and 0.6 % of 10 " +
	"(of REA S=10: 25, 17, 11 and 6 %)."

// tooFew says whether so many values of an experiment are too few to judge by.
func (r *Reproduction) tooFew(values int) bool { return r.Quick || values < LeastRuns }

// skippedVerdict is the verdict on what needs a table that is not imported, before the command that gets it.
const skippedVerdict = "skipped: "

// RowVerdict compares one number.
type RowVerdict struct {
	Label     string          `json:"label"`
	Published float64         `json:"reference"`
	SD        number.Nullable `json:"reference_sd"` // null, and no reference_n, where nobody gave it
	N         int             `json:"reference_n,omitempty"`
	Ours      number.Nullable `json:"ours"`
	OursSD    number.Nullable `json:"ours_sd"`
	CI95      number.Nullable `json:"ours_ci95"` // half the width
	Seeds     int             `json:"seeds"`
	Margin    number.Nullable `json:"margin"` // null of a number that cannot be reproduced
	Diff      number.Nullable `json:"difference"`
	DiffCI95  number.Nullable `json:"difference_ci95"`
	Verdict   string          `json:"verdict"`
	Tuned     bool            `json:"tuned,omitempty"` // see Row
	Note      string          `json:"note,omitempty"`
}

// judge judges all rows and claims.
func (r *Reproduction) judge() error {
	lookups := map[string]evolve.Benchmark{}
	for _, row := range r.Paper.Rows {
		command := r.command(row.Experiment)
		if row.Missing != "" || command != "" {
			v := row.judge(stats.Describe(nil))
			if v.Verdict, v.Note = Missing, row.Missing; command != "" {
				v.Verdict, v.Note = skippedVerdict+command, row.Note
			}
			r.Rows = append(r.Rows, v)
			continue
		}
		xs, _, err := r.values(row.Experiment, row.Algo, row.Metric, row.Benchmark, lookups)
		if absent := new(data.Absent); errors.As(err, &absent) { // where the winners are looked up
			v := row.judge(stats.Describe(nil))
			v.Verdict, v.Note = skippedVerdict+absent.Command, row.Note
			r.Rows = append(r.Rows, v)
			continue
		}
		if err != nil {
			return fmt.Errorf("paper %s, row %q: %w", r.Name, row.Label, err)
		}
		v := row.judge(stats.Describe(xs))
		if r.tooFew(len(xs)) {
			v.Verdict = TooShort
		}
		r.Rows = append(r.Rows, v)
	}
	for _, c := range r.Paper.Claims {
		v, err := r.claim(&c)
		if err != nil {
			return fmt.Errorf("paper %s, claim: %w", r.Name, err)
		}
		r.Claims = append(r.Claims, v)
	}
	return nil
}

// values are those of a sample of a measurement, or a metric of an algorithm's winners, one a run, and whether lower
// ones are better. With a benchmark each winner is looked up there, else it is reported by the benchmark that found it.
func (r *Reproduction) values(experiment, algo, metric, benchmark string,
	lookups map[string]evolve.Benchmark) (xs []float64, falls bool, err error) {
	if m := r.measured[experiment]; m != nil {
		at := slices.IndexFunc(m.Samples, func(s Sample) bool { return s.Label == algo })
		if at < 0 {
			return nil, false, fmt.Errorf("the measurement of experiment %s has no sample %q: %w", experiment, algo,
				evolve.ErrInvalid)
		}
		return m.Samples[at].Values, m.Samples[at].Falls, nil
	}
	o, err := r.Outcome(experiment)
	if err != nil {
		return nil, false, err
	}
	arm, err := find(o, experiment, algo)
	if err != nil {
		return nil, false, err
	}
	switch metric {
	case TrialsToBest:
		xs, err := trialsToBest(o.Set, arm)
		return xs, true, err
	case Skips, Collapsed, SkipShare, SkipRise:
		xs, err := genotypes(o, arm, metric)
		return xs, true, err
	}
	get, err := o.Set.Measure(metric)
	if err != nil {
		return nil, false, err
	}
	if benchmark == "" {
		return arm.Ends(get), get.Falls, nil
	}
	if metric != "val" && metric != "test" {
		return nil, false, fmt.Errorf("metric %s of winners that are looked up on %s: want val or test, "+
			"for other measures are of the experiment's own benchmark: %w", metric, benchmark, evolve.ErrInvalid)
	}
	bench := lookups[benchmark]
	if bench == nil {
		spec, err := evolve.ParseSpec(benchmark)
		if err != nil {
			return nil, false, err
		}
		if bench, _, err = evolve.Benchmarks.Open(spec); err != nil {
			return nil, false, err
		}
		lookups[benchmark] = bench
	}
	for _, run := range arm.Runs {
		s, err := bench.Score(&evolve.Trial{Proposal: evolve.Proposal{Arch: evolve.Arch(run.Final.Arch)}})
		if err != nil {
			return nil, false, err
		}
		xs = append(xs, get.End(&trace.Run{Final: journal.Entry{ValError: s.Val, TestError: s.Test}}))
	}
	return xs, get.Falls, nil
}

// find is an experiment's algorithm by its spec or its label.
func find(o *lab.Outcome, experiment, algo string) (*trace.Arm, error) {
	at := slices.IndexFunc(o.Set.Arms, func(a trace.Arm) bool { return a.Algo == algo || a.Label == algo })
	if at < 0 {
		return nil, fmt.Errorf("experiment %s has no algo %q: %w", experiment, algo, evolve.ErrInvalid)
	}
	return &o.Set.Arms[at], nil
}

// TrialsToBest is the metric of rows that counts trials until a run has found the best validation result of the whole
// benchmark.
const TrialsToBest = "trials-to-best"

// trialsToBest are the trials of each run up to the best result, that one included; NaN of a run that ends before.
func trialsToBest(s *trace.Set, a *trace.Arm) ([]float64, error) {
	regret, err := s.Measure("regret")
	if err == nil && math.IsNaN(regret.Best) {
		err = fmt.Errorf("metric %s: the best of %s is not known: %w", TrialsToBest, s.Spec.Benchmark,
			evolve.ErrUnsupported)
	}
	if err != nil {
		return nil, err
	}
	xs, x := make([]float64, len(a.Runs)), s.Trials()
	for i := range a.Runs {
		r := &a.Runs[i]
		steps := regret.Steps(r)
		xs[i] = math.NaN()
		if at := slices.IndexFunc(steps, func(e journal.Entry) bool { return e.ValError <= s.About.BestVal }); at >= 0 {
			xs[i] = x.At(&steps[at])
		}
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
		Label: r.Label, Published: r.Mean, SD: number.Nullable(r.SD), N: r.N, Margin: number.Nullable(r.Margin),
		Note: r.Note, Tuned: r.Tuned, Seeds: ours.N,
		Ours: number.Nullable(ours.Mean), OursSD: number.Nullable(ours.Std), CI95: number.Nullable(ours.CI),
		Diff: number.Nullable(diff), DiffCI95: number.Nullable(ci), Verdict: verdict(diff, ci, r.Margin),
	}
	if r.N == 0 {
		v.SD = number.Nullable(math.NaN())
	}
	if r.Missing != "" {
		v.Margin = number.Nullable(math.NaN())
	}
	switch {
	case r.Unverified:
		v.Verdict = Unverified
	case r.Incomparable:
		v.Verdict = Incomparable
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
