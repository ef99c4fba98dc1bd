package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/internal/progress"
	"github.com/amoeba-nas/amoeba/plots"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// experimentFlags are those of compare and search.
type experimentFlags struct {
	spec  lab.Spec
	algos []string
	file  string
	run   runFlags
}

// experimentFiles are what is written into an experiment's folder, a sweep's heat map included.
var experimentFiles = flags.Joined(lab.Files, plots.Files("trajectories"), plots.Files("heat"))

// runFlags are how an experiment is run and told.
type runFlags struct {
	procs       int
	out         string
	quiet, json bool
	latex       bool
	held        bool // finished before this command, which then only reads what is there
}

func (f *runFlags) add(c *cobra.Command) {
	flags.Int(c.Flags(), &f.procs, "procs", "", runtime.NumCPU(), 1, maxProcs,
		"real cores to use, and trainings at a time, all of --workers with another device than cpu; changes no byte "+
			"of the results")
	c.Flags().BoolVar(&f.quiet, "quiet", false, "print nothing but errors (and --json)")
	c.Flags().BoolVar(&f.json, "json", false, "print the results as JSON on standard output")
}

// addLaTeX adds the flag of the commands that print comparisons.
func (f *runFlags) addLaTeX(c *cobra.Command) {
	c.Flags().BoolVar(&f.latex, "latex", false, "print the results as a table for LaTeX (booktabs)")
}

// format refuses two formats at once.
func (f *runFlags) format() error {
	if f.json && f.latex {
		return fmt.Errorf("--json and --latex: want one of them: %w", evolve.ErrInvalid)
	}
	return nil
}

func (f *experimentFlags) add(c *cobra.Command, defaults lab.Spec) {
	f.spec = defaults
	fl := c.Flags()
	fl.StringVar(&f.spec.Benchmark, "benchmark", defaults.Benchmark, "`NAME[:DATASET][,option=…]` (see amoeba list)")
	fl.StringArrayVar(&f.algos, "algo", nil,
		"`[LABEL=]NAME[,key=value…]`, repeatable; LABEL is what tables and figures call it (default "+
			fmt.Sprint(defaults.Algos)+")")
	flags.Int(fl, &f.spec.Trials, "trials", "", 0, 1, lab.MaxTrials,
		fmt.Sprintf("trials of a run (default %d, or %d where networks are trained, when there is no other bound; "+
			"searches on shared weights end by themselves)", lab.DefaultTrials, lab.DefaultTrainedTrials))
	flags.Above(fl, &f.spec.Budget, "budget", 0, 0, lab.MaxBudget,
		"`seconds` of a run: simulated, or measured and so not reproducible where networks are trained")
	flags.Above(fl, &f.spec.Full, "full", 0, 0, lab.MaxFull,
		"full `trainings` of a run: what its trials cost together, over what one full training costs in the mean")
	flags.Int(fl, &f.spec.TotalEpochs, "total-epochs", "", 0, 1, lab.MaxTotal,
		"epochs that all trials of a run are trained for; one that goes on with another's training adds the difference")
	fl.StringVar(&f.spec.Overshoot, "overshoot", defaults.Overshoot,
		"the trial that would pass --budget, --full or --total-epochs: drop or count")
	flags.Int(fl, &f.spec.Epochs, "epochs", "", 0, 1, lab.MaxEpochs,
		"at which the search trains and is charged; "+
			"the reported test is always the full schedule's (default the benchmark's)")
	flags.Int(fl, &f.spec.Workers, "workers", "", defaults.Workers, 1, lab.MaxWorkers,
		"simulated workers, or trials in flight where networks are trained: part of the experiment")
	fl.StringVar(&f.spec.Cluster, "cluster", "",
		"what goes wrong on the simulated workers: `slow=lognormal:SIGMA,fail=CHANCE,lose=CHANCE,lost=fail|restart`, "+
			"or some of these")
	fl.StringVar(&f.spec.Record, "record", defaults.Record,
		"what the folder keeps: incumbents, all (every trial) or none (ends of runs)")
	fl.StringVar(&f.spec.FidelityRule, "fidelity-rule", "highest",
		"trials that are compared for the best: those of the highest fidelity so far, or of any")
	fl.StringVar(&f.spec.Incumbent, "incumbent", "",
		"what is scored: the best that was observed (observed), or what the searcher recommends (searcher; default "+
			"observed, or searcher where weights are shared)")
	flags.Seed(fl, &f.spec.Seed, "seed", defaults.Seed, math.MaxUint64, "seed of the experiment")
	flags.Writes(c).Folder(c, &f.run.out, "out", "`folder` of the experiment (default amoeba-"+c.Name()+"-ID)",
		experimentFiles)
	fl.StringVarP(&f.file, "file", "f", "",
		"read the experiment from a YAML `file`; flags given beside it win, a bound given replaces the file's bounds")
	f.run.add(c)
}

