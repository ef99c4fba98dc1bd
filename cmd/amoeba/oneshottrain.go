package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/internal/progress"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/net"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// supernetFlags are those of oneshot train.
type supernetFlags struct {
	oneshot.Training
	space, keep   string
	fair, mixture bool
	quiet         bool
}

func oneshotTrainCmd() *cobra.Command {
	f := supernetFlags{Training: oneshot.Training{Plan: oneshot.UniformPlan}}
	c := &cobra.Command{
		Use:   "train",
		Short: "Train a supernet along random paths, for searches of its scores",
		Long: `Train trains a network that holds every candidate operation of a space's cells, each batch along the path
of a random architecture, and leaves its weights in a file. Every searcher can search what they say of architectures,

  amoeba search --benchmark oneshot:digits,space=nb201,weights=S.ckpt --algo regevo

and amoeba oneshot rank compares that with networks that were trained alone. With --fair each batch trains every
candidate of every edge once, by FairNAS's strict fairness; with --mixture all candidates at once, with equal shares.
--epochs 0 leaves the weights as they are drawn.

The same command goes on with a training that was stopped, exactly. Epochs that have ended are saved every two seconds,
and when Ctrl-C or a termination signal stops it.`,
		Example: "  amoeba oneshot train --data digits --space nb201 --out S.ckpt\n" +
			"  amoeba oneshot train --data digits --space nb201 --epochs 20 --keep every=5 --seed 3 --out S3.ckpt",
		Args: args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	fl, p := c.Flags(), &f.Plan
	fl.StringVar(&f.Data, "data", "digits", "data set: "+strings.Join(images.Names(), ", "))
	fl.StringVar(&f.space, "space", "nb201", "space of the cells: nb201, darts, nasnet or nasnet,ops=enas")
	flags.Int(fl, &f.N, "N", "N", 1, 1, net.MaxN, "cells a stage (nb201) or normal cells a stack (nasnet, darts)")
	flags.Int(fl, &f.F, "F", "F", 8, 1, net.MaxF, "channels of the first cells")
	flags.Int(fl, &f.Batch, "batch", "", 64, 2, training.MaxBatch, "images a batch")
	flags.Int(fl, &f.Images, "images", "", 0, 0, training.MaxImages, "training images, each class its share; 0 for all")
	flags.Int(fl, &p.Epochs, "epochs", "", p.Epochs, 0, training.MaxEpochs, "epochs, and horizon of the schedule")
	flags.Above(fl, &p.LR, "lr", p.LR, 0, training.MaxLR, "learning rate at first")
	flags.Float(fl, &p.LRMin, "lr-min", p.LRMin, 0, training.MaxLR, "learning rate to which it falls by a cosine")
	flags.Float(fl, &p.Momentum, "momentum", p.Momentum, 0, training.MaxMomentum, "of the steps")
	fl.BoolVar(&p.Nesterov, "nesterov", p.Nesterov, "Nesterov's momentum")
	flags.Float(fl, &p.WeightDecay, "weight-decay", p.WeightDecay, 0, training.MaxWeightDecay,
		"of kernels and matrices")
	flags.Float(fl, &p.Clip, "clip", p.Clip, 0, training.MaxClip, "largest norm of the gradients; 0 for none")
	fl.StringVar(&p.Closed, "closed", p.Closed, "weights of operations that are not on a path: still, as they are, or "+
		"drift, which goes on with decay and momentum as PyTorch before 2.0 did")
	fl.BoolVar(&p.Affine, "affine", p.Affine, "batch norms of cells learn scales and shifts")
	fl.StringVar(&p.Split, "split", p.Split, "val trains on the training part and scores on the validation part, half "+
		"does both on halves of the training part")
	fl.BoolVar(&f.fair, "fair", false, "train every candidate of every edge with each batch")
	fl.BoolVar(&f.mixture, "mixture", false, "train all candidates at once, with equal shares")
	fl.BoolVar(&f.Shuffled, "shuffled", false, "negative control: shuffle the labels of the training images")
	flags.Seed(fl, &f.Seed, "seed", 1, math.MaxUint64, "seed of weights, batches and paths")
	fl.StringVar(&f.keep, "keep", "", "every=`N` keeps the weights of each N-th epoch as well, beside --out")
	flags.Writes(c).File(c, &f.Out, "out", "`file` of the weights, ending in .ckpt", flags.Always(oneshot.SealKind))
	fl.BoolVar(&f.quiet, "quiet", false, "print no progress")
	return c
}

func (f *supernetFlags) run(c *cobra.Command) error {
	if err := flags.OneOf(c, "fair", "mixture"); err != nil {
		return err
	}
	var err error
	if f.Space, err = evolve.ParseSpec(strings.Trim(f.space, "()")); err != nil {
		return fmt.Errorf("--space: %w", err)
	}
	switch f.Sampling = oneshot.Uniform; {
	case f.fair:
		f.Sampling = oneshot.Fair
	case f.mixture:
		f.Sampling = oneshot.Mixture
	}
	switch {
	case f.Out == "":
		return fmt.Errorf("--out is missing: want a file ending in .ckpt: %w", evolve.ErrInvalid)
	case !strings.HasSuffix(f.Out, ".ckpt"):
		return fmt.Errorf("--out %s: want a file ending in .ckpt: %w", f.Out, evolve.ErrInvalid)
	case f.Plan.Split == oneshot.SplitWhole: // a split of methods that train an architecture
		return evolve.Unknown("split of the images", f.Plan.Split, []string{oneshot.SplitVal, oneshot.SplitHalf})
	}
	if f.keep != "" {
		number, ok := strings.CutPrefix(f.keep, "every=")
		if f.Every, err = strconv.Atoi(number); !ok || err != nil || f.Every < 1 || f.Every > training.MaxEpochs {
			return fmt.Errorf("--keep %s: want every=N, of 1 to %d epochs: %w", f.keep, training.MaxEpochs,
				evolve.ErrInvalid)
		}
	}
	var last oneshot.Trained
	show, end := progress.Counted(c.ErrOrStderr(), f.quiet, f.Plan.Epochs)
	f.Observer = evolve.On(func(e oneshot.Trained) {
		if last = e; e.Done > 0 {
			show(e.Done, fmt.Sprintf("epoch %d/%d  train loss %.4f  %.1f s", e.Done, e.Of, e.Loss, e.Seconds))
		}
	})
	err = f.Run(c.Context())
	end()
	if err != nil {
		if c.Context().Err() != nil {
			how := fmt.Sprintf("stopped after %d of %d epochs", last.Done, last.Of)
			if last.Of == 0 {
				how = "stopped before it trained"
			}
			if lost := new(oneshot.Unsaved); errors.As(err, &lost) {
				how += ", the last of which could not be saved: " + words.Line(lost.Err)
			}
			return &stopped{err, how + "; go on with: " + again(c)}
		}
		return err
	}
	text := number.Count(last.Done, "epoch")
	if last.Done > 0 {
		text += fmt.Sprintf(", loss of the last %.4f nats", last.Loss)
	}
	fmt.Fprintf(c.OutOrStdout(), "supernet    %s, %s, %s\nweights     %s\n", f.Space, f.Data, text, f.Out)
	return nil
}
