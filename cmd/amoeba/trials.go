package main

import (
	"bufio"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/plots/report"
)

func trialsCmd() *cobra.Command {
	var asCSV, asJSON bool
	var algos []string
	c := &cobra.Command{
		Use:   "trials DIR",
		Short: "Print every trial of an experiment, or what was recorded of them, as CSV or JSON lines",
		Long: `Trials prints every trial of the runs of an experiment's folder, as CSV or as JSON lines: who proposed
what and of which parents, what came back, at what cost and when. Where the experiment was not recorded with
--record all it prints the incumbents, what was the best so far with its results after the full schedule, and
says so. The folder may be of an experiment that still runs.`,
		Example: "  amoeba trials amoeba-compare-1a2b3c4d --csv >trials.csv\n" +
			"  amoeba trials amoeba-compare-1a2b3c4d --json --algo random | head -1",
		Args: args(1, 1),
		RunE: func(c *cobra.Command, dirs []string) error {
			if err := flags.OneOf(c, "csv", "json"); err != nil {
				return err
			}
			sets, err := loadSets(dirs, algos, soFar)
			if err != nil {
				return err
			}
			s := sets[0]
			switch {
			case s.RunTrials != nil:
			case s.Spec.Record == "none":
				fmt.Fprintln(c.ErrOrStderr(), "recorded with record=none: these are the ends of the runs")
			default:
				fmt.Fprintf(c.ErrOrStderr(), "recorded with record=%s: these are the incumbents and the ends of "+
					"the runs; --record all keeps every trial\n", s.Spec.Record)
			}
			w := bufio.NewWriterSize(c.OutOrStdout(), 1<<16)
			if _, err := report.WriteTrials(w, s, asJSON); err != nil {
				return err
			}
			return w.Flush()
		},
	}
	c.Flags().BoolVar(&asCSV, "csv", false, "print CSV (default)")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, an object a line")
	c.Flags().StringArrayVar(&algos, "algo", nil, "only this algorithm, as the experiment names it; repeatable")
	return c
}