// open merges file and flags and opens the experiment.
func (f *experimentFlags) open(c *cobra.Command) (*lab.Experiment, error) {
	return f.openBy(c, lab.Open)
}

// openBy is open by another function than lab.Open.
func (f *experimentFlags) openBy(c *cobra.Command, opens func(lab.Spec) (*lab.Experiment, error)) (*lab.Experiment,
	error) {
	spec := f.spec
	var text []byte
	if f.file != "" {
		var err error
		if text, err = lab.ReadFile(f.file); err != nil {
			return nil, err
		}
		from, err := lab.ReadSpec(f.file, text)
		if err != nil {
			return nil, err
		}
		flags := spec
		spec = from
		for _, flag := range []struct {
			name string
			set  func()
		}{
			{"benchmark", func() { spec.Benchmark = flags.Benchmark }},
			{"seeds", func() { spec.Seeds = flags.Seeds }},
			{"overshoot", func() { spec.Overshoot = flags.Overshoot }},
			{"workers", func() { spec.Workers = flags.Workers }},
			{"cluster", func() { spec.Cluster = flags.Cluster }},
			{"record", func() { spec.Record = flags.Record }},
			{"fidelity-rule", func() { spec.FidelityRule = flags.FidelityRule }},
			{"incumbent", func() { spec.Incumbent = flags.Incumbent }},
			{"seed", func() { spec.Seed = flags.Seed }},
			// after benchmark
			{"epochs", func() { spec.Epochs, spec.Benchmark = flags.Epochs, lab.WithoutEpochs(spec.Benchmark) }},
		} {
			if c.Flags().Changed(flag.name) {
				flag.set()
			}
		}
	}
	if slices.ContainsFunc([]string{"trials", "budget", "full", "total-epochs"}, c.Flags().Changed) {
		spec.Bound(f.spec) // bounds replace bounds
	}
	if len(f.algos) > 0 {
		spec.Algos = f.algos
	}
	e, err := opens(spec)
	if err == nil && !e.Spec.Metered() && (c.Flags().Changed("overshoot") ||
		e.Spec.Overshoot != lab.Default().Overshoot) {
		err = &lab.KeyError{Key: "overshoot",
			Err: fmt.Errorf("overshoot %s has no effect here, "+
				"only --budget, --full or --total-epochs can be passed: leave it out: %w",
				e.Spec.Overshoot, evolve.ErrInvalid)}
	}
	if err != nil && f.file != "" {
		err = lab.In(f.file, text, err)
	}
	return e, err
}

// runExperiment runs an experiment, draws it and prints it.
func runExperiment(c *cobra.Command, e *lab.Experiment, f runFlags) error {
	o, err := carryOut(c, e, f)
	if o == nil {
		return err
	}
	// Results that were computed and could not be written are printed all the same.
	return cmp.Or(err, printExperiment(c, o, f))
}

