package gpu

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Kernel makes an operation, for its shapes.
func (d *Device[T]) Kernel(s device.Spec[T]) (device.Kernel[T], error) {
	return &operation[T]{d: d, Operation: s.Launches()}, nil
}

type operation[T kernel.Float] struct {
	launch.Operation[T]
	d       *Device[T]
	scratch []T
}

func (o *operation[T]) Scratch() int { return o.Operation.Scratch }

func (o *operation[T]) Bind(scratch []T) {
	o.scratch = scratch
	o.d.Upload(scratch, o.Constants)
}

func (o *operation[T]) Forward(out []T, in ...[]T) device.Call {
	return o.d.call(func(m launch.Maker[T]) []launch.Launch { return o.Operation.Forward(m, o.scratch, out, in) })
}

func (o *operation[T]) Backward(dx []T, dw [][]T, dy []T, in ...[]T) device.Call {
	return o.d.call(func(m launch.Maker[T]) []launch.Launch {
		return o.Operation.Backward(m, o.scratch, dx, dw, dy, in)
	})
}

// call is what Record takes: an operation's launches, and the results that they write.
type call[T kernel.Float] struct {
	d        *Device[T]
	launches []launch.Launch
	results  []*mirror[T]
	err      error // the first of making it, which Record tells
}

// call makes one; the maker is for the duration of the function.
func (d *Device[T]) call(launches func(launch.Maker[T]) []launch.Launch) *call[T] {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := &call[T]{d: d}
	c.launches = launches(maker[T]{c})
	return c
}

// longest is the most elements of an operand: kernels count them in 32 bits, and step past the last by a row of
// channels at most.
const longest = math.MaxInt32 - 1<<24

// maker says where operands lie, and notes in its call what goes wrong.
type maker[T kernel.Float] struct{ c *call[T] }

func (m maker[T]) fail(err error) {
	if m.c.err == nil {
		m.c.err = err
	}
}

func (m maker[T]) At(operand []T) int32 {
	if len(operand) == 0 {
		return launch.None
	}
	if len(operand) > longest {
		m.fail(fmt.Errorf("an operand of %d elements, and kernels count to %d: %w", len(operand), longest,
			evolve.ErrFailed))
		return launch.None
	}
	at, ok := m.c.d.place(operand)
	if !ok || !m.c.d.holds(operand) {
		m.fail(errForeign)
		return launch.None
	}
	return int32(at)
}

func (m maker[T]) Span(operand []T) launch.Span {
	if len(operand) == 0 {
		return launch.Span{}
	}
	at := m.At(operand)
	return launch.Span{From: at, To: at + int32((len(operand)+launch.Unit-1)/launch.Unit)}
}

func (m maker[T]) Result(results []float64) int32 {
	r := m.result(results)
	if r == nil {
		return launch.None
	}
	return m.At(r.device)
}

func (m maker[T]) ResultSpan(results []float64) launch.Span {
	r := m.result(results)
	if r == nil {
		return launch.Span{}
	}
	return m.Span(r.device)
}

// result is the mirror of a slice that the device's Results returned; whoever asks for it writes it.
func (m maker[T]) result(results []float64) *mirror[T] {
	if len(results) == 0 {
		return nil
	}
	r, ok := m.c.d.results[unsafe.SliceData(results)]
	if !ok {
		m.fail(errForeign)
		return nil
	}
	m.c.results = append(m.c.results, r)
	return r
}

func (m maker[T]) Table(v []int32) int32 {
	at, err := m.c.d.table(v)
	if err != nil {
		m.fail(err)
	}
	return at
}
