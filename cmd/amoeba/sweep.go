package main

import (
	"cmp"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/grid"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/plots"
	"github.com/amoeba-nas/amoeba/plots/report"
)

func sweepCmd() *cobra.Command {
	var f experimentFlags
	var metric string
	c := &cobra.Command{
		Use:   "sweep",
		Short: "Try every combination of several values of a searcher's options: table, best setting, heat map",
		Long: fmt.Sprintf(`Sweep runs one searcher with every combination of the values that its options have,
with | between them: at most %d settings, each over the same number of runs. The options of a nested searcher
are swept likewise; in double quotes | is itself.

It prints the mean of every setting with its 95 %% interval, the best one, and which ones cannot be told from
it (Mann-Whitney's U, Holm's correction over all pairs). Combinations that the searcher refuses, or that make
no sense, such as a tournament larger than its population, are left out and named.

The folder is that of an experiment whose algorithms are the settings: the same command, or amoeba resume,
goes on with it, and amoeba plot, stats, verify and report read it.`, grid.MaxSettings),
		Example: "  amoeba sweep --algo 'regevo,population=10|25|50|100,sample=2|5|10|25'\n" +
			"  amoeba sweep --algo 'regevo,population=20|50,kill=oldest|worst' --benchmark nb201:cifar100",
		Args: args(0, 0),
	}
	defaults := lab.Default()
	defaults.Algos = []string{"regevo,population=10|25|50|100,sample=2|5|10|25"}
	f.add(c, defaults)
	flags.Int(c.Flags(), &f.spec.Seeds, "seeds", "", 0, 1, lab.MaxSeeds,
		fmt.Sprintf("runs of each setting (default %d, or %d where networks are trained)", lab.DefaultSeeds,
			lab.DefaultTrainedSeeds))
	c.Flags().StringVar(&metric, "metric", "test", "`NAME` of the result that settings are compared by: "+
		"val, test, regret, test-regret, or an objective's")
	c.RunE = func(c *cobra.Command, _ []string) error {
		var left []lab.LeftOut
		e, err := f.openBy(c, func(s lab.Spec) (e *lab.Experiment, err error) {
			e, left, err = lab.OpenSweep(s)
			return e, err
		})
		if err != nil {
			return err
		}
		if _, err := (&trace.Set{About: e.About, Objectives: e.Objectives}).Measure(metric); err != nil {
			return err // before anything runs
		}
		e.Swept.Metric = metric
		if f.run.out == "" {
			f.run.out = "amoeba-sweep-" + e.ID()
		}
		o, err := carryOut(c, e, f.run)
		if o == nil {
			return err
		}
		return cmp.Or(err, o.Broke(), printSweep(c, o, left, metric, f.run))
	}
	return c
}

// printSweep draws and prints a finished sweep.
func printSweep(c *cobra.Command, o *lab.Outcome, left []lab.LeftOut, metric string, f runFlags) error {
	if err := o.Fruitless(f.out); err != nil {
		return err
	}
	spec := evolve.Spec{Name: "heat", Set: []evolve.Setting{{Key: "metric", Value: metric}}}
	figure, undrawn := plots.Draw(spec, []*trace.Set{o.Set}, plots.Options{})
	if undrawn == nil {
		var files []string
		if files, undrawn = plots.WriteFiles(figure, filepath.Join(f.out, "heat"), "png", "svg"); undrawn != nil &&
			!f.unwritable(undrawn) {
			return undrawn
		}
		o.Files = append(o.Files, files...)
	}
	if undrawn != nil && !f.quiet {
		fmt.Fprintln(c.ErrOrStderr(), "no figure:", words.Line(undrawn))
	}
	r, err := report.NewSweep(o, left, metric)
	if err != nil {
		return err
	}
	switch {
	case f.json:
		return printJSON(c.OutOrStdout(), r)
	case f.quiet:
		return nil
	}
	return r.WriteText(c.OutOrStdout())
}
