package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
)

func searchCmd() *cobra.Command {
	var f experimentFlags
	c := &cobra.Command{
		Use:   "search",
		Short: "Run one search and print the architecture it found",
		Args:  cobra.NoArgs,
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
			return fmt.Errorf("search is one study: want one --algo and one seed; amoeba compare runs more: %w", evolve.ErrInvalid)
		}
		if f.run.out == "" {
			f.run.out = "amoeba-search-" + e.ID()
		}
		return carry(c, e, f.run, func(o *lab.Outcome, r lab.Report) error {
			return tellSearch(c, o, r)
		})
	}
	return c
}

func tellSearch(c *cobra.Command, o *lab.Outcome, r lab.Report) error {
	w := c.OutOrStdout()
	run := o.Traces[0].Runs[0]
	x := r.Results[0]
	fmt.Fprintf(w, "%s on %s: %d trials, %.0f simulated seconds\n", x.Algo, r.Benchmark, run.Final.Trial, run.Final.Seconds)
	if len(run.Steps) == 0 {
		fmt.Fprintln(w, "nothing was evaluated within the bounds")
		return nil
	}
	found := run.Steps[len(run.Steps)-1]
	space := o.Bench.Problem().Space
	name := found.Arch
	if n, ok := space.(evolve.Notation); ok {
		name = n.Format(evolve.Arch(found.Arch))
	}
	fmt.Fprintf(w, "best      %s\ngenome    %s, found by trial %d at %.0f s\nobserved  %.3f %% validation at %d epochs\nreported  %.3f %% validation, %.3f %% test after the full schedule (%s); regret %.3f\n",
		name, found.Arch, found.Trial, found.Seconds, 100*(1-found.Loss), r.Epochs,
		float64(x.ValMean), float64(x.TestMean), r.Kind, float64(x.RegretMean))
	for _, p := range r.Files {
		fmt.Fprintln(w, "wrote    ", p)
	}
	return nil
}
