//go:build !native || !(linux || darwin)

package opencl

// Find lists no device: the failure says which build does.
func Find() ([]*Device, []Failure) { return nil, []Failure{{"", ErrBuild}} }
