package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device/conform"
	"github.com/amoeba-nas/amoeba/training/device/devices"
	"github.com/amoeba-nas/amoeba/training/device/opencl"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

func devicesCmd() *cobra.Command {
	var check string
	var rounds int
	var asJSON bool
	c := &cobra.Command{
		Use:   "devices",
		Short: "List what networks can be trained on here, or check a device",
		Long: `Devices prints a line for each device that --device takes: the processor, then the devices of this
machine's OpenCL libraries, with their drivers' versions, their memory and how much of it networks
share, the driver's largest buffer at most; and for each library that was not opened, why. --device gpu
is the first of kind GPU.

Only a build with the tag native opens OpenCL: CGO_ENABLED=0 go build -tags native ./cmd/amoeba. It
asks the system's loader and, where that knows of no GPU, the vendors' own libraries, which is what
a container often has. ` + opencl.Variable + ` names the one library to open instead.

With --check every operation runs on the device, forward and backward, on random shapes and numbers,
and is compared with the processor's: largest differences are those of the largest magnitude of a
result. Each case is repeated and joined with others, which must not change a bit. The command
fails where a result is outside of what is allowed.`,
		Example: "  amoeba devices\n  amoeba devices --check gpu",
		Args:    args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := flags.OneOf(c, "check", "json"); err != nil {
				return err
			}
			if c.Flags().Changed("check") {
				return checkDevice(c.OutOrStdout(), check, rounds)
			}
			if err := flags.Useless(c, "it is of --check", "rounds"); err != nil {
				return err
			}
			all := devices.List(training.FreeMemory())
			if asJSON {
				return printJSON(c.OutOrStdout(), all)
			}
			return all.WriteText(c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&check, "check", "", "compare this `device` with the processor: gpu or opencl:N")
	flags.Int(c.Flags(), &rounds, "rounds", "", 8, 1, 10_000, "cases of each operation; every fourth is large")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object instead")
	return c
}

// checkDevice compares a device with the processor in both types of numbers, or in float32 where it has no other.
func checkDevice(w io.Writer, name string, rounds int) error {
	count, failed, err := compareDevice[float32](w, name, rounds)
	if err != nil {
		return err
	}
	fmt.Fprintln(w)
	count2, failed2, err := compareDevice[float64](w, name, rounds)
	if errors.Is(err, evolve.ErrUnsupported) {
		fmt.Fprintf(w, "float64 is left out: %s\n", words.Line(err))
	} else if err != nil {
		return err
	}
	if failed += failed2; failed > 0 {
		return fmt.Errorf("device %s: %d of %s with the processor failed: %w", name, failed,
			number.Count(count+count2, "comparison"), evolve.ErrFailed)
	}
	return nil
}

// compareDevice prints what became of the comparisons in numbers of one type.
func compareDevice[T kernel.Float](w io.Writer, name string, rounds int) (count, failed int, err error) {
	dev, err := devices.Alone[T](name)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, dev.Close()) }()
	r, err := conform.Run(dev, rounds, evolve.Stream(1, "conform"))
	if err != nil {
		return 0, 0, err
	}
	count, failed = r.Count(), len(r.Failures)
	fmt.Fprintf(w, "%T on %s\n%s%s, %d failed\n", T(0), dev.Name(), r, number.Count(count, "comparison"), failed)
	for _, f := range r.Failures {
		fmt.Fprintln(w, f)
	}
	return count, failed, nil
}
