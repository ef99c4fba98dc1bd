package device

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Device makes memory and runnable operations. A slice of a device that is not the CPU would
// be a handle: only its own kernels read it.
type Device[T kernel.Float] interface {
	// Take returns n numbers of any content. Give takes them back: they must not be read after.
	Take(n int) []T
	Give([]T)
	Kernel(Spec) Kernel[T]
}

// Kernel is an operation with its shapes settled. It may keep what its backward pass needs of
// the forward pass before it.
type Kernel[T kernel.Float] interface {
	// Forward fills out, of Spec.Out's size, from the inputs: activations first, then weights.
	Forward(out []T, in ...[]T)
	// Backward takes the inputs again and the gradient of out. It fills dx, unless that is nil,
	// with the gradient of the first input, and adds those of the weights to dw.
	Backward(dx []T, dw [][]T, dy []T, in ...[]T)
}

// Spec says what an operation does; the types in spec.go are all there are.
type Spec interface {
	// Out is the output's size: pixels, channels and lanes.
	Out() Size
}

// Size is the extent of an activation, [Pixels][C][Row]; Batch of the Row lanes are in use.
type Size struct{ Pixels, C, Row, Batch int }

// Len is the number of elements.
func (s Size) Len() int { return s.Pixels * s.C * s.Row }

func (s Size) rows() kernel.Rows { return kernel.Rows{C: s.C, Row: s.Row} }

// Of opens a device by name.
func Of[T kernel.Float](name string) (Device[T], error) {
	switch name {
	case "", "cpu":
		return CPU[T](), nil
	case "gpu":
		return nil, fmt.Errorf("this build has no GPU device; --device cpu is all there is: %w", evolve.ErrUnsupported)
	}
	return nil, evolve.Unknown("device", name, []string{"cpu", "gpu"})
}
