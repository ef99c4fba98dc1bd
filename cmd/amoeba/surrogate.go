package main

import (
	"math"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data/usertable"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/surrogate"
	"github.com/amoeba-nas/amoeba/surrogate/fit"
)

func surrogateCmd() *cobra.Command {
	c := &cobra.Command{Use: "surrogate", Short: "Fit surrogate benchmarks", Args: args(0, 0)}
	c.AddCommand(surrogateFitCmd())
	return c
}

func surrogateFitCmd() *cobra.Command {
	o := fit.Options{}
	var from, out, report string
	var space, columns, metric, percent, epochs string // options of the benchmark table
	c := &cobra.Command{
		Use:   "fit [NAME]",
		Short: "Fit the surrogate of an imported table, or of your own, and report its held-out quality",
		Long: `Fit fits boosted trees on a table and reports how well they predict what was held out. NAME is
one of the tables of which the project ships a surrogate. With --from, the table is your own file,
as --benchmark table:FILE reads it, and what --out writes is a benchmark: --benchmark fitted:FILE.`,
		Example: "  amoeba surrogate fit nb201\n" +
			"  amoeba surrogate fit --from results.csv --space nb201 --out results.model",
		Args: args(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if from == "" {
				if err := flags.Useless(c, "it is of your own table, --from FILE", "space", "columns", "metric",
					"percent", "epochs", "encoding"); err != nil {
					return err
				}
			}
			make, err := fit.Of(args, from, []evolve.Setting{{Key: "space", Value: space},
				{Key: "columns", Value: columns}, {Key: "metric", Value: metric}, {Key: "percent", Value: percent},
				{Key: "epochs", Value: epochs}})
			if err != nil {
				return err
			}
			model, r, err := make(c.Context(), o)
			if err != nil {
				return err
			}
			if out != "" {
				if err := fit.KindModels.WriteBytes(out, model); err != nil {
					return err
				}
			}
			if report != "" {
				if err := fit.KindReport.Write(report, r.WriteMarkdown); err != nil {
					return err
				}
			}
			return r.WriteMarkdown(c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&from, "from", "", "your own table, a CSV or Parquet `file`, instead of NAME")
	c.Flags().StringVar(&space, "space", "nb201", "of --from: search space of its column arch")
	c.Flags().StringVar(&columns, "columns", usertable.NoColumns,
		"of --from: which of its columns are which, where they have other names: `val:valid_acc+arch:arch_str`")
	c.Flags().StringVar(&metric, "metric", evolve.Accuracy.Name(),
		"of --from: what val and test are: "+strings.Join(surrogate.MetricNames, ", "))
	c.Flags().StringVar(&percent, "percent", "auto",
		"of --from: which of val and test are per cent, the others fractions: "+strings.Join(usertable.Units, ", "))
	c.Flags().StringVar(&epochs, "epochs", "0",
		"of --from: the schedule to learn, of those who have it; 0 = the longest of the file")
	c.Flags().StringVar(&o.Encoding, "encoding", "",
		"of --from: what the trees learn from, `encodings` of the space with + between, such as graf; "+
			"auto is the best; else structure where the space has it, or its first")
	flags.Above(c.Flags(), &o.Train, "train", 0.8, 0, 1, "share of the architectures to fit on; the rest is held out")
	flags.Seed(c.Flags(), &o.Seed, "seed", 1, math.MaxUint64, "of the split and the trees")
	c.Flags().BoolVar(&o.Permute, "permute-labels", false,
		"negative control: shuffle the labels over the architectures")
	flags.Int(c.Flags(), &o.Procs, "procs", "", runtime.NumCPU(), 1, maxProcs, "models fitted at once; changes no byte")
	w := flags.Writes(c)
	w.File(c, &out, "out", "write the models to this `file`", flags.Always(fit.KindModels))
	w.File(c, &report, "report", "write the report to this Markdown `file`", flags.Always(fit.KindReport))
	return c
}
