package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/plots/report"
)

func searchCmd() *cobra.Command {
	var f experimentFlags
	c := &cobra.Command{
		Use:   "search",
		Short: "Run one search and print the architecture it found",
		Args:  args(0, 0),
	}
	defaults := lab.Default()
	defaults.Algos, defaults.Seeds = []string{"regevo"}, 1
	f.add(c, defaults)
	c.RunE = func(c *cobra.Command, _ []string) error {
		e, err := f.open(c)
		if err != nil {
			return err
		}
		if len(e.Arms) != 1 || e.Spec.Seeds != 1 {
			return fmt.Errorf("search is one study: want one --algo and one seed; amoeba compare runs more: %w",
				evolve.ErrInvalid)
		}
		if f.run.out == "" {
			f.run.out = "amoeba-search-" + e.ID()
		}
		return runExperiment(c, e, f.run)
	}
	return c
}

// printSearch prints what a single search found, and the command lines that go on with it.
func printSearch(w io.Writer, o *lab.Outcome, r *report.Comparison, dir string) {
	best := report.Best(o)
	var next []string
	if best != nil && best.Bench != nil {
		next = nextCommands(best.Bench, r.Benchmark, evolve.Arch(best.Genome), dir)
	}
	report.WriteSearch(w, o, r, best, next)
}
