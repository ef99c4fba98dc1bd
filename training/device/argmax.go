package device

import (
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Argmax finds each lane's class of the highest logit, the first of equals: class 0 where the first logit is a NaN, and
// never another class whose logit is. In is the size of the logits, of one pixel. The class of a lane goes to
// Answers[row*In.Row+lane], with the row that Scalars name; those of unused lanes are anybody's guess. It has no output
// of its own.
type Argmax[T kernel.Float] struct {
	In               Size
	Scalars, Answers []T
}

func (s Argmax[T]) Out() Size { return Size{} }

func (s Argmax[T]) CPU() Kernel[T] { return argmax[T]{Argmax: s} }

func (s Argmax[T]) Launches() launch.Operation[T] { return launch.Operation[T]{} }

type argmax[T kernel.Float] struct {
	forwardOnly[T]
	Argmax[T]
}

func (k argmax[T]) Forward(_ []T, in ...[]T) Call {
	logits, lanes := in[0], k.In.Row
	return func() {
		answers := k.Answers[row(k.Scalars)*lanes:][:lanes]
		for b := range k.In.Batch {
			best := 0
			for c := range k.In.C {
				if logits[c*lanes+b] > logits[best*lanes+b] {
					best = c
				}
			}
			answers[b] = T(best)
		}
	}
}
