package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/tabulate"
)

func tableCmd() *cobra.Command {
	c := &cobra.Command{Use: "table", Short: "Train a whole space and make a benchmark of it", Args: args(0, 0)}
	c.AddCommand(tableBuildCmd())
	return c
}

func tableBuildCmd() *cobra.Command {
	p := tabulate.Protocol{Recipe: training.DefaultRecipe()}
	var cells, out string
	var workers int
	c := &cobra.Command{
		Use:   "build",
		Short: "Train every architecture of a space with several seeds, every epoch kept",
		Long: `Build trains architectures one by one and appends each to DIR/runs.jsonl; started again, it goes
on. --cells says which: all of an enumerable space, each network once; of nb201, those of some
operations, ops=0,1,3; or a sample of N different ones.`,
		Example: "  amoeba table build --space nb201 --data digits --cells ops=0,1,3 --seeds 3 --out digits201",
		Args:    args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return fmt.Errorf("--out is missing: want a folder: %w", evolve.ErrInvalid)
			}
			archs, err := tabulate.Cells(p.Space, cells)
			if err != nil {
				return err
			}
			p.Cells = cells
			begin, first := time.Now(), -1
			heard := func(done, of int, r tabulate.Run) {
				if first < 0 {
					first = done - 1
				}
				if done%50 == 0 || done == of {
					left := time.Since(begin) / time.Duration(done-first) * time.Duration(of-done)
					fmt.Fprintf(c.ErrOrStderr(), "%d of %d runs, %v left\n", done, of, left.Round(time.Second))
				}
			}
			if err := tabulate.Build(c.Context(), out, p, archs, workers, heard); err != nil {
				return err
			}
			return summarize(c.OutOrStdout(), out)
		},
	}
	f := c.Flags()
	f.StringVar(&p.Space, "space", "nb201", "space of the cells")
	f.StringVar(&p.Data, "data", "digits", "data set")
	f.IntVar(&p.Net.N, "N", 1, "cells a stage")
	f.IntVar(&p.Net.F, "F", 8, "channels of the first cells")
	f.IntVar(&p.Recipe.Epochs, "epochs", p.Recipe.Epochs, "epochs, and horizon of the schedule")
	f.IntVar(&p.Recipe.Batch, "batch", p.Recipe.Batch, "images a batch")
	f.Float64Var(&p.Recipe.LR, "lr", p.Recipe.LR, "highest learning rate")
	f.IntVar(&p.Seeds, "seeds", 3, "seeds of each cell")
	f.StringVar(&cells, "cells", "all", "all, ops=0,1,3 or sample=N")
	f.StringVar(&out, "out", "", "folder of the build")
	f.IntVar(&workers, "workers", 2, "runs at a time, one core each")
	return c
}

// summarize prints how far a build is.
func summarize(w io.Writer, dir string) error {
	runs, err := tabulate.Runs(dir)
	if err != nil {
		return err
	}
	cells, failed := map[evolve.Arch]bool{}, 0
	for _, r := range runs {
		cells[r.Arch] = true
		if r.Failed != "" {
			failed++
		}
	}
	_, err = fmt.Fprintf(w, "%d runs of %d cells, %d failed\n", len(runs), len(cells), failed)
	return err
}
