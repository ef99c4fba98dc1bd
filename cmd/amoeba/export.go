package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/export"
	"github.com/amoeba-nas/amoeba/training/net"
)

func exportCmd() *cobra.Command {
	var onnx, pytorch string
	var genotype bool
	c := &cobra.Command{
		Use:   "export CHECKPOINT",
		Short: "Write a trained network for other programs",
		Long: `Export writes the network of a checkpoint: as ONNX with its weights, or their moving average where
it has one; as a Python module that builds it in PyTorch, without weights; or prints the
architecture in the literature's notation.`,
		Example: "  amoeba export amoebanet/seed-1/best.ckpt --onnx amoebanet.onnx\n  amoeba export amoebanet/seed-1/best.ckpt --genotype",
		Args:    args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			wanted := 0
			for _, is := range []bool{onnx != "", pytorch != "", genotype} {
				if is {
					wanted++
				}
			}
			if wanted != 1 {
				return fmt.Errorf("export: want one of --onnx FILE, --pytorch FILE and --genotype, got %d: %w", wanted, evolve.ErrInvalid)
			}
			ckpt, err := training.Load(args[0])
			if err != nil {
				return err
			}
			switch {
			case onnx != "":
				m, err := ckpt.Model()
				if err != nil {
					return err
				}
				return wrote(c, onnx, func(w io.Writer) error { return export.ONNX(w, m) })
			case pytorch != "":
				n, err := net.Build(ckpt.Space, ckpt.Arch, ckpt.Net)
				if err != nil {
					return fmt.Errorf("%s: %w", ckpt.Path, err)
				}
				title := fmt.Sprintf("%s %s, as amoeba trained it on %s.", ckpt.Space, ckpt.Arch, ckpt.Data)
				return wrote(c, pytorch, func(w io.Writer) error { return export.PyTorch(w, n, title) })
			}
			_, notation, err := openSpace(ckpt.Space)
			if err != nil {
				return fmt.Errorf("%s: %w", ckpt.Path, err)
			}
			a, err := notation.Parse(string(ckpt.Arch))
			if err != nil {
				return fmt.Errorf("%s: %w", ckpt.Path, err)
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), notation.Format(a))
			return err
		},
	}
	c.Flags().StringVar(&onnx, "onnx", "", "write an ONNX `file`, weights included")
	c.Flags().StringVar(&pytorch, "pytorch", "", "write a Python `file` that builds the network in PyTorch")
	c.Flags().BoolVar(&genotype, "genotype", false, "print the architecture in the literature's notation")
	return c
}

// wrote writes a file whole or not at all and says so.
func wrote(c *cobra.Command, path string, write func(io.Writer) error) error {
	if err := durable.WriteFile(path, write); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.OutOrStdout(), "wrote", path)
	return err
}
