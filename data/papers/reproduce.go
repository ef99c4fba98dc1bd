package papers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Reproduction is a paper's table with our numbers beside it.
type Reproduction struct {
	Paper   *Paper          `json:"-"`
	Name    string          `json:"name"`
	Quick   bool            `json:"quick"`
	Rows    []RowVerdict    `json:"rows"`
	Claims  []Verdict       `json:"claims"`
	Tables  []Table         `json:"tables,omitempty"`  // of text
	Shrunk  []string        `json:"shrunk,omitempty"`  // sizes that are less than the protocol's, an experiment each
	Samples []SampleSummary `json:"samples,omitempty"` // of measurements
	Skipped []Skipped       `json:"skipped,omitempty"` // experiments
	Sources []string        `json:"sources"`
	Notes   []string        `json:"notes,omitempty"` // of measurements
	Files   []string        `json:"files"`

	outcomes map[string]*lab.Outcome
	measured map[string]*Measured
}

// SampleSummary is a sample of a measurement in a few numbers.
type SampleSummary struct {
	Experiment string          `json:"experiment"`
	Label      string          `json:"label"`
	Unit       string          `json:"unit,omitempty"`
	Mean       number.Nullable `json:"mean"`
	SD         number.Nullable `json:"sd"`
	CI95       number.Nullable `json:"ci95"` // half the width
	N          int             `json:"n"`
}

// Skipped is an experiment that wants a table which is not imported, and the command that gets it.
type Skipped struct {
	Experiment string `json:"experiment"`
	Command    string `json:"command"`

	err error
}

// Options are how a paper is reproduced.
type Options struct {
	lab.Options
	Seeds int    // above 0 replaces the paper's number of runs
	Seed  uint64 // of all experiments
	Quick bool   // in seconds: every verdict is then TooShort
}

// seeds is how many runs of each algorithm, or repeats of a measurement, there are.
func (x *Experiment) seeds(o Options) int {
	switch {
	case o.Seeds > 0:
		return o.Seeds
	case o.Quick:
		return cmp.Or(x.Quick.Seeds, min(x.Seeds, QuickSeeds))
	}
	return x.Seeds
}

// runs are those of all algorithms; a measurement counts as one algorithm.
func (x *Experiment) runs(o Options) int { return x.seeds(o) * max(len(x.Algos), 1) }

// Runs is the number of runs of a paper's experiments.
func (p *Paper) Runs(o Options) (n int) {
	for i := range p.Experiments {
		n += p.Experiments[i].runs(o)
	}
	return n
}

// spec is the experiment as the lab runs it.
func (x *Experiment) spec(o Options) lab.Spec {
	s := lab.Default()
	s.Benchmark, s.Algos, s.Seeds, s.Seed = x.Benchmark, x.Algos, x.seeds(o), o.Seed
	s.Trials, s.Budget, s.Epochs = x.Trials, x.Budget, x.Epochs
	if o.Quick {
		s.Trials, s.Budget = cmp.Or(x.Quick.Trials, x.Trials), cmp.Or(x.Quick.Budget, x.Budget)
	}
	s.FidelityRule, s.Incumbent = x.FidelityRule, x.Incumbent
	if x.Overshoot != "" {
		s.Overshoot = x.Overshoot
	}
	if x.Workers > 0 {
		s.Workers = x.Workers
	}
	return s
}

// shrunk says of each experiment by how much its sizes are less than the paper's.
func (p *Paper) shrunk(o Options) (lines []string) {
	for i := range p.Experiments {
		x := &p.Experiments[i]
		var parts []string
		if n := x.seeds(o); n != x.Seeds {
			what := "runs"
			if x.Measurement != "" {
				what = "repeats"
			}
			parts = append(parts, fmt.Sprintf("%d %s, not %d", n, what, x.Seeds))
		}
		if s := x.spec(o); x.Measurement == "" {
			if s.Trials != x.Trials {
				parts = append(parts, fmt.Sprintf("%d trials, not %d", s.Trials, x.Trials))
			}
			if s.Budget != x.Budget {
				parts = append(parts, fmt.Sprintf("%s, not %s", seconds(s.Budget), seconds(x.Budget)))
			}
		}
		if parts != nil {
			lines = append(lines, x.Name+": "+strings.Join(parts, "; "))
		}
	}
	return lines
}

