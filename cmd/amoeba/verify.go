package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/byhand"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/verify"
	"github.com/amoeba-nas/amoeba/surrogate/command"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/oneshot"
	"github.com/amoeba-nas/amoeba/training/tabulate"
)

func verifyCmd() *cobra.Command {
	var json bool
	c := &cobra.Command{
		Use:   "verify DIR",
		Short: "Read and check every file of an experiment, a training or a build of a table",
		Long: `Verify reads every file of a folder that compare, search, ask, train or table build wrote, checks it
against its checksum and against the other files, and prints a line a file. It changes nothing and
works on a folder that cannot be written to; one that is not finished is all right, and said. An
extension that resume has begun is a folder in the experiment's, and checked as well. Of a
folder that holds such folders, as reproduce writes them, it checks each. The exit status is 0 where
all is as it was written, and 1 where a file is damaged or missing. The file that ends a folder says
what else must be there: incumbents.parquet, or result.json of a training. Where it is itself
deleted, or the runs of a table are, the folder looks like one that was stopped, which is status 0
and said. What a checksum cannot cover, such as figures, is named as unchecked. ` +
			"Tables and image sets of the data home: amoeba data verify.",
		Example: "  amoeba verify amoeba-compare-1a2b3c4d",
		Args:    args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			reports, err := verifyBelow(args[0])
			if err != nil {
				return err
			}
			files, damaged := 0, 0
			for _, r := range reports {
				files, damaged = files+len(r.Files), damaged+r.Count(verify.Damaged)
				if json {
					err = printJSON(c.OutOrStdout(), r)
				} else {
					err = r.WriteText(c.OutOrStdout())
				}
				if err != nil {
					return err
				}
			}
			if damaged > 0 {
				return fmt.Errorf("%s: %d of %s damaged: %w", args[0], damaged, number.Count(files, "file"),
					evolve.ErrInvalid)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&json, "json", false, "print a JSON line a folder")
	return c
}

// verifyBelow checks a folder that a command wrote, or those in a folder.
func verifyBelow(dir string) ([]*verify.Report, error) {
	// What trials left has a name by which each of the three knows its own.
	trials := func(r *verify.Report, dir string, past []evolve.Outcome) {
		training.VerifyTrials(r, dir, past)
		oneshot.VerifyWeights(r, dir, past)
		command.VerifyAnswers(r, dir, past)
	}
	return verify.Below(dir, lab.Checker(trials), tabulate.Checker, training.Checker, byhand.Checker)
}
