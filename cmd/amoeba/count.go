package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	spaces "github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/net"
)

// imageNet is a data set for counts alone: 1000 classes, and images of a side that is chosen.
const imageNet = "imagenet"

// The stem of most ImageNet networks of nasnet, and the side of the images of the mobile ones
// (Zoph et al. 2018, section 3.2).
const (
	imageNetStem = 32
	imageNetSide = 224
)

// countFlags are those of count.
type countFlags struct {
	space, data, skeleton string
	net                   net.Config
	side                  int
	recipe                training.Recipe
	json                  bool
}

func countCmd() *cobra.Command {
	f := countFlags{recipe: training.DefaultRecipe()}
	c := &cobra.Command{
		Use:   "count ARCH",
		Short: "Count a network's parameters, operations and memory without training it",
		Long: `Count builds the network of an architecture, of any size, and counts it. No data file is read and
nothing is trained. With --json the keys are params, without running statistics and auxiliary head;
flops, the multiply-adds of an image in convolutions and the classifier; layers, the cells in all;
and step_bytes, what training with this batch takes of memory: weights, gradients, moments and
activations, with the auxiliary head and dropped paths if they are asked for.

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
	fl.StringVar(&f.space, "space", "nb201", "search space of ARCH, where ARCH does not tell: "+strings.Join(net.Spaces(), ", "))
	fl.StringVar(&f.data, "data", "", "data `set`: "+strings.Join(countable(), ", ")+" (default cifar10 for a published cell's name, else digits)")
	fl.StringVar(&f.skeleton, "skeleton", "", skeletonHelp+" (default that of a published cell's paper, else darts)")
	intVar(fl, &f.net.N, "N", "N", 0, 1, net.MaxN, "cells a stage (nb201, nb101) or normal cells a stack (nasnet, darts)")
	intVar(fl, &f.net.F, "F", "F", 0, 1, net.MaxF, "channels of the first cells")
	intVar(fl, &f.net.Layers, "layers", "", 0, 1, net.MaxLayers, "cells in all, instead of --N (nasnet, darts)")
	intVar(fl, &f.net.Stem, "stem", "", imageNetStem, 1, net.MaxF, "channels of the ImageNet stem's first convolution; published are 32 and 96")
	intVar(fl, &f.side, "side", "", imageNetSide, 3, net.MaxSide, "height and width of ImageNet's images")
	fl.BoolVar(&f.net.Aux, "aux", false, "train with an auxiliary head, which is in step_bytes alone (nasnet, darts)")
	floatVar(fl, &f.net.DropPath, "drop-path", 0, 0, net.MaxDropPath, "train with dropped paths, which are in step_bytes alone: their probability (nasnet, darts)")
	intVar(fl, &f.recipe.Batch, "batch", "", f.recipe.Batch, 2, training.MaxBatch, "images a batch, for step_bytes")
	fl.StringVar(&f.recipe.Solver, "solver", f.recipe.Solver, "for step_bytes: "+strings.Join(training.Solvers, ", "))
	fl.BoolVar(&f.json, "json", false, "print JSON")
}

// countable are the data sets whose images have a known shape.
func countable() []string { return append(images.Names(), imageNet) }

// countResult is what count prints with --json.
type countResult struct {
	Arch     string      `json:"arch"` // in the literature's notation
	Genome   evolve.Arch `json:"genome"`
	Space    string      `json:"space"`
	Cell     string      `json:"cell,omitempty"` // the published one that was given by its name
	Data     string      `json:"data"`
	Side     int         `json:"side,omitempty"` // of ImageNet's images
	Skeleton string      `json:"skeleton,omitempty"`
	Stem     int         `json:"stem,omitempty"`
	N        int         `json:"n,omitempty"` // 0 where the layers were given
	F        int         `json:"f"`
	Batch    int         `json:"batch"`
	training.Count
	Moving    int            `json:"moving_statistics"` // of batch norms, not among the parameters
	Published []countBesides `json:"published,omitempty"`
	input     net.Shape
	classes   int
}

// countBesides is a published figure of the network that was counted.
type countBesides struct {
	Params string `json:"params"`
	FLOPs  string `json:"flops,omitempty"`
	Source string `json:"source"`
	Here   string `json:"here"` // the counts in the printed digits
	Gap    string `json:"gap,omitempty"`
}

func (f *countFlags) run(c *cobra.Command, text string) error {
	if spec, err := evolve.ParseSpec(f.space); err == nil && !slices.Contains(net.Spaces(), spec.Name) {
		return evolve.Unknown("space to count networks of", spec.Name, net.Spaces())
	}
	space, notation, a, err := openArch(f.space, c.Flags().Changed("space"), text)
	if err != nil {
		return err
	}
	cell := ""
	if _, _, ok := spaces.Published(strings.TrimSpace(text)); ok {
		cell = publishedName(space.Name(), a)
	}
	if f.data == "" {
		f.data = "digits"
		if cell != "" {
			f.data = "cifar10"
		}
	}
	config, err := f.config(c.Flags(), space.Name(), cell)
	if err != nil {
		return err
	}
	if err := f.recipe.Check(); err != nil {
		return err
	}
	job := training.Job{Space: space.Name(), Arch: a, Net: config, Data: f.data, Recipe: f.recipe}
	r := countResult{Arch: notation.Format(a), Genome: a, Space: job.Space, Cell: cell, Data: f.data, Stem: config.Stem,
		N: config.N, F: config.F, Batch: f.recipe.Batch, input: config.Input, classes: config.Classes}
	if f.data == imageNet {
		r.Side = f.side
	}
	if net.Chained(space.Name()) {
		r.Skeleton = cmp.Or(config.Skeleton, net.SkeletonDARTS)
	}
	if config.Layers > 0 {
		r.N = 0
	}
	// The deepest networks take minutes to count, which heeds no context: as nothing is written, a signal may end
	// the process where it is.
	defer context.AfterFunc(c.Context(), func() {
		fmt.Fprintln(c.ErrOrStderr(), "amoeba: stopped")
		os.Exit(exitStopped)
	})()
	if r.Count, err = job.Count(); err != nil {
		return err
	}
	n, err := net.Build(job.Space, a, config)
	if err != nil {
		return err
	}
	r.Moving = n.Moving()
	if err := r.besides(n, config); err != nil {
		return err
	}
	if f.json {
		return printJSON(c.OutOrStdout(), r)
	}
	r.print(c.OutOrStdout())
	return nil
}

// config is the network: the published one of a cell that was named, else that which train trains,
// as far as the flags say nothing.
func (f *countFlags) config(fl *pflag.FlagSet, space, cell string) (net.Config, error) {
	bad := func(format string, v ...any) (net.Config, error) {
		return net.Config{}, fmt.Errorf(format+": %w", append(v, evolve.ErrInvalid)...)
	}
	onImageNet := f.data == imageNet
	switch {
	case fl.Changed("layers") && fl.Changed("N"):
		return bad("--layers and --N say the same: want one of them")
	case !onImageNet && (fl.Changed("stem") || fl.Changed("side")):
		return bad("--stem and --side are of --data %s", imageNet)
	}
	c := net.Config{N: 1, F: 8}
	figure := false
	if cell != "" {
		c, figure = net.Published(cell, onImageNet, f.net.N, f.net.F)
	}
	if fl.Changed("skeleton") {
		var err error
		if c.Skeleton, err = net.SkeletonOf(f.skeleton); err != nil {
			return c, fmt.Errorf("--skeleton: %w", err)
		}
	}
	if onImageNet {
		if !net.Chained(space) || c.Skeleton != net.SkeletonTF {
			return c, fmt.Errorf("--data %s: networks of the skeleton %s alone have an ImageNet stem: want --skeleton %[2]s and a cell of nasnet or darts: %w", imageNet, net.SkeletonTF, evolve.ErrUnsupported)
		}
		if !figure || fl.Changed("stem") {
			c.Stem = f.net.Stem
		}
		if figure && !fl.Changed("side") {
			f.side = c.Input.H
		}
		c.Input, c.Classes = net.Shape{C: 3, H: f.side, W: f.side}, 1000
	} else {
		info, err := images.Lookup(f.data)
		if err != nil {
			return c, evolve.Unknown("data set to count on", f.data, countable())
		}
		c.Input, c.Classes = net.Shape{C: info.C, H: info.H, W: info.W}, info.Classes
	}
	if cell == "" && min(c.Input.H, c.Input.W) > 8 {
		c.F = 16 // as train
	}
	if f.net.N > 0 {
		c.N, c.Layers = f.net.N, 0
	}
	if f.net.Layers > 0 {
		c.Layers = f.net.Layers
	}
	c.F = cmp.Or(f.net.F, c.F)
	c.Aux, c.DropPath = f.net.Aux, f.net.DropPath
	return c, nil
}

// besides adds the published figures of a network: those of the same cell, input and counts.
func (r *countResult) besides(n *net.Net, c net.Config) error {
	if r.Cell == "" {
		return nil
	}
	for _, f := range net.Figures(r.Cell) {
		if f.Net.Input != c.Input || f.Net.Classes != c.Classes {
			continue
		}
		its, err := net.Build(r.Space, r.Genome, f.Net)
		if err != nil {
			return err
		}
		if its.Cells != n.Cells || its.Params() != n.Params() || its.MACs() != n.MACs() {
			continue
		}
		params, macs := f.Count(n)
		b := countBesides{Params: f.Params, FLOPs: f.MACs, Source: f.Source, Here: net.Printed(params, f.Params), Gap: f.Gap}
		if f.Moving {
			b.Here += " with moving statistics"
		}
		if f.MACs != "" {
			b.Here += ", " + net.Printed(macs, f.MACs)
		}
		r.Published = append(r.Published, b)
	}
	return nil
}

func (r *countResult) print(w io.Writer) {
	fmt.Fprintln(w, wrapped(r.Space+" ", 2, r.Arch))
	how := []string{}
	if r.Cell != "" {
		how = append(how, r.Cell)
	}
	if r.Skeleton != "" {
		how = append(how, "skeleton "+r.Skeleton)
	}
	if r.N > 0 {
		how = append(how, fmt.Sprintf("N=%d", r.N))
	}
	how = append(how, fmt.Sprintf("F=%d", r.F))
	if r.Stem > 0 {
		how = append(how, fmt.Sprintf("stem %d", r.Stem))
	}
	fmt.Fprintf(w, "%s; %s: %dx%dx%d images, %d classes\n", strings.Join(how, ", "), r.Data, r.input.C, r.input.H, r.input.W, r.classes)
	fmt.Fprintf(w, "params      %s, and %s moving statistics\nflops       %s multiply-adds an image\nlayers      %d cells\nstep_bytes  %s at a batch of %d, %.1f MiB\n",
		number.Grouped(r.Params), number.Grouped(r.Moving), number.Grouped(r.FLOPs), r.Layers, number.Grouped(r.StepBytes), r.Batch, float64(r.StepBytes)/(1<<20))
	for _, b := range r.Published {
		figure := b.Params + " parameters"
		if b.FLOPs != "" {
			figure += ", " + b.FLOPs + " multiply-adds"
		}
		line := fmt.Sprintf("published   %s (%s); here %s", figure, b.Source, b.Here)
		if b.Gap != "" {
			line += ": " + b.Gap
		}
		fmt.Fprintln(w, line)
	}
}
