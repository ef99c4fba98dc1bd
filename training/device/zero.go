package device

import (
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Zero is zero.
type Zero[T kernel.Float] struct{ Size }

func (s Zero[T]) Out() Size { return s.Size }

func (s Zero[T]) CPU() Kernel[T] { return zero[T]{} }

func (s Zero[T]) Launches() launch.Operation[T] { return launch.Operation[T]{} }

type zero[T kernel.Float] struct{ forwardOnly[T] }

func (zero[T]) Forward(out []T, _ ...[]T) Call { return func() { clear(out) } }
