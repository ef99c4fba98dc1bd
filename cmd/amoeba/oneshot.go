package main

import (
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/surrogate/truth"
)

func oneshotCmd() *cobra.Command {
	c := &cobra.Command{Use: "oneshot", Args: args(0, 0),
		Short: "Train supernets, and judge cheap scores of architectures by a table that was trained for real"}
	c.AddCommand(oneshotTrainCmd(), oneshotTruthCmd(), oneshotRankCmd())
	return c
}

// Of a truth of six thousand cells a resampling of all rows takes about 30 ms of one core, a simulated table 50 ms.
const (
	truthResamplings = 200
	truthTables      = 50
	mostResamplings  = 100_000
)

func oneshotTruthCmd() *cobra.Command {
	var name, part string
	var resamplings, tables int
	var seed uint64
	var form form
	c := &cobra.Command{
		Use:   "truth",
		Short: "How well a table tells its cells apart: spread, one run, and the limit of every rank correlation",
		Long: `Truth says what rank correlations with a table of trained cells can mean. Beside the spread of cells and
of seeds it prints Kendall's tau-b, Spearman's rho and the precision at the top 1, 5 and 10 % of

  one run     a real run of each cell, against the mean of its other runs
  limit       a perfect prediction, against the mean of all runs: by simulated tables; under normality,
              r = sqrt(sb^2/(sb^2 + sw^2/k)), tau = 2/pi asin r; and by ranks, where the part of the variance that
              is between cells is the one that one run's tau tells of
  parameters  their number alone

by loss and by accuracy, of all cells and without those that have no path from input to output.`,
		Example: "  amoeba oneshot truth\n  amoeba oneshot truth --truth fashion201 --json",
		Args:    args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := flags.OneOf(c, "json", "csv"); err != nil {
				return err
			}
			t, err := truth.Open(name, part)
			if err != nil {
				return err
			}
			defer stoppable(c)()
			return form.print(c.OutOrStdout(), t.Report(resamplings, tables, seed))
		},
	}
	f := c.Flags()
	f.StringVar(&name, "truth", "digits201",
		"`TABLE` of trained networks: "+strings.Join(truth.Names(), ", ")+"; FILE is of table pack")
	f.StringVar(&part, "part", truth.Test, "`PART` of the data: test or val")
	flags.Int(f, &resamplings, "bootstrap", "", truthResamplings, 0, mostResamplings,
		"resamplings of the cells for the intervals; 0 for no intervals")
	flags.Int(f, &tables, "tables", "", truthTables, 1, mostResamplings, "tables to simulate")
	flags.Seed(f, &seed, "seed", 1, math.MaxUint64, "seed of resamplings and tables")
	form.add(f, "a line for each row of a table")
	return c
}

// form is how a report is printed: as text for readers where neither is set.
type form struct{ json, csv bool }

// add adds its flags; lines says what the lines of the CSV are.
func (f *form) add(fl *pflag.FlagSet, lines string) {
	fl.BoolVar(&f.json, "json", false, "print JSON")
	fl.BoolVar(&f.csv, "csv", false, "print CSV, "+lines)
}

// print prints a report, which is JSON as it is.
func (f form) print(w io.Writer, r interface {
	WriteCSV(io.Writer) error
	WriteText(io.Writer) error
}) error {
	switch {
	case f.json:
		return printJSON(w, r)
	case f.csv:
		return r.WriteCSV(w)
	}
	return r.WriteText(w)
}