// carryOut runs an experiment. There may be an outcome beside an error, of results that could not be written.
func carryOut(c *cobra.Command, e *lab.Experiment, f runFlags) (*lab.Outcome, error) {
	errw := c.ErrOrStderr()
	if err := flags.Untouched(f.out, experimentFiles, flags.SpecValues(e.Spec.Benchmark)...); err != nil {
		return nil, err
	}
	if !f.quiet {
		fmt.Fprintln(errw, "benchmark", e.Spec.Benchmark) // what its numbers are stands with the numbers
	}
	opts := lab.Options{Procs: f.procs, Dir: f.out}
	if e.About.Trains() {
		observer, end := progress.Trials(errw, f.quiet, e)
		opts.Observer = observer
		defer end()
	} else {
		observer, end := progress.Runs(errw, f.quiet, "runs", len(e.Arms)*e.Spec.Seeds)
		opts.Observer = observer
		defer end()
	}
	o, err := e.Run(c.Context(), opts)
	var stopped *lab.Interrupted
	switch {
	case o != nil:
		printBroken(errw, o.Broken)
	case errors.As(err, &stopped):
		printBroken(errw, stopped.Broken)
	}
	return o, err
}

// unwritable says whether an error is of a finished experiment's folder that cannot be written to: whoever asks what a
// folder holds need not be able to.
func (f *runFlags) unwritable(err error) bool {
	return f.held && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS))
}

// printExperiment draws and prints a finished experiment. It is printed even if it cannot be drawn, and even if nothing
// was evaluated, which then is an error.
func printExperiment(c *cobra.Command, o *lab.Outcome, f runFlags) (err error) {
	fruitless := o.Fruitless(f.out)
	defer func() { err = cmp.Or(err, fruitless, o.Broke()) }()
	why := plots.Lacking(folderFigure, o.Set)
	switch {
	case why != "":
	case f.held && !lab.Undrawn(f.out):
		for _, name := range lab.Figures {
			o.Files = append(o.Files, filepath.Join(f.out, name))
		}
	default:
		drawn := drawTrajectories(o, f.out)
		switch {
		case errors.Is(drawn, plots.ErrNoPoint): // of losses that are numbers all the same
			why, drawn = plots.ErrNoPoint.Error(), nil
		case f.unwritable(drawn):
			why, drawn = words.Line(drawn), nil
		}
		defer func() { err = errors.Join(err, drawn) }()
	}
	if o.HasFronts() {
		path, kept := o.WriteFronts(f.out)
		if kept == nil {
			o.Files = append(o.Files, path)
		}
		if !f.unwritable(kept) {
			defer func() { err = errors.Join(err, kept) }()
		}
	}
	if why != "" && !f.quiet && fruitless == nil {
		fmt.Fprintln(c.ErrOrStderr(), "no figure:", why)
	}
	r := report.Compare(o)
	single := len(o.Arms) == 1 && o.Spec.Seeds == 1
	switch w := c.OutOrStdout(); {
	case f.json:
		best := report.Best(o)
		return printJSON(w, struct {
			report.Comparison
			Best  *report.Find      `json:"best,omitempty"`
			Found *report.Discovery `json:"found,omitempty"`
		}{r, best, best.Found(o)})
	case f.latex:
		return r.WriteLaTeX(w)
	case f.quiet:
		return nil
	case single:
		printSearch(w, o, &r, f.out)
		return nil
	default:
		if err := r.WriteText(w); err != nil {
			return err
		}
		report.WriteFiles(w, r.Files)
		return nil
	}
}

// printBroken prints why searchers broke, of so many runs.
func printBroken(w io.Writer, all []lab.Broken) {
	const most = 10 // runs: a program that is wrong is wrong in all
	for i, b := range all {
		if i == most {
			fmt.Fprintf(w, "and %d more\n", len(all)-most)
			return
		}
		fmt.Fprintf(w, "%s run %d failed: %s\n", b.Label, b.Run, words.Line(b.Err))
	}
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// folderFigure is the figure in the folder of an experiment.
var folderFigure = evolve.Spec{Name: "trajectories", Set: []evolve.Setting{{Key: "x", Value: "auto"}, {Key: "log-y",
	Value: "yes"}}}

// drawTrajectories writes the figure of a finished experiment into its folder.
func drawTrajectories(o *lab.Outcome, dir string) error {
	f, err := plots.Draw(folderFigure, []*trace.Set{o.Set}, plots.Options{})
	if err != nil {
		return err
	}
	for _, name := range lab.Figures {
		base, format, _ := strings.Cut(name, ".")
		files, err := plots.WriteFiles(f, filepath.Join(dir, base), format)
		if o.Files = append(o.Files, files...); err != nil {
			return err
		}
	}
	return nil
}
