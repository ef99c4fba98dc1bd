//go:build !native || !(linux || darwin)

package opencl

import "github.com/amoeba-nas/amoeba/training/device/gpu"

type handle struct{}

// Find lists no device: the failure says which build does.
func Find() ([]*Device, []Failure) { return nil, []Failure{{"", ErrBuild}} }

// Open fails.
func (*Device) Open() (gpu.Driver, error) { return nil, ErrBuild }
