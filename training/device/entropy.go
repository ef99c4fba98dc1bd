package device

import (
	"math"

	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// CrossEntropy is the softmax's with labels smoothed by Smoothing (Szegedy et al. 2016, section
// 7), averaged over the batch and times Weight. Its output is the gradient of the logits. Labels
// are classes, one a lane and -1 where a lane has no image. The loss, the mean over the batch
// without Weight, and the number of right answers are left in the row of Results that Scalars name.
type CrossEntropy[T kernel.Float] struct {
	In                Size
	Smoothing, Weight float64
	Labels, Scalars   []T
	Results           []float64
}

func (s CrossEntropy[T]) Out() Size { return s.In }

func (s CrossEntropy[T]) CPU() Kernel[T] { return crossEntropy[T]{CrossEntropy: s} }

func (s CrossEntropy[T]) Launches() launch.Operation[T] { return launch.Operation[T]{} }

type crossEntropy[T kernel.Float] struct {
	forwardOnly[T]
	CrossEntropy[T]
}

func (k crossEntropy[T]) Forward(out []T, in ...[]T) Call {
	x := in[0]
	return func() { k.forward(out, x) }
}

func (k *crossEntropy[T]) forward(out, x []T) {
	lanes, classes, labels := k.In.Row, k.In.C, k.Labels[:k.In.Batch]
	clear(out)
	n, loss, correct := 0, 0.0, 0
	for _, y := range labels {
		if y >= 0 {
			n++
		}
	}
	scale := k.Weight / float64(max(n, 1))
	off := k.Smoothing / float64(classes)
	for b, y := range labels {
		if y < 0 { // no image in this lane
			continue
		}
		best, top := 0, math.Inf(-1)
		for c := range classes {
			if v := float64(x[c*lanes+b]); v > top {
				best, top = c, v
			}
		}
		if best == int(y) && !math.IsInf(top, 0) {
			correct++
		}
		z := 0.0
		for c := range classes {
			z += math.Exp(float64(x[c*lanes+b]) - top)
		}
		log := top + math.Log(z)
		for c := range classes {
			want := off
			if c == int(y) {
				want += 1 - k.Smoothing
			}
			v := float64(x[c*lanes+b]) - log
			loss -= float64(want * v)
			out[c*lanes+b] = T((math.Exp(v) - want) * scale)
		}
	}
	r := k.Results[ResultCount*row(k.Scalars):][:ResultCount]
	r[ResultLoss], r[ResultCorrect] = loss/float64(max(n, 1)), float64(correct)
}
