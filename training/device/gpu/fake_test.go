package gpu

import (
	"bytes"
	"errors"
	"fmt"
	"unsafe"

	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/launch"
)

// fake is a driver without a device, for float32: it does what it is given as late as it may, and fails on demand.
type fake struct {
	limits   Limits
	refuses  string // what the compiler says
	room     int    // bytes of all buffers
	lazy     int    // bytes of a buffer that can be used; 0 for all: some drivers take memory at its first use
	breaksAt int    // the launch that fails, from 1
	breaks   error  // with
	late     bool   // it fails when the queue is waited for
	idle     bool   // nothing is done at all

	closed   bool
	open     int // buffers, kernels, programs and queues
	launches int
}

var roomy = Limits{Memory: 1 << 23, Largest: 1 << 22, Local: 1 << 16, Group: 1024}

// NewIdle is a driver that does nothing at once, with room for many networks.
func NewIdle() Driver {
	limits := roomy
	limits.Memory, limits.Largest, limits.Doubles = 1<<38, 1<<36, true // it is address space alone
	return &fake{limits: limits, idle: true}
}

// Recorded is the number of launches that a step was recorded with: before they were scheduled.
func Recorded(s device.Step) (n int) {
	for _, p := range s.(*step[float32]).parts {
		n += len(p.launches)
	}
	return n
}

func newFake() *fake { return &fake{limits: roomy, room: 1 << 26} }

type (
	fakeBuffer struct {
		d     *fake
		bytes []byte
	}
	fakeProgram struct{ d *fake }
	fakeKernel  struct {
		d            *fake
		name         string
		m            []float32
		tables, jobs []int32
		at           int32
	}
	fakeQueue struct {
		d    *fake
		todo []func()
		err  error
	}
)

var errLost = fmt.Errorf("fakeFinish: FAKE_OUT_OF_RESOURCES (-5): %w", device.ErrLost)

func (d *fake) Name() string   { return "Fake 1, driver 2" }
func (d *fake) Limits() Limits { return d.limits }
func (d *fake) Close() error   { d.closed = true; return nil }
func (d *fake) Build(string, []string) (Program, error) {
	if d.refuses != "" {
		return nil, errors.New(d.refuses)
	}
	d.open++
	return &fakeProgram{d}, nil
}
func (d *fake) Buffer(n int) (Buffer, error) {
	if d.idle {
		d.open++
		return &fakeBuffer{d: d}, nil
	}
	if n > d.room {
		return nil, errors.New("fakeCreateBuffer: FAKE_NO_ROOM (-4)")
	}
	d.room -= n
	d.open++
	return &fakeBuffer{d, bytes.Repeat([]byte{0xff}, n)}, nil // NaNs, and places far outside
}
func (d *fake) Queue() (Queue, error) {
	d.open++
	return &fakeQueue{d: d}, nil
}

func (b *fakeBuffer) Close() error {
	b.d.open--
	b.d.room += len(b.bytes)
	return nil
}
func (p *fakeProgram) Close() error { p.d.open--; return nil }
func (k *fakeKernel) Close() error  { k.d.open--; return nil }
func (q *fakeQueue) Close() error   { q.d.open--; return nil }

func as[E any](b []byte) []E {
	return unsafe.Slice((*E)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/sizeOf[E]())
}

func (p *fakeProgram) Kernel(name string, args ...any) (Kernel, error) {
	if fakeKernels[name] == nil && !p.d.idle {
		return nil, fmt.Errorf("no kernel %s", name)
	}
	p.d.open++
	if p.d.idle {
		return &fakeKernel{d: p.d}, nil
	}
	of := func(i int) []byte { return args[i].(*fakeBuffer).bytes }
	return &fakeKernel{p.d, name, as[float32](of(0)), as[int32](of(1)), as[int32](of(2)), args[3].(int32)}, nil
}

func (q *fakeQueue) Launch(k Kernel, groups, size int) error {
	q.d.launches++
	if q.d.idle {
		return nil
	}
	if q.d.launches == q.d.breaksAt {
		if !q.d.late {
			return q.d.breaks
		}
		q.err = q.d.breaks
	}
	q.todo = append(q.todo, func() {
		for g := range groups {
			k.(*fakeKernel).group(int32(g), size)
		}
	})
	return nil
}

// group is the prelude's BEGIN and a kernel.
func (k *fakeKernel) group(group int32, size int) {
	n, first, job := k.jobs[k.at], k.jobs[k.at+1:], 0
	for end := int(n); end-job > 1; {
		if half := (job + end) / 2; first[half] <= group {
			job = half
		} else {
			end = half
		}
	}
	row := first[int(n)+len(launch.Job{})*job:][:len(launch.Job{})]
	fakeKernels[k.name](k, row, int(group-first[job])*size, size)
}

func (q *fakeQueue) Write(dst Buffer, at int, src []byte) error {
	if q.d.idle {
		return nil
	}
	q.todo = append(q.todo, func() { copy(dst.(*fakeBuffer).bytes[at:], src) })
	return nil
}
func (q *fakeQueue) Fill(dst Buffer, at, n int) error {
	if lazy := q.d.lazy; lazy > 0 && len(dst.(*fakeBuffer).bytes) > lazy {
		return errors.New("fakeFill: FAKE_NO_ROOM (-4)")
	}
	if q.d.idle {
		return nil
	}
	q.todo = append(q.todo, func() { clear(dst.(*fakeBuffer).bytes[at:][:n]) })
	return nil
}
func (q *fakeQueue) Read(dst []byte, src Buffer, at int) error {
	if err := q.Wait(); err != nil {
		return err
	}
	copy(dst, src.(*fakeBuffer).bytes[at:])
	return nil
}
func (q *fakeQueue) Wait() error {
	for _, do := range q.todo {
		do()
	}
	q.todo = nil
	err := q.err
	q.err = nil
	return err
}

// fakeKernels do what kernels of these names do to the elements [from, from+size) of an operand.
var fakeKernels = map[string]func(k *fakeKernel, j []int32, from, size int){
	// out = a + b, of n elements
	"add": func(k *fakeKernel, j []int32, from, size int) {
		for i := from; i < min(from+size, int(j[3])); i++ {
			k.m[16*int(j[0])+i] = k.m[16*int(j[1])+i] + k.m[16*int(j[2])+i]
		}
	},
	// out = table[i mod length] · a
	"scale": func(k *fakeKernel, j []int32, from, size int) {
		for i := from; i < min(from+size, int(j[3])); i++ {
			k.m[16*int(j[0])+i] = float32(k.tables[int(j[2])+i%int(j[4])]) * k.m[16*int(j[1])+i]
		}
	},
}
