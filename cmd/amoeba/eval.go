package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/plots"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device/devices"
)

func evalCmd() *cobra.Command {
	var data, out, where, mult string
	var asJSON bool
	c := &cobra.Command{
		Use:   "eval CHECKPOINT",
		Short: "Test the weights of a checkpoint",
		Long: `Eval measures the accuracy of a checkpoint's weights, or of their moving average where it has one,
on the test images; with --data on those of another data set of the same shape and number of
classes, normalised by that set's training images. It prints precision and recall of each class
and draws the confusion matrix beside the checkpoint, where that can be written, or to --out.`,
		Example: "  amoeba eval amoebanet/seed-1/best.ckpt\n" +
			"  amoeba eval amoebanet/seed-1/best.ckpt --json --out confusion.png",
		Args: args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			dev, err := openDevice(c, where, mult)
			if err != nil {
				return err
			}
			ckpt, err := training.Load(args[0])
			if err != nil {
				return err
			}
			if data == "" {
				data = ckpt.Data
			}
			if out == "" {
				out = strings.TrimSuffix(args[0], filepath.Ext(args[0])) + "-confusion-" + data + ".png"
			}
			if ext := filepath.Ext(out); ext != ".png" && ext != ".svg" && ext != ".pdf" {
				return fmt.Errorf("--out %s: %w", out, evolve.Unknown("ending", ext, []string{".png", ".svg", ".pdf"}))
			}
			r, err := ckpt.Examine(c.Context(), data, dev)
			if err != nil {
				return err
			}
			drawn := drawConfusion(r, out)
			if drawn != nil && !c.Flags().Changed("out") { // nobody asked for it
				fmt.Fprintln(c.ErrOrStderr(), "no picture:", words.Line(drawn))
				out, drawn = "", nil
			}
			if asJSON {
				if err := printJSON(c.OutOrStdout(), r); err != nil {
					return err
				}
				return drawn
			}
			if err := r.Sheet().WriteText(c.OutOrStdout()); err != nil {
				return err
			}
			if drawn == nil && out != "" {
				fmt.Fprintln(c.OutOrStdout(), "\nwrote", out)
			}
			return drawn
		},
	}
	fl := c.Flags()
	fl.StringVar(&data, "data", "", "data `set` to test on (default that of the training)")
	flags.Writes(c).File(c, &out, "out", "picture of the confusion matrix: a `file` ending in .png, .svg or .pdf",
		plots.KindOf)
	fl.BoolVar(&asJSON, "json", false, "print JSON")
	fl.StringVar(&where, "device", "cpu", devices.Help)
	fl.StringVar(&mult, "blas", "go", "matrix products: "+strings.Join(products, " or "))
	return c
}

// drawConfusion writes the picture of a confusion matrix.
func drawConfusion(r *training.Examined, path string) error {
	var labels []string
	for _, c := range r.Classes {
		labels = append(labels, c.Class)
	}
	of := plots.Trained{Space: r.Space, Arch: r.Genome, Data: r.Data}
	ext := filepath.Ext(path)
	_, err := plots.WriteFiles(of.Confusion(r.Seed, labels, r.Confusion), strings.TrimSuffix(path, ext), ext[1:])
	return err
}
