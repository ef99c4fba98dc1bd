package main

import (
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/surrogate"
)

func surrogateCmd() *cobra.Command {
	c := &cobra.Command{Use: "surrogate", Short: "Fit surrogate benchmarks", Args: args(0, 0)}
	c.AddCommand(surrogateFitCmd())
	return c
}

func surrogateFitCmd() *cobra.Command {
	o := surrogate.FitOptions{}
	var out, report string
	c := &cobra.Command{
		Use:   "fit NAME",
		Short: "Fit the surrogate of an imported table and report its held-out quality",
		Args:  args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			fit := surrogate.Fits[args[0]]
			if fit == nil {
				return evolve.Unknown("table", args[0], slices.Sorted(maps.Keys(surrogate.Fits)))
			}
			if o.Procs < 1 {
				return fmt.Errorf("--procs %d: want at least 1", o.Procs)
			}
			model, r, err := fit(c.Context(), o)
			if err != nil {
				return err
			}
			if out != "" {
				if err := durable.WriteFile(out, func(w io.Writer) error { _, err := w.Write(model); return err }); err != nil {
					return err
				}
			}
			if report != "" {
				if err := durable.WriteFile(report, r.WriteMarkdown); err != nil {
					return err
				}
			}
			return r.WriteMarkdown(c.OutOrStdout())
		},
	}
	c.Flags().Float64Var(&o.Train, "train", 0.8, "share of the cells to fit on; the rest is held out")
	c.Flags().Uint64Var(&o.Seed, "seed", 1, "of the split and the trees")
	c.Flags().BoolVar(&o.Permute, "permute-labels", false, "negative control: shuffle the labels over the cells")
	c.Flags().IntVar(&o.Procs, "procs", runtime.NumCPU(), "models fitted at once; changes no byte")
	c.Flags().StringVar(&out, "out", "", "write the models to this `file`")
	c.Flags().StringVar(&report, "report", "", "write the report to this Markdown `file`")
	return c
}
