package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/export"
	"github.com/amoeba-nas/amoeba/training/net"
)

func exportCmd() *cobra.Command {
	var onnx, pytorch, skeleton string
	var genotype bool
	c := &cobra.Command{
		Use:   "export CHECKPOINT",
		Short: "Write a trained network for other programs",
		Long: `Export writes the network of a checkpoint: as ONNX with its weights, or their moving average where
it has one; as a Python module that builds it in PyTorch, without weights; or prints the
architecture in the literature's notation, which train reads. Both files say how images are
prepared and name the classes, as long as the data set of the training is there.`,
		Example: "  amoeba export amoebanet/seed-1/best.ckpt --onnx amoebanet.onnx --pytorch amoebanet.py\n" +
			"  amoeba export amoebanet/seed-1/best.ckpt --genotype",
		Args: args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if files := onnx != "" || pytorch != ""; files == genotype {
				return fmt.Errorf("export: want --onnx FILE, --pytorch FILE or both, or --genotype alone: %w",
					evolve.ErrInvalid)
			}
			ckpt, err := training.Load(args[0])
			if err != nil {
				return err
			}
			if err := ofSkeleton(c, ckpt, skeleton); err != nil {
				return err
			}
			if genotype {
				text, err := ckpt.Genotype()
				if err == nil {
					_, err = fmt.Fprintln(c.OutOrStdout(), text)
				}
				return err
			}
			return exportFiles(c, ckpt, onnx, pytorch)
		},
	}
	o := flags.Writes(c)
	o.File(c, &onnx, "onnx", "write an ONNX `file`, weights included", flags.Always(export.KindONNX))
	o.File(c, &pytorch, "pytorch", "write a Python `file` that builds the network in PyTorch",
		flags.Always(export.KindPyTorch))
	c.Flags().StringVar(&skeleton, "skeleton", "",
		"refuse a checkpoint of another skeleton than this: "+strings.Join(net.Skeletons, " or "))
	c.Flags().BoolVar(&genotype, "genotype", false, "print the architecture in the literature's notation")
	return c
}

// ofSkeleton compares a checkpoint's skeleton with what --skeleton says, if it is given.
func ofSkeleton(c *cobra.Command, ckpt *training.Checkpoint, skeleton string) error {
	if !c.Flags().Changed("skeleton") {
		return nil
	}
	want, err := net.SkeletonOf(skeleton)
	if err != nil {
		return fmt.Errorf("--skeleton: %w", err)
	}
	if ckpt.Net.Skeleton != want {
		return fmt.Errorf("%s: is of the skeleton %s, not of %s: %w", ckpt.Path, cmp.Or(ckpt.Net.Skeleton,
			net.SkeletonDARTS), skeleton, evolve.ErrInvalid)
	}
	return nil
}

// exportFiles writes the files that have a name.
func exportFiles(c *cobra.Command, ckpt *training.Checkpoint, onnx, pytorch string) error {
	images, err := export.InputOf(ckpt)
	if err != nil {
		fmt.Fprintln(c.ErrOrStderr(), "note: how images are prepared is left out:", words.Line(err))
	}
	if onnx != "" {
		m, err := ckpt.Model()
		if err != nil {
			return err
		}
		if err := wrote(c, export.KindONNX, onnx, func(w io.Writer) error {
			return export.ONNX(w, m,
				images)
		}); err != nil {
			return err
		}
	}
	if pytorch == "" {
		return nil
	}
	n, err := net.Build(ckpt.Space, ckpt.Arch, ckpt.Net)
	if err != nil {
		return fmt.Errorf("%s: %w", ckpt.Path, err)
	}
	title := fmt.Sprintf("%s %s, as amoeba trained it on %s.", ckpt.Space, ckpt.Arch, ckpt.Data)
	if ckpt.Net.Skeleton != "" {
		title = fmt.Sprintf("%s %s in the skeleton %s, as amoeba trained it on %s.", ckpt.Space, ckpt.Arch,
			ckpt.Net.Skeleton, ckpt.Data)
	}
	return wrote(c, export.KindPyTorch, pytorch, func(w io.Writer) error { return export.PyTorch(w, n, title, images) })
}

// wrote writes a file whole or not at all and says so.
func wrote(c *cobra.Command, kind durable.Kind, path string, write func(io.Writer) error) error {
	if err := kind.Write(path, write); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.OutOrStdout(), "wrote", path)
	return err
}
