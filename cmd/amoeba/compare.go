package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve/lab"
)

func compareCmd() *cobra.Command {
	var f experimentFlags
	c := &cobra.Command{
		Use:   "compare",
		Short: "Compare search algorithms over many seeds: table, tests, figure, folder",
		Long: `Compare runs every algorithm over many seeds on one benchmark and prints who beats whom.
With no flags: regularized evolution, its non-aging control and a genetic algorithm against
random search on the embedded NAS-Bench-201 surrogate, 500 seeds of 300 trials.

On a benchmark that trains networks a trial takes real time: the default is then 3 seeds of 50
trials, each trial is kept when it ends, and amoeba plot DIR draws what there is meanwhile.`,
		Example: `  amoeba compare
  amoeba compare --benchmark nb201:cifar100 --algo regevo --algo regevo,sample=3 --algo random --budget 20000 --epochs 12`,
		Args: args(0, 0),
	}
	f.add(c, lab.Default())
	addNumber(c.Flags(), &f.spec.Seeds, "seeds", 0, within(1, lab.MaxSeeds), fmt.Sprintf("runs of each algorithm (default %d, or %d where networks are trained)", lab.DefaultSeeds, lab.DefaultTrainedSeeds))
	c.RunE = func(c *cobra.Command, _ []string) error {
		e, err := f.open(c)
		if err != nil {
			return err
		}
		if f.run.out == "" {
			f.run.out = "amoeba-compare-" + e.ID()
		}
		return carry(c, e, f.run, tellComparison(c))
	}
	return c
}

func tellComparison(c *cobra.Command) func(*lab.Outcome, lab.Report) error {
	return func(_ *lab.Outcome, r lab.Report) error {
		w := c.OutOrStdout()
		if err := r.WriteText(w); err != nil {
			return err
		}
		fmt.Fprintln(w, "\nFiles:")
		for _, p := range r.Files {
			fmt.Fprintln(w, " ", p)
		}
		return nil
	}
}

// teller tells a study of its own as search does, and others as compare.
func teller(c *cobra.Command, e *lab.Experiment, dir string) func(*lab.Outcome, lab.Report) error {
	if len(e.Arms) == 1 && e.Spec.Seeds == 1 {
		return func(o *lab.Outcome, r lab.Report) error { return tellSearch(c, o, r, dir) }
	}
	return tellComparison(c)
}

func resumeCmd() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use: "resume DIR", Short: "Go on with a stopped experiment", Args: args(1, 1),
		Long: `Resume computes what the folder of a stopped experiment does not hold yet. The result is
byte for byte that of an uninterrupted run; where networks are trained, measured seconds differ.`,
		RunE: func(c *cobra.Command, args []string) error {
			f.out = args[0]
			if lab.Finished(f.out) {
				if err := lab.Tidy(f.out); err != nil {
					return err
				}
				o, err := lab.Load(f.out)
				if err != nil {
					return err
				}
				if !f.quiet {
					fmt.Fprintf(c.ErrOrStderr(), "%s is finished; this is what it holds\n", f.out)
				}
				return show(c, o, f, teller(c, o.Experiment, f.out))
			}
			e, err := lab.OpenDir(f.out)
			if err != nil {
				return err
			}
			return carry(c, e, f, teller(c, e, f.out))
		},
	}
	f.add(c)
	return c
}
