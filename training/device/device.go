package device

import (
	"errors"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Device makes memory and runnable operations. Steps run in the order they are run, perhaps later than Run returns.
//
// A slice of a device that is not the CPU is a handle: slicing it and passing it on is all that is allowed, and a
// stray read or write on the host is a fault. Operands begin at multiples of [launch.Unit] elements.
type Device[T kernel.Float] interface {
	// Name says which device, driver and kernels: results of another name may differ in their last bits.
	Name() string
	// Take returns n zeros; the error wraps [ErrRoom] where there is no room. Give takes them back: they must
	// not be used after, and no step that uses them may run after.
	Take(n int) ([]T, error)
	Give([]T)
	// Results returns n zeros of the host, which steps write and which are right after Wait; the error is as Take's.
	Results(n int) ([]float64, error)
	GiveResults([]float64)
	// Upload copies from the host to the device, in order with the steps; src is free again on return. A failure is
	// told by Wait.
	Upload(dst, src []T)
	// Download waits as Wait does, and copies from the device to the host.
	Download(dst, src []T) error
	Kernel(Spec[T]) (Kernel[T], error)
	// Record makes one step of calls, which run in this order as far as one needs another's numbers. Nothing runs yet.
	Record(calls []Call) (Step, error)
	// Join makes one step of the steps of networks that share no memory that any of them writes. The steps stay valid,
	// and closing the joined one leaves them open.
	Join(steps ...Step) (Step, error)
	// Wait returns when all is done, with the first error since the last Wait.
	Wait() error
	// Wide says whether calls that do not need each other's numbers run at the same time, so that a plan should not
	// chain them by reusing memory; room is the largest number of elements that one Take still gives.
	Wide() (room int, ok bool)
}

// ErrRoom is what a device says that has no memory left for a network: that training has failed.
var ErrRoom = fmt.Errorf("no room on the device: %w", evolve.ErrFailed)

// ErrLost is what every call says of a device that was lost, by a reset or a fault of its driver. No training has
// failed: it is unfinished, and goes on from its checkpoint.
var ErrLost = errors.New("the device is lost")

// Step is recorded work that runs any number of times on the same operands.
type Step interface {
	// Run starts the step, or does it. The error is of what is known by then; Wait tells the rest.
	Run() error
	// Launches counts the kernels that a Run launches; those of the CPU are its calls.
	Launches() int
	Close() error
}

// Kernel is an operation with its shapes settled. It may keep what its backward pass needs of the forward pass before
// it. Its methods run nothing: they make calls for fixed operands, which Record takes.
type Kernel[T kernel.Float] interface {
	// Scratch is the number of elements of device memory that the kernel needs beside its operands for as long as it
	// is used; Bind gives it that memory, before the first call is made.
	Scratch() int
	Bind(scratch []T)
	// Forward fills out, of Spec.Out's size, from the inputs: activations first, then weights.
	Forward(out []T, in ...[]T) Call
	// Backward takes the inputs again and the gradient of out. It fills dx, unless that is nil, with the gradient of
	// the first input, and adds those of the weights to dw.
	Backward(dx []T, dw [][]T, dy []T, in ...[]T) Call
}

// Call is an operation on fixed operands, as its device's Record takes it: a func() of the CPU, launches of others.
type Call any

// Spec says what an operation does, and how. Each has a file of its own: what it means, the processor's loops, and the
// kernels of other devices.
type Spec[T kernel.Float] interface {
	// Out is the output's size: pixels, channels and lanes; that of none is zero.
	Out() Size
	// CPU makes the processor's loops.
	CPU() Kernel[T]
	// Launches are the kernels of a device that launches them.
	Launches() launch.Operation[T]
}

// Size is the extent of an activation, [Pixels][C][Row]; Batch of the Row lanes are in use.
type Size struct{ Pixels, C, Row, Batch int }

// Len is the number of elements.
func (s Size) Len() int { return s.Pixels * s.C * s.Row }

func (s Size) rows() kernel.Rows { return kernel.Rows{C: s.C, Row: s.Row} }

// window is the size of what slides over an activation gives.
func (s Size) window(c int, w kernel.Window) Size { return Size{w.OH * w.OW, c, s.Row, s.Batch} }

// Scalars are the numbers of a step that change from one step to the next, in device memory: everything else that a
// recorded step reads stays where and what it is. Their places in a slab of ScalarCount elements:
const (
	ScalarRow     = iota // the row of results and answers that this step writes; a float32 is exact to 2²⁴
	ScalarRate           // of learning (sgd), or the step's length with the bias of both moments in it (adam, adamw)
	ScalarEpsilon        // of adam and adamw, with the bias of the second moment in it
	ScalarApart          // adamw: the learning rate times the weight decay

	ScalarCount = launch.Unit
)

// A row of results has ResultCount numbers.
const (
	ResultLoss    = iota // mean cross entropy of a batch
	ResultCorrect        // right answers
	ResultNorm           // of all gradients, before they are clipped

	ResultCount = 4
)

// row is the row of results or answers that this step writes.
func row[T kernel.Float](scalars []T) int { return int(scalars[ScalarRow]) }
