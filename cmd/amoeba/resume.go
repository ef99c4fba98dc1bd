package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/internal/flags"
)

func resumeCmd() *cobra.Command {
	var f runFlags
	var x lab.Extension
	c := &cobra.Command{
		Use: "resume DIR", Short: "Go on with a stopped experiment, or extend one", Args: args(1, 1),
		Long: `Resume computes what the folder of a stopped experiment does not hold yet. The result is
byte for byte that of an uninterrupted run; where networks are trained, measured seconds differ.
Of a finished experiment it tells what it holds; that needs no right to write there. It prints
the table, and draws the figure, of the command that began the experiment: compare or sweep.

With more of what bounds the runs (--trials, --budget, --full, --total-epochs), --seeds or --algo it
extends the experiment, finished or not, and ends at what a new one with these would be. No network
is trained twice. Simulated runs are computed again, and must repeat what is recorded of them. Until
all is computed the folder keeps what it held; stopped in between, amoeba resume DIR goes on with
the extension.`,
		Example: `  amoeba resume amoeba-compare-1a2b3c4d
  amoeba resume amoeba-compare-1a2b3c4d --trials 1000 --algo pick`,
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.format(); err != nil {
				return err
			}
			f.out = args[0]
			if err := lab.RefuseExtension(f.out); err != nil {
				return err
			}
			if !x.Changes() && lab.Finished(f.out) {
				return printFinished(c, f)
			}
			e, err := lab.OpenExtended(f.out, x)
			if err != nil {
				return err
			}
			if !e.Extends() && lab.Finished(f.out) { // it has what is asked for
				return printFinished(c, f)
			}
			o, err := carryOut(c, e, f)
			if o == nil {
				return err
			}
			return cmp.Or(err, printResumed(c, o, f))
		},
	}
	fl := c.Flags()
	flags.Int(fl, &x.Trials, "trials", "", 0, 1, lab.MaxTrials,
		"extend the runs to so many trials, of an experiment bounded by trials")
	flags.Above(fl, &x.Budget, "budget", 0, 0, lab.MaxBudget,
		"extend the runs to so many `seconds`, of an experiment bounded by seconds")
	flags.Above(fl, &x.Full, "full", 0, 0, lab.MaxFull,
		"extend the runs to so many full `trainings`, of an experiment bounded by them")
	flags.Int(fl, &x.TotalEpochs, "total-epochs", "", 0, 1, lab.MaxTotal,
		"extend the runs to so many epochs in all, of an experiment bounded by them")
	flags.Int(fl, &x.Seeds, "seeds", "", 0, 1, lab.MaxSeeds, "extend to so many runs of each algorithm")
	fl.StringArrayVar(&x.Algos, "algo", nil, "add an algorithm, `[LABEL=]NAME[,key=value…]`; repeatable")
	f.add(c)
	f.addLaTeX(c)
	return c
}

// printFinished prints what a finished experiment's folder holds. It writes nothing but a figure that a killed process
// left out, so that a folder that cannot be written to is printed as well.
func printFinished(c *cobra.Command, f runFlags) error {
	// Files that cannot be removed, or are another process's, are in nobody's way.
	_ = lab.Tidy(f.out)
	o, err := lab.Load(f.out)
	if err != nil {
		return err
	}
	if !f.quiet {
		fmt.Fprintf(c.ErrOrStderr(), "%s is finished; this is what it holds\n", f.out)
	}
	f.held = true
	return printResumed(c, o, f)
}

// printResumed prints a finished experiment as the command did that began it.
func printResumed(c *cobra.Command, o *lab.Outcome, f runFlags) error {
	if swept, left := lab.SweptIn(f.out, o.Spec); swept != nil && !f.latex {
		return cmp.Or(o.Broke(), printSweep(c, o, left, swept.Metric, f))
	}
	return printExperiment(c, o, f)
}
