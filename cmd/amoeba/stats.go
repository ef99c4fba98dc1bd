package main

import (
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/scores"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/plots/report"
)

func statsCmd() *cobra.Command {
	var higher, lower, json bool
	var resamplings int
	var seed uint64
	c := &cobra.Command{
		Use:   "stats FILE.csv",
		Short: "Compare methods over data sets or runs: ranks, Friedman, Nemenyi, pairs",
		Long: `Stats reads a table of scores in CSV, a header and then a row for each data set or run: its name,
then the score of each method. The header, which names the methods, shows what stands between the columns:
commas, semicolons or tabs. A hyphen in the place of the file is standard input.

It prints the methods' average ranks, Friedman's test plain and corrected for ties, Iman and Davenport's F
of both, Nemenyi's critical difference, and every pair of methods by Wilcoxon's signed ranks,
Mann-Whitney's U and the effect size A12 with an interval.`,
		Example: "  amoeba stats accuracies.csv\n  amoeba stats errors.csv --lower --bootstrap 10000 --json",
		Args:    args(1, 1),
		RunE: func(c *cobra.Command, files []string) error {
			if higher && lower {
				return fmt.Errorf("--higher and --lower: want one of them: %w", evolve.ErrInvalid)
			}
			if resamplings == 0 {
				if err := flags.Useless(c, "only --bootstrap draws numbers", "seed"); err != nil {
					return err
				}
			}
			lower = lower || c.Flags().Changed("higher") && !higher
			name, open := files[0], scores.Open
			if name == "-" {
				name = "standard input"
				open = func(name string) (*scores.Table, error) { return scores.ReadFrom(name, c.InOrStdin()) }
			}
			t, err := open(name)
			if err != nil {
				return err
			}
			r := report.CompareScores(name, t, t.Compare(lower, resamplings, seed))
			if json {
				return printJSON(c.OutOrStdout(), r)
			}
			return r.WriteText(c.OutOrStdout())
		},
	}
	f := c.Flags()
	f.BoolVar(&higher, "higher", false, "the higher scores are the better (default)")
	f.BoolVar(&lower, "lower", false, "the lower scores are the better, such as errors")
	flags.Int(f, &resamplings, "bootstrap", "", 0, 1, 1_000_000, "resamplings for a second interval of each A12")
	flags.Seed(f, &seed, "seed", 1, math.MaxUint64, "seed of the resamplings")
	f.BoolVar(&json, "json", false, "print the results as JSON on standard output")
	return c
}
