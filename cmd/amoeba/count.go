package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amoeba-nas/amoeba/evolve"
	spaces "github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/net"
)

// countFlags are those of count.
type countFlags struct {
	space      string
	of         training.Counting
	stem, side int
	json       bool
}

func countCmd() *cobra.Command {
	f := countFlags{of: training.Counting{Recipe: training.DefaultRecipe()}}
	c := &cobra.Command{
		Use:   "count ARCH",
		Short: "Count a network's parameters, operations and memory without training it",
		Long: `Count builds the network of an architecture, of any size, and counts it. No data file is read and
nothing is trained. With --json the keys are params, without running statistics and auxiliary head;
flops, the multiply-adds of an image in convolutions and the classifier, as papers count them;
objective_flops, what benchmarks call flops: as NAS-Bench-201 counts, with one for each of the
classifier's biases; layers, the cells in all; and step_bytes, what training with this batch takes
of memory: weights, gradients, moments and activations, with the auxiliary head and dropped paths
if they are asked for.

A published cell that is given by its name is counted in the network of its paper: skeleton, N and F
are the published ones on cifar10, or with --data imagenet, as far as no flag says otherwise, and the
published figures of that network are printed beside. Other architectures are counted as train
trains them, on digits and with N 1.

--data imagenet has 1000 classes and a stem of its own, which the skeleton tf alone has.
` + publishedHelp(),
		Example: `  amoeba count amoebanet-a
  amoeba count nasnet-a --data imagenet -N 6 -F 168
  amoeba count amoebanet-a --skeleton darts --batch 96 --json`,
		Args: args(1, 1),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	f.add(c.Flags())
	return c
}

func (f *countFlags) add(fl *pflag.FlagSet) {
	fl.StringVar(&f.space, "space", "nb201",
		"search space of ARCH, where ARCH does not tell: "+strings.Join(net.Spaces(), ", "))
	fl.StringVar(&f.of.Data, "data", "", "data `set`: "+strings.Join(training.Countable(),
		", ")+" (default cifar10 for a published cell's name, else digits)")
	fl.StringVar(&f.of.Skeleton, "skeleton", "", skeletonHelp+" (default that of a published cell's paper, else darts)")
	flags.Int(fl, &f.of.Net.N, "N", "N", 0, 1, net.MaxN,
		"cells a stage (nb201, nb101) or normal cells a stack (nasnet, darts)")
	flags.Int(fl, &f.of.Net.F, "F", "F", 0, 1, net.MaxF, "channels of the first cells")
	flags.Int(fl, &f.of.Net.Layers, "layers", "", 0, 1, net.MaxLayers, "cells in all, instead of --N (nasnet, darts)")
	flags.Int(fl, &f.stem, "stem", "", training.ImageNetStem, 1, net.MaxF,
		"channels of the ImageNet stem's first convolution; published are 32 and 96")
	flags.Int(fl, &f.side, "side", "", training.ImageNetSide, 3, net.MaxSide, "height and width of ImageNet's images")
	fl.BoolVar(&f.of.Net.Aux, "aux", false,
		"train with an auxiliary head, which is in step_bytes alone (nasnet, darts)")
	flags.Float(fl, &f.of.Net.DropPath, "drop-path", 0, 0, net.MaxDropPath,
		"train with dropped paths, which are in step_bytes alone: their probability (nasnet, darts)")
	flags.Int(fl, &f.of.Recipe.Batch, "batch", "", f.of.Recipe.Batch, 2, training.MaxBatch,
		"images a batch, for step_bytes")
	fl.StringVar(&f.of.Recipe.Solver, "solver", f.of.Recipe.Solver,
		"for step_bytes: "+strings.Join(training.Solvers, ", "))
	fl.BoolVar(&f.json, "json", false, "print JSON")
}

func (f *countFlags) run(c *cobra.Command, text string) error {
	if spec, err := evolve.ParseSpec(f.space); err == nil && !slices.Contains(net.Spaces(), spec.Name) {
		return evolve.Unknown("space to count networks of", spec.Name, net.Spaces())
	}
	space, notation, a, err := spaces.OpenArch(f.space, c.Flags().Changed("space"), text)
	if err != nil {
		return err
	}
	f.of.Space, f.of.Arch = space.Name(), a
	if _, _, ok := spaces.Published(strings.TrimSpace(text)); ok {
		f.of.Cell = spaces.PublishedName(space.Name(), a)
	}
	if err := f.check(c.Flags()); err != nil {
		return err
	}
	defer stoppable(c)() // the deepest networks take minutes to count
	counted, err := f.of.Count(notation.Format(a))
	if err != nil {
		return err
	}
	return printCard(c.OutOrStdout(), counted, f.json)
}

// check refuses flags that contradict each other, and takes those that were given.
func (f *countFlags) check(fl *pflag.FlagSet) error {
	if fl.Changed("layers") && fl.Changed("N") {
		return errLayersAndN
	}
	if f.of.Data != training.ImageNet && (fl.Changed("stem") || fl.Changed("side")) {
		return fmt.Errorf("--stem and --side are of --data %s: %w", training.ImageNet, evolve.ErrInvalid)
	}
	if fl.Changed("stem") {
		f.of.Net.Stem = f.stem
	}
	if fl.Changed("side") {
		f.of.Side = f.side
	}
	if fl.Changed("skeleton") {
		if _, err := net.SkeletonOf(f.of.Skeleton); err != nil {
			return fmt.Errorf("--skeleton: %w", err)
		}
	}
	return nil
}