// Reproduce runs a paper's experiments and judges every number and claim. Each experiment has a folder of its own in
// o.Dir, unless that is "", and goes on from what it holds; stopped by ctx the error is a *lab.Interrupted. Experiments
// whose tables are not imported are skipped, as long as another one can run: else the error is a *Lacking.
func Reproduce(ctx context.Context, p *Paper, o Options) (*Reproduction, error) {
	r := &Reproduction{Paper: p, Name: p.Name, Quick: o.Quick, Rows: []RowVerdict{}, Claims: []Verdict{},
		Tables: p.Tables, Shrunk: p.shrunk(o), outcomes: map[string]*lab.Outcome{},
		measured: map[string]*Measured{}}
	opened, err := r.open(o)
	if err != nil {
		return nil, err
	}
	before, total, ran := 0, p.Runs(o), 0
	measured := 0 // runs of the latest measurement that are done, as its progress counts them
	for i := range p.Experiments {
		x := &p.Experiments[i]
		if r.skips(x.Name) {
			before += x.runs(o)
			continue
		}
		measured = 0
		sub := lab.Options{Procs: o.Procs}
		if o.Dir != "" {
			sub.Dir = filepath.Join(o.Dir, x.Name)
		}
		sub.Observer = func(e evolve.Event) {
			if p, ok := e.(lab.Progress); ok { // of all experiments
				if x.Measurement != "" { // whose progress is told by one goroutine at a time
					measured = p.Done
				}
				e = lab.Progress{Done: before + p.Done, Of: total}
			}
			o.Observer.Report(e)
		}
		err := p.blame(x, r.run(ctx, x, opened[i], sub, o))
		switch {
		case err != nil && ctx.Err() != nil:
			if within := new(lab.Interrupted); x.Measurement != "" {
				before += measured
			} else if errors.As(err, &within) {
				before += within.Done
			}
			return nil, &lab.Interrupted{Dir: o.Dir, Done: before, Total: total, Cause: ctx.Err()}
		case r.skip(x, err):
		case err != nil:
			return nil, err
		default:
			ran++
		}
		before += x.runs(o)
	}
	if ran == 0 && len(r.Skipped) > 0 {
		return nil, r.lacking()
	}
	return r, r.judge()
}

// blame says of which experiment an error is, if there is one.
func (p *Paper) blame(x *Experiment, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("paper %s, experiment %s: %w", p.Name, x.Name, err)
}

// open opens all comparisons before the first runs: a wrong name must not wait for hours. It fails if none can run.
func (r *Reproduction) open(o Options) ([]*lab.Experiment, error) {
	all := make([]*lab.Experiment, len(r.Paper.Experiments))
	for i := range r.Paper.Experiments {
		x := &r.Paper.Experiments[i]
		var err error
		if x.Measurement != "" {
			_, _, err = x.openMeasurement()
		} else {
			all[i], err = lab.Open(x.spec(o))
		}
		switch err = r.Paper.blame(x, err); {
		case r.skip(x, err):
		case err != nil:
			return nil, err
		}
	}
	if len(r.Skipped) > 0 && len(r.Skipped) == len(all) {
		return nil, r.lacking()
	}
	return all, nil
}

// skip notes that an experiment is skipped if the error is of a table that is not imported.
func (r *Reproduction) skip(x *Experiment, err error) bool {
	var absent *data.Absent
	if !errors.As(err, &absent) {
		return false
	}
	r.Skipped = append(r.Skipped, Skipped{x.Name, absent.Command, err})
	return true
}

// skips says whether an experiment is skipped.
func (r *Reproduction) skips(experiment string) bool { return r.command(experiment) != "" }

// command gets the table that an experiment is skipped for; "" where it is not.
func (r *Reproduction) command(experiment string) string {
	for _, s := range r.Skipped {
		if s.Experiment == experiment {
			return s.Command
		}
	}
	return ""
}

// run runs one experiment, or reads what its folder holds.
func (r *Reproduction) run(ctx context.Context, x *Experiment, e *lab.Experiment, sub lab.Options, o Options) error {
	var sources []string
	if x.Measurement != "" {
		asked := Asked{Repeats: x.seeds(o), Seed: o.Seed, Procs: max(o.Procs, 1), Quick: o.Quick,
			Progress: shares(sub.Observer, x.seeds(o))}
		m, err := x.measure(ctx, asked, sub.Dir)
		if err != nil {
			return err
		}
		r.measured[x.Name], sources = m, m.Sources
		for _, n := range m.Notes {
			if !slices.Contains(r.Notes, n) {
				r.Notes = append(r.Notes, n)
			}
		}
		for _, s := range m.Samples {
			d := stats.Describe(s.Values)
			r.Samples = append(r.Samples, SampleSummary{Experiment: x.Name, Label: s.Label, Unit: s.Unit, N: d.N,
				Mean: number.Nullable(d.Mean), SD: number.Nullable(d.Std), CI95: number.Nullable(d.CI)})
		}
	} else {
		out, err := e.Run(ctx, sub)
		if err != nil {
			return err
		}
		r.outcomes[x.Name], sources = out, []string{e.Spec.Benchmark + ": " + e.About.Source}
	}
	for _, s := range sources {
		if !slices.Contains(r.Sources, s) {
			r.Sources = append(r.Sources, s)
		}
	}
	return nil
}

// shares tells an observer of runs how much of a measurement is done, which counts as so many runs.
func shares(o evolve.Observer, runs int) func(done, of int) {
	o = o.OneAtATime()
	return func(done, of int) {
		if of > 0 {
			o.Report(lab.Progress{Done: runs * min(done, of) / of, Of: runs})
		}
	}
}

// Outcome is one of the paper's comparisons.
func (r *Reproduction) Outcome(name string) (*lab.Outcome, error) {
	o := r.outcomes[name]
	if o == nil {
		return nil, fmt.Errorf("paper %s has no experiment %q: %w", r.Name, name, evolve.ErrInvalid)
	}
	return o, nil
}
