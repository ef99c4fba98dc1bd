package main

import (
	"cmp"
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/census"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/internal/flags"
)

// listKind is the kind of a list of cells that the command below made.
var listKind = durable.Begins("list of cells", "# Cells of ")

// maxParts and maxEach bound a draw far above what anybody would train.
const (
	maxParts = 1000
	maxEach  = 10_000
)

func tableCellsCmd() *cobra.Command {
	var benchmark, by, out string
	var parts, each int
	var seed uint64
	c := &cobra.Command{
		Use:   "cells",
		Short: "Draw cells from all over the results of a benchmark, for table build --cells",
		Long: `Cells sorts the different networks of a benchmark's space, one of each class of isomorphic cells, by
their test result unless --by says otherwise, cuts them into equal parts, and draws as many from each part. A plain
sample of most spaces has few bad cells and hardly one of the best, so that rank correlations on it say
little. The seed decides what is drawn, and the table or the surrogate that answers does, which the first lines name.`,
		Example: "  amoeba table cells --benchmark nb201:cifar10 --parts 10 --each 30 --seed 1 --out cells.txt\n" +
			"  amoeba table build --space nb201 --data fashion-mnist --images 5000 --cells cells.txt --out fashion201",
		Args: args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			if benchmark == "" {
				return fmt.Errorf("--benchmark is missing: want NAME[:DATASET][,option=…], see amoeba list: %w",
					evolve.ErrInvalid)
			}
			all, err := openCensus(benchmark)
			if err != nil {
				return err
			}
			order, err := all.NewOrder(cmp.Or(by, census.ByTest))
			if err != nil {
				return err
			}
			drawn, of, err := all.Spread(c.Context(), parts, each, order, evolve.Stream(seed, "table/cells"))
			if err != nil {
				return err
			}
			write := func(w io.Writer) error {
				head := fmt.Sprintf("Cells of %s: %d from each of %d equal parts of its %d different networks, by %s, "+
					"with seed %d.", all.Spec, each, parts, of, order.Name, seed)
				// A file's name may have a line break, which would end the comment.
				_, err := fmt.Fprintf(w, "# %s\n# %s\n", words.Plain(head), words.Plain(all.About.Source))
				for _, d := range drawn {
					if err == nil {
						_, err = fmt.Fprintf(w, "%s # part %d, %.6g\n", d.Arch, d.Part, d.Value)
					}
				}
				return err
			}
			if out == "" {
				return write(c.OutOrStdout())
			}
			return listKind.Write(out, write)
		},
	}
	f := c.Flags()
	f.StringVar(&benchmark, "benchmark", "", "`NAME[:DATASET][,option=…]` (see amoeba list)")
	f.StringVar(&by, "by", "", "`NAME` of what the networks are sorted by, as in amoeba top (default test)")
	flags.Int(f, &parts, "parts", "", 10, 1, maxParts, "equal parts")
	flags.Int(f, &each, "each", "", 30, 1, maxEach, "cells of each part")
	flags.Seed(f, &seed, "seed", 1, math.MaxUint64, "seed of the draw")
	flags.Writes(c).File(c, &out, "out", "write to this `file`; otherwise to standard output", flags.Always(listKind))
	return c
}
