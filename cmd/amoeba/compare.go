package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/internal/flags"
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
trials, each trial is kept when it ends, and amoeba plot DIR draws what there is meanwhile. With one
trial in flight --procs runs are at work at a time. A search on shared weights (oneshot:DATA) ends by
itself, and what is scored is a network of its answer that is trained alone.`,
		Example: `  amoeba compare
  amoeba compare --benchmark nb201:cifar100 --algo regevo --algo regevo,sample=3 --algo random ` +
			"--budget 20000 --epochs 12",
		Args: args(0, 0),
	}
	f.add(c, lab.Default())
	flags.Int(c.Flags(), &f.spec.Seeds, "seeds", "", 0, 1, lab.MaxSeeds,
		fmt.Sprintf("runs of each algorithm (default %d, or %d where networks are trained)", lab.DefaultSeeds,
			lab.DefaultTrainedSeeds))
	f.run.addLaTeX(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := f.run.format(); err != nil {
			return err
		}
		e, err := f.open(c)
		if err != nil {
			return err
		}
		if f.run.out == "" {
			f.run.out = "amoeba-compare-" + e.ID()
		}
		return runExperiment(c, e, f.run)
	}
	return c
}
