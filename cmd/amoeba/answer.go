package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/answer"
)

func answerCmd() *cobra.Command {
	var benchmark string
	c := &cobra.Command{
		Use:   "answer",
		Short: "Answer queries of a benchmark from standard input, for a loop of yours",
		Long: `Answer reads JSON lines from standard input, {"query":{"arch":…,"epochs":…,"seed":…}}, and answers each
by a line: {"loss":…,"cost":…,"test":…,"others":[…]}, which are the loss and the seconds of a trial,
what is reported of the architecture after the full schedule, and the further objectives, in their
units. arch is a genome, a published name or the space's notation. Without epochs it is the full
schedule; seed, which is mixed, draws among the runs of a table, 0 where it is left out. A trial that
fails has the loss null and an error. A line that asks for nothing is answered by {"error":…}, the
others are answered all the same, and the exit status is 1. Many lines in one write are answered
fastest.`,
		Example: `  echo '{"query":{"arch":"333333","seed":1}}' | amoeba answer --benchmark nb201:cifar10`,
		Args:    args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			spec, err := evolve.ParseSpec(benchmark)
			if err != nil {
				return err
			}
			bench, _, err := evolve.Benchmarks.Open(spec)
			if err != nil {
				return err
			}
			s, err := answer.New(bench)
			if err != nil {
				return fmt.Errorf("benchmark %s: %w", benchmark, err)
			}
			all, failed, err := s.Serve(c.Context(), c.InOrStdin(), c.OutOrStdout())
			if err == nil && failed > 0 {
				err = fmt.Errorf("%d of %d lines have no answer: %w", failed, all, evolve.ErrInvalid)
			}
			return err
		},
	}
	c.Flags().StringVar(&benchmark, "benchmark", "nb201", "`NAME[:DATASET][,option=…]`")
	return c
}
