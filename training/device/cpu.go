package device

import (
	"cmp"
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

func (*cpu[T]) Results(n int) ([]float64, error) { return make([]float64, n), nil }
func (*cpu[T]) GiveResults([]float64)            {}

func (*cpu[T]) Upload(dst, src []T) { copy(dst, src) }

func (*cpu[T]) Download(dst, src []T) error {
	copy(dst, src)
	return nil
}

func (*cpu[T]) Kernel(s Spec[T]) (Kernel[T], error) { return s.CPU(), nil }

func (*cpu[T]) Record(calls []Call) (Step, error) {
	s := &cpuStep{run: make([]func(), len(calls)), names: make([]string, len(calls))}
	for i, c := range calls {
		switch c := c.(type) {
		case func():
			s.run[i] = c
		case named:
			s.run[i], s.names[i] = c.run, c.name
		default:
			return nil, fmt.Errorf("call %d of a step is a %T, which the CPU does not run: %w", i+1, c,
				evolve.ErrInvalid)
		}
	}
	return s, nil
}

func (*cpu[T]) Join(steps ...Step) (Step, error) {
	all := &cpuStep{}
	for i, s := range steps {
		c, ok := s.(*cpuStep)
		if !ok {
			return nil, fmt.Errorf("step %d to join is a %T and not the CPU's: %w", i+1, s, evolve.ErrInvalid)
		}
		all.run, all.names = append(all.run, c.run...), append(all.names, c.names...)
	}
	return all, nil
}

func (*cpu[T]) Wait() error       { return nil }
func (*cpu[T]) Wide() (int, bool) { return 0, false }

// cpuStep is calls, one after another.
type cpuStep struct {
	run   []func()
	names []string
}

// Run returns a call's panic as an error: nothing in a network that was built should panic, and where something does,
// one training has failed and not the search around it.
func (s *cpuStep) Run() (err error) {
	at := 0
	defer func() {
		if p := recover(); p != nil {
			name := cmp.Or(s.names[at], fmt.Sprintf("call %d of %d", at+1, len(s.run)))
			err = fmt.Errorf("%s: %v: %w", name, p, evolve.ErrFailed)
		}
	}()
	for at = range s.run {
		s.run[at]()
	}
	return nil
}

func (s *cpuStep) Launches() int { return len(s.run) }
func (*cpuStep) Close() error    { return nil }

// named is a call of the CPU with the name of what it computes.
type named struct {
	name string
	run  func()
}

// Named says what a call computes, for the error of a panic. Calls of other devices are left as they are: their errors
// come late.
func Named(name string, c Call) Call {
	if run, ok := c.(func()); ok {
		return named{name, run}
	}
	return c
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
