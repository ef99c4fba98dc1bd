package device

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/training/kernel"
)

// CPU is the processor; all share one store of memory.
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

// Take reuses the shortest slab that is long enough. Where none is, the longest is let go: a
// process that trains one network after another keeps one slab a worker, of the largest.
func (d *cpu[T]) Take(n int) []T {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, s := range d.free {
		if cap(s) >= n {
			d.free = slices.Delete(d.free, i, i+1)
			return s[:n]
		}
	}
	if k := len(d.free); k > 0 {
		d.free = d.free[:k-1]
	}
	return make([]T, n)
}

func (d *cpu[T]) Give(s []T) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i, _ := slices.BinarySearchFunc(d.free, cap(s), func(a []T, n int) int { return cap(a) - n })
	d.free = slices.Insert(d.free, i, s)
}

// Kernel makes an operation's loops for its shapes.
func (*cpu[T]) Kernel(s Spec) Kernel[T] {
	switch s := s.(type) {
	case Conv:
		if s.Depthwise {
			return newDepth[T](s)
		}
		return newConv[T](s)
	case BatchNorm[T]:
		return newNorm(s)
	case ReLU:
		return relu[T]{}
	case MaxPool:
		return newMaxPool[T](s)
	case AvgPool:
		return newAvgPool[T](s)
	case Sum:
		return sum[T]{}
	case Concat:
		return concat[T]{Concat: s}
	case Slice:
		return slice[T]{Slice: s}
	case Place:
		return place[T]{Place: s}
	case Zero:
		return zero[T]{}
	case Linear:
		return newLinear[T](s)
	case Dropout:
		return &dropout[T]{Dropout: s, mask: make([]T, maskLen(s))}
	case CrossEntropy:
		return &crossEntropy[T]{CrossEntropy: s}
	}
	panic(fmt.Sprintf("device: the cpu has no kernel for %T", s))
}

// floor is what a kernel raises its input to.
func floor[T kernel.Float](relu bool) T {
	if relu {
		return 0
	}
	return T(math.Inf(-1))
}
