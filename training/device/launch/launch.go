// Package launch holds what an operation asks of a device that runs kernels: launches, with what each reads and
// writes. It knows no device, so that launches are scheduled, joined and counted on any machine.
package launch

import "github.com/amoeba-nas/amoeba/training/kernel"

// Unit is the number of elements that places count in, so that a 32-bit integer reaches 128 GiB of float32. Every
// operand begins at a multiple of it.
const Unit = kernel.Lanes

// Group is the number of work-items of a group: what every card has, and two of NVIDIA's or one of AMD's units of
// items that run in step.
const Group = 64

// None is the place of an operand that is not there.
const None = int32(-1)

// Job is a row of whole numbers that a kernel reads: places of operands in units, places of tables, sizes.
type Job [24]int32

// JobOf fills the first numbers of a job.
func JobOf(v ...int32) (j Job) {
	copy(j[:], v)
	return j
}

// Launch is a kernel over one job, cut in groups of work-items.
type Launch struct {
	Kernel        string // a function of the device's program
	Job           Job
	Groups        int
	Reads, Writes []Span // of the device's block; a launch that adds reads what it writes
}

// Span is a stretch of the device's block, in units, without its end.
type Span struct{ From, To int32 }

// Maker tells an operation where its operands lie.
type Maker[T kernel.Float] interface {
	// At is where an operand begins, in units; None for nil.
	At(operand []T) int32
	// Span is the stretch of an operand.
	Span(operand []T) Span
	// Result is where the device keeps a slice that its Results returned, in units, as numbers of T.
	Result(results []float64) int32
	// ResultSpan is the stretch of such a slice.
	ResultSpan(results []float64) Span
	// Table keeps whole numbers on the device for as long as it is open, equal ones once, and returns the place of the
	// first among all tables, in numbers.
	Table(v []int32) int32
}

// Operation is what a spec launches, with its shapes settled.
type Operation[T kernel.Float] struct {
	// Scratch is the number of elements that the operation needs beside its operands, from its making to its end: sums
	// in parts, and what the backward pass needs of the forward pass. The first are Constants, which are uploaded.
	Scratch   int
	Constants []T
	Forward   func(m Maker[T], scratch, out []T, in [][]T) []Launch
	Backward  func(m Maker[T], scratch, dx []T, dw [][]T, dy []T, in [][]T) []Launch // nil where there is none
}
