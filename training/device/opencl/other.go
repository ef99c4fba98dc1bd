//go:build !native || !(linux || darwin)

package opencl

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device/gpu"
)

type handle struct{}

var errBuild = fmt.Errorf("this build opens no OpenCL: build with -tags native (on Linux or macOS): %w",
	evolve.ErrUnsupported)

// Find lists no device: the failure says which build does.
func Find() ([]*Device, []Failure) { return nil, []Failure{{"OpenCL", errBuild}} }

// Open fails.
func (*Device) Open() (gpu.Driver, error) { return nil, errBuild }
