package main

import (
	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device/devices"
	"github.com/amoeba-nas/amoeba/training/device/opencl"
)

func devicesCmd() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "devices",
		Short: "List what networks can be trained on here",
		Long: `Devices prints a line for each device that --device takes: the processor, then the devices of this
machine's OpenCL libraries, with their drivers' versions and their memory; and for each library that
was not opened, why. --device gpu is the first of kind GPU.

Only a build with the tag native opens OpenCL: CGO_ENABLED=0 go build -tags native ./cmd/amoeba. It
asks the system's loader and, where that knows of no GPU, the vendors' own libraries, which is what
a container often has. ` + opencl.Variable + ` names the one library to open instead.`,
		Example: "  amoeba devices",
		Args:    args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			all := devices.List(training.FreeMemory())
			if asJSON {
				return printJSON(c.OutOrStdout(), all)
			}
			return all.WriteText(c.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object instead")
	return c
}
