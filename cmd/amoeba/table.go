package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/internal/progress"
	"github.com/amoeba-nas/amoeba/surrogate"
	"github.com/amoeba-nas/amoeba/surrogate/card"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device/devices"
	"github.com/amoeba-nas/amoeba/training/net"
	"github.com/amoeba-nas/amoeba/training/tabulate"
)

func tableCmd() *cobra.Command {
	c := &cobra.Command{Use: "table", Short: "Train a whole space and make a benchmark of it", Args: args(0, 0)}
	c.AddCommand(tableCellsCmd(), tableBuildCmd(), tablePackCmd(), tableCardCmd())
	return c
}

func tableBuildCmd() *cobra.Command {
	p := tabulate.Protocol{Recipe: training.DefaultRecipe()}
	var cells, out, from, where string
	var o tabulate.Options
	c := &cobra.Command{
		Use:   "build",
		Short: "Train every architecture of a space with several seeds, every epoch kept",
		Long: `Build trains architectures, --procs of them at a time, and appends each to DIR/runs.jsonl; started
again on the same device, it goes on. A run is kept when it ends, and one that is stopped in the middle
begins anew: on another device than cpu, where all --procs runs train and end together, a stop loses all
of these; fewer --procs lose less. --from begins a new folder with the runs that a packed table has of the
cells, to which seeds are added. --cells says which: all of an enumerable space, each network once; of nb201,
those of some operations, ops=0,1,3; a sample of N different ones; or those of a file, one a line in any
notation, where a # begins a comment. The manifest keeps how many cells such a list has and the SHA-256
of their genomes, in the order of the list, so that a build of a list that has changed is not gone on with.`,
		Example: "  amoeba table build --space nb201 --data digits --cells ops=0,1,3 --seeds 3 --out digits201",
		Args:    args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return fmt.Errorf("--out is missing: want a folder: %w", evolve.ErrInvalid)
			}
			archs, kept, err := tabulate.Open(p.Space, cells)
			if err != nil {
				return err
			}
			p.Cells = kept
			if from != "" {
				if o.From, err = readRuns(from, 0); err != nil {
					return err
				}
			}
			if o.Device, err = devices.Open(where); err != nil {
				return err
			}
			begin, first := time.Now(), -1
			o.Observer = func(e evolve.Event) {
				switch e := e.(type) {
				case training.Crowded:
					fmt.Fprintln(c.ErrOrStderr(), e)
				case tabulate.Built:
					if first < 0 {
						first = e.Done - 1
					}
					if e.Done%50 == 0 || e.Done == e.Of {
						left := time.Since(begin) / time.Duration(e.Done-first) * time.Duration(e.Of-e.Done)
						fmt.Fprintf(c.ErrOrStderr(), "%d of %d runs, %s left\n", e.Done, e.Of, progress.Duration(left))
					}
				}
			}
			if err := tabulate.Build(c.Context(), out, p, archs, o); err != nil {
				if c.Context().Err() == nil {
					return err
				}
				runs, _ := tabulate.Runs(out) // none where it was stopped so soon
				return &stopped{err, fmt.Sprintf("stopped with %d of %d runs done; go on with: %s", len(runs),
					len(archs)*p.Seeds, again(c))}
			}
			return tabulate.Summarize(c.OutOrStdout(), out)
		},
	}
	f := c.Flags()
	f.StringVar(&p.Space, "space", "nb201", "space of the cells")
	f.StringVar(&p.Data, "data", "digits", "data set")
	flags.Int(f, &p.Net.N, "N", "", 1, 1, net.MaxN, "cells a stage")
	flags.Int(f, &p.Net.F, "F", "", 8, 1, net.MaxF, "channels of the first cells")
	flags.Int(f, &p.Recipe.Epochs, "epochs", "", p.Recipe.Epochs, 1, ownruns.MaxEpochs,
		"epochs, and horizon of the schedule")
	flags.Int(f, &p.Recipe.Batch, "batch", "", p.Recipe.Batch, 2, training.MaxBatch, "images a batch")
	flags.Int(f, &p.Recipe.Images, "images", "", 0, 0, training.MaxImages,
		"images of the training part, each class its share; 0 for all")
	flags.Above(f, &p.Recipe.LR, "lr", p.Recipe.LR, 0, training.MaxLR, "highest learning rate")
	flags.Int(f, &p.Seeds, "seeds", "", 3, 1, ownruns.MaxSeeds, "seeds of each cell")
	f.StringVar(&cells, "cells", "all", "all, ops=0,1,3, sample=N or a `file` of cells, one a line")
	flags.Writes(c).Folder(c, &out, "out", "`folder` of the build", tabulate.Files)
	f.StringVar(&from, "from", "", "packed table, a `file`, whose runs a new folder begins with")
	flags.Int(f, &o.Procs, "procs", "", runtime.NumCPU(), 1, maxProcs,
		"runs at a time: a core each, or joined on another device; changes no number but the seconds")
	f.StringVar(&where, "device", "cpu", devices.Help)
	return c
}

