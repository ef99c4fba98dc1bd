package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/internal/lines"
	"github.com/amoeba-nas/amoeba/plots/report"
	"github.com/amoeba-nas/amoeba/surrogate"
)

func queryCmd() *cobra.Command {
	var benchmark string
	var asJSON bool
	c := &cobra.Command{
		Use:   "query ARCH",
		Short: "Look an architecture up in a benchmark",
		Long: `Query prints what a benchmark knows of an architecture, which is given in its space's notation, by the
name of a published cell, or by the benchmark's own key: # and the number that amoeba canon prints as
hash, or the 32 hexadecimal digits of nb101. As - it reads one architecture a line from standard input;
then --json prints an object a line and data set, with what was read as arch, and
{"arch":…,"error":…} for a line that has no answer. The others are answered; the exit status is 1.
A row of a pool is its place there, and is read nowhere.`,
		Example: "  amoeba query " +
			`'|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|'
  amoeba query '#284' --benchmark nb201:cifar100
  amoeba query - --json <cells.txt`,
		Args: args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			sets, left, err := report.OpenQueried(benchmark, surrogate.Answering)
			if err != nil {
				return err
			}
			for _, err := range left {
				fmt.Fprintln(c.ErrOrStderr(), "left out:", words.Line(err))
			}
			if args[0] == "-" {
				return queryLines(c, sets, asJSON)
			}
			answers, left, err := report.Ask(sets, lines.Clean(args[0]))
			if err != nil {
				return err
			}
			if err := printAnswers(c.OutOrStdout(), answers, asJSON); err != nil {
				return err
			}
			for _, err := range left { // not every architecture is of every data set
				fmt.Fprintln(c.ErrOrStderr(), "left out:", words.Line(err))
			}
			return nil
		},
	}
	c.Flags().StringVar(&benchmark, "benchmark", "nb201",
		"`NAME[:DATASET][,option=…]`; all data sets when none is named")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, one object a data set and line")
	return c
}

// printAnswers prints what the data sets know of an architecture.
func printAnswers(w io.Writer, answers []*report.Answer, asJSON bool) error {
	for _, a := range answers {
		var err error
		if asJSON {
			err = printJSON(w, a)
		} else {
			err = a.WriteText(w)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// longShown is how much of a line that is too long for an architecture is shown, in bytes.
const longShown = 120

// queryLines answers each line of standard input.
func queryLines(c *cobra.Command, sets []*report.Queried, asJSON bool) error {
	failed, all := 0, 0
	err := lines.Each(c.Context(), c.InOrStdin(), c.OutOrStdout(), func(w io.Writer, n int, text string,
		err error) error {
		text, all = lines.Clean(text), n
		var answers []*report.Answer
		var left []error
		if err == nil {
			answers, left, err = report.Ask(sets, text)
		} else {
			text = text[:min(len(text), longShown)] + "…"
		}
		if err != nil {
			failed++
			if asJSON {
				return printJSON(w, struct {
					Arch  string `json:"arch"`
					Error string `json:"error"`
				}{text, words.Line(err)})
			}
			_, err = fmt.Fprintf(c.ErrOrStderr(), "line %d: %s\n", n, words.Line(err))
			return err
		}
		for _, err := range left {
			fmt.Fprintf(c.ErrOrStderr(), "line %d: left out: %s\n", n, words.Line(err))
		}
		return printAnswers(w, answers, asJSON)
	})
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d of %d lines have no answer: %w", failed, all, evolve.ErrInvalid)
	}
	return err
}
