package main

import (
	"cmp"
	"fmt"
	"math"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/byhand"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/internal/flags"
)

func tellCmd() *cobra.Command {
	var r byhand.Result
	var failed bool
	c := &cobra.Command{
		Use:   "tell DIR TRIAL",
		Short: "Tell a study what came out of a trial that amoeba ask printed",
		Long: `Tell gives back the result of an open trial: its loss, lower is better, or that it failed. It prints one
JSON line: how many trials have their result, which are open, and the best.`,
		Example: `  amoeba tell study 7 --loss 0.083 --cost 1200
  amoeba tell study 8 --failed --reason 'out of memory'`,
		Args: args(2, 2),
	}
	fl := c.Flags()
	flags.Float(fl, &r.Loss, "loss", 0, -math.MaxFloat64, math.MaxFloat64, "what is minimised")
	flags.Float(fl, &r.Cost, "cost", 0, 0, lab.MaxBudget, "`seconds` that the trial took")
	fl.BoolVar(&failed, "failed", false, "the trial has no loss")
	fl.StringVar(&r.Failed, "reason", "", "why it failed, a `text` for the journal")
	c.RunE = func(c *cobra.Command, args []string) error {
		trial, err := strconv.Atoi(args[1])
		switch loss := fl.Changed("loss"); {
		case err != nil || trial < 1:
			return fmt.Errorf("trial %q: want the number that amoeba ask printed: %w", args[1], evolve.ErrInvalid)
		case loss == failed:
			return fmt.Errorf("want --loss X or --failed, one of them: %w", evolve.ErrInvalid)
		case r.Failed != "" && !failed:
			return fmt.Errorf("--reason is of a trial that failed: want --failed with it: %w", evolve.ErrInvalid)
		}
		if failed {
			r.Failed = cmp.Or(r.Failed, "failed")
		}
		s, err := byhand.Tell(c.Context(), args[0], trial, r)
		if err != nil {
			return err
		}
		return printJSON(c.OutOrStdout(), s)
	}
	return c
}
