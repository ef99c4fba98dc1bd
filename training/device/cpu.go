package device

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// CPU is the processor; all share one store of memory. Its slices are ordinary memory, and a step is done when its Run
// returns.
func CPU[T kernel.Float]() Device[T] {
	var z T
	if _, ok := any(z).(float32); ok {
		return any(cpu32).(Device[T])
	}
	return any(cpu64).(Device[T])
}

var (
	cpu32 = &cpu[float32]{}
	cpu64 = &cpu[float64]{}
)

type cpu[T kernel.Float] struct {
	mu   sync.Mutex
	free [][]T // shortest first
}

func (*cpu[T]) Name() string { return kernel.Name() }

// pooled is the length from which a slab is kept for the next Take: 1 MiB of float32. Shorter ones are left to the
// garbage collector, which has room for them.
const pooled = 1 << 18

// Take reuses the shortest slab that is long enough, and at most twice as long. Where none is, one of the nearest
// length is let go: a process that trains one network after another keeps the slabs of one network a worker.
func (d *cpu[T]) Take(n int) ([]T, error) {
	if n < pooled {
		return make([]T, n), nil
	}
	if s := d.reuse(n); s != nil {
		clear(s)
		return s, nil
	}
	return make([]T, n), nil
}

func (d *cpu[T]) reuse(n int) []T {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := d.place(n)
	if i < len(d.free) && cap(d.free[i]) <= 2*n {
		s := d.free[i][:n]
		d.free = slices.Delete(d.free, i, i+1)
		return s
	}
	if len(d.free) > 0 {
		i = max(i-1, 0)
		d.free = slices.Delete(d.free, i, i+1)
	}
	return nil
}

// place is that of the first free slab with n elements or more.
func (d *cpu[T]) place(n int) int {
	i, _ := slices.BinarySearchFunc(d.free, n, func(s []T, n int) int { return cap(s) - n })
	return i
}

func (d *cpu[T]) Give(s []T) {
	if cap(s) < pooled {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.free = slices.Insert(d.free, d.place(cap(s)), s)
}

func (*cpu[T]) Results(n int) []float64 { return make([]float64, n) }
func (*cpu[T]) GiveResults([]float64)   {}

func (*cpu[T]) Upload(dst, src []T) { copy(dst, src) }

func (*cpu[T]) Download(dst, src []T) error {
	copy(dst, src)
	return nil
}

func (*cpu[T]) Kernel(s Spec[T]) (Kernel[T], error) { return s.CPU(), nil }

func (*cpu[T]) Record(calls []Call) (Step, error) {
	s := make(cpuStep, len(calls))
	for i, c := range calls {
		f, ok := c.(func())
		if !ok {
			return nil, fmt.Errorf("call %d of a step is a %T, which the CPU does not run: %w", i+1, c, evolve.ErrInvalid)
		}
		s[i] = f
	}
	return s, nil
}

func (*cpu[T]) Join(steps ...Step) (Step, error) {
	var all cpuStep
	for i, s := range steps {
		c, ok := s.(cpuStep)
		if !ok {
			return nil, fmt.Errorf("step %d to join is a %T and not the CPU's: %w", i+1, s, evolve.ErrInvalid)
		}
		all = append(all, c...)
	}
	return all, nil
}

func (*cpu[T]) Wait() error       { return nil }
func (*cpu[T]) Wide() (int, bool) { return 0, false }

// cpuStep is calls, one after another.
type cpuStep []func()

// Run returns a call's panic as an error: nothing in a network that was built should panic, and where something does,
// one training has failed and not the search around it.
func (s cpuStep) Run() (err error) {
	at := 0
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("call %d of %d: %v: %w", at+1, len(s), p, evolve.ErrFailed)
		}
	}()
	for at = range s {
		s[at]()
	}
	return nil
}

func (s cpuStep) Launches() int { return len(s) }
func (cpuStep) Close() error    { return nil }

// Named is a call whose panic names it. Calls of other devices are left as they are: their errors come late.
func Named(name string, c Call) Call {
	run, ok := c.(func())
	if !ok {
		return c
	}
	return func() {
		defer func() {
			if p := recover(); p != nil {
				panic(fmt.Sprintf("%s: %v", name, p))
			}
		}()
		run()
	}
}

// onHost is a kernel of the CPU: what it keeps is in Go's memory.
type onHost[T kernel.Float] struct{}

func (onHost[T]) Scratch() int { return 0 }
func (onHost[T]) Bind([]T)     {}

// forwardOnly is a kernel of the CPU whose gradient is another operation, or its own output.
type forwardOnly[T kernel.Float] struct{ onHost[T] }

func (forwardOnly[T]) Backward([]T, [][]T, []T, ...[]T) Call {
	panic("device: this operation's gradient is no kernel of its own")
}

// floor is what a kernel raises its input to.
func floor[T kernel.Float](relu bool) T {
	if relu {
		return 0
	}
	return T(math.Inf(-1))
}