func tablePackCmd() *cobra.Command {
	var out, seconds string
	var seeds int
	c := &cobra.Command{
		Use:   "pack DIR",
		Short: "Make one compact file of a build: what the program embeds",
		Long: `Pack seals the cells of which every seed has ended into one file: right answers and losses of every
epoch, one number of seconds a cell, the protocol. Its bytes do not depend on the order of training.`,
		Example: "  amoeba table pack digits201 --out surrogate/digits201.bin",
		Args:    args(1, 1),
		RunE: func(c *cobra.Command, dirs []string) error {
			if out == "" {
				return fmt.Errorf("--out is missing: want a file: %w", evolve.ErrInvalid)
			}
			t, left, err := tabulate.Pack(dirs[0], seeds, seconds)
			if err != nil {
				return err
			}
			text, err := t.MarshalBinary()
			if err != nil {
				return err
			}
			if err := ownruns.Kind.WriteBytes(out, text); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(),
				"%s: %s with seeds 1 to %d and %s, %s left out for lack of a seed; %d bytes, SHA-256 %s\n",
				out, number.Count(len(t.Cells), "cell"), t.Seeds, number.Count(t.Epochs, "epoch"),
				number.Count(left, "cell"), len(text), t.Hash)
			return err
		},
	}
	flags.Int(c.Flags(), &seeds, "seeds", "", 0, 0, ownruns.MaxSeeds, "pack seeds 1 to so many; 0 = all of the build")
	flags.Writes(c).File(c, &out, "out", "write this `file`", flags.Always(ownruns.Kind))
	c.Flags().StringVar(&seconds, "seconds", "",
		"take the seconds of another build, a `folder`: "+
			"of the same networks, data and recipe, made while the machine did nothing else")
	return c
}

func tableCardCmd() *cobra.Command {
	var out string
	var seeds int
	c := &cobra.Command{
		Use:     "card FILE|DIR",
		Short:   "Print the datasheet of a packed table or of a build",
		Example: "  amoeba table card surrogate/digits201.bin --out docs/digits201.md",
		Args:    args(1, 1),
		RunE: func(c *cobra.Command, paths []string) error {
			if info, err := os.Stat(paths[0]); err == nil && !info.IsDir() {
				if err := flags.Useless(c, "a packed table tells of the seeds that it has", "seeds"); err != nil {
					return err
				}
			}
			t, err := readRuns(paths[0], seeds)
			if err != nil {
				return err
			}
			write := func(w io.Writer) error { return card.Runs(w, t) }
			if out == "" {
				return write(c.OutOrStdout())
			}
			return card.KindRuns.Write(out, write)
		},
	}
	flags.Int(c.Flags(), &seeds, "seeds", "", 0, 0, ownruns.MaxSeeds,
		"of a folder: count seeds 1 to so many; 0 = all of the build")
	flags.Writes(c).File(c, &out, "out", "write it to this `file`", flags.Always(card.KindRuns))
	return c
}

// readRuns reads a packed table, or packs a build.
func readRuns(path string, seeds int) (*ownruns.Table, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		t, _, err := tabulate.Pack(path, seeds, "")
		if err == nil {
			_, err = t.MarshalBinary() // it has a hash only then
		}
		return t, err
	}
	return surrogate.ReadRuns(path)
}
