package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/census"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// maxTop bounds a list that people read; amoeba data export has all architectures.
const maxTop = 10_000

func topCmd() *cobra.Command {
	var benchmark, by string
	var n int
	var facts, asJSON, asCSV bool
	c := &cobra.Command{
		Use:   "top [DIR]",
		Short: "The best architectures of a benchmark, or of what an experiment found, with all that is known of them",
		Long: `Top lists the best of all architectures of a benchmark, which it looks at one by one, or the best ones
that the runs of an experiment's folder held for the best, and how many runs did.

Those of a benchmark are ordered by the test result unless --by says otherwise, those of a folder by the
validation, by which searches choose. --facts, --json and --csv have all that is known of each.`,
		Example: "  amoeba top --benchmark nb201:cifar100 -n 5\n" +
			"  amoeba top --benchmark nb201:cifar10 --by latency:raspi4\n  amoeba top amoeba-compare-1a2b3c4d --csv",
		Args: args(0, 1),
		RunE: func(c *cobra.Command, dirs []string) error {
			if err := flags.OneOf(c, "json", "csv", "facts"); err != nil {
				return err
			}
			if (len(dirs) == 1) == (benchmark != "") {
				return fmt.Errorf("want the folder of an experiment or --benchmark, one of them: %w", evolve.ErrInvalid)
			}
			var top *report.Top
			var err error
			if benchmark != "" {
				top, err = topOf(c.Context(), benchmark, n, by)
			} else {
				top, err = topFound(dirs[0], n, by)
			}
			if err != nil {
				return err
			}
			switch w := c.OutOrStdout(); {
			case asJSON:
				return printJSON(w, top)
			case asCSV:
				return top.WriteCSV(w)
			default:
				return top.WriteText(w, facts)
			}
		},
	}
	f := c.Flags()
	f.StringVar(&benchmark, "benchmark", "", "`NAME[:DATASET][,option=…]` (see amoeba list)")
	flags.Int(f, &n, "number", "n", 10, 1, maxTop, "architectures")
	f.StringVar(&by, "by", "", "`NAME` of what they are ordered by: val, test or, of a benchmark, params, flops, "+
		"latency:DEVICE, … (default test of a benchmark, val of a folder)")
	f.BoolVar(&facts, "facts", false, "print all that is known of each")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	f.BoolVar(&asCSV, "csv", false, "print CSV")
	return c
}

// topFound returns the best architectures of a folder.
func topFound(dir string, n int, by string) (*report.Top, error) {
	o, err := lab.LoadSoFar(dir)
	if err != nil {
		return nil, err
	}
	top, err := report.TopFound(o, n, cmp.Or(by, census.ByVal))
	if err != nil {
		err = fmt.Errorf("%s: %w", dir, err)
	}
	return top, err
}

// topOf returns the best architectures of a benchmark.
func topOf(ctx context.Context, benchmark string, n int, by string) (*report.Top, error) {
	all, err := openCensus(benchmark)
	if err != nil {
		return nil, err
	}
	order, err := all.NewOrder(cmp.Or(by, census.ByTest))
	if err != nil {
		return nil, err
	}
	return report.TopOf(ctx, all, n, order)
}

// openCensus opens the list of a benchmark's architectures.
func openCensus(benchmark string) (*census.Census, error) {
	spec, err := evolve.ParseSpec(benchmark)
	if err != nil {
		return nil, err
	}
	b, opts, err := evolve.Benchmarks.Open(spec)
	if err != nil {
		return nil, err
	}
	spec.Variant = opts.Variant()
	return census.New(b, spec)
}
