//go:build native && (linux || darwin)

package opencl

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"unsafe"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/gpu"
)

// driver is a device with a context of its own: devices of one context wait for each other with some drivers.
type driver struct {
	*library
	name    string
	id      uintptr
	context uintptr
	limits  gpu.Limits
}

// open makes a device of a platform ready.
func open(d *Device, p platform, id uintptr) (gpu.Driver, error) {
	ask := func(question uintptr) []byte { return p.info(getDeviceInfo, id, question) }
	o := &driver{library: p.library, name: d.Title(), id: id, limits: gpu.Limits{
		Memory: d.Memory, Largest: d.Largest, Local: number(ask(deviceLocal)),
		Group: number(ask(deviceGroup)), Doubles: number(ask(deviceDouble)) != 0,
		Rounds: number(ask(deviceSingle))&roundsDivision != 0,
	}}
	properties := &[...]uintptr{contextPlatform, p.id, 0}
	var err error
	if o.context, err = p.create(createContext, uintptr(unsafe.Pointer(properties)), 1, uintptr(unsafe.Pointer(&id)),
		0, 0); err != nil {
		return nil, fmt.Errorf("%s cannot be opened: %w: %w", d.Name, err, evolve.ErrUnsupported)
	}
	return o, nil
}

func (d *driver) Name() string       { return d.name }
func (d *driver) Limits() gpu.Limits { return d.limits }
func (d *driver) Close() error       { return d.call(releaseContext, d.context) }

// Build compiles OpenCL C 1.2, with division and square roots that round as the processor's do where the device can.
func (d *driver) Build(source string, options []string) (gpu.Program, error) {
	all := append([]string{"-cl-std=CL1.2"}, options...)
	if d.limits.Rounds {
		all = append(all, "-cl-fp32-correctly-rounded-divide-sqrt")
	}
	characters, opts := append([]byte(source), 0), append([]byte(strings.Join(all, " ")), 0)
	// The driver reads a list of texts: a pointer to a pointer, which Go keeps in its place only if told.
	first := new(*byte)
	*first = &characters[0]
	var pins runtime.Pinner
	pins.Pin(*first)
	defer pins.Unpin()
	id, err := d.create(createProgramWithSource, d.context, 1, uintptr(unsafe.Pointer(first)), 0)
	if err != nil {
		return nil, err
	}
	p := &program{d, id}
	device := d.id
	if err := d.call(buildProgram, id, 1, uintptr(unsafe.Pointer(&device)), uintptr(unsafe.Pointer(&opts[0])),
		0, 0); err != nil {
		said := d.buildLog(id)
		p.Close()
		return nil, fmt.Errorf("%w\n%s", err, said)
	}
	return p, nil
}

// buildLog is what the compiler said, line by line.
func (d *driver) buildLog(program uintptr) string {
	size := new(uintptr)
	if d.call(getProgramBuildInfo, program, d.id, buildLog, 0, 0, uintptr(unsafe.Pointer(size))) != nil ||
		*size == 0 || *size > mostAnswer {
		return ""
	}
	b := make([]byte, *size)
	if d.call(getProgramBuildInfo, program, d.id, buildLog, uintptr(len(b)), uintptr(unsafe.Pointer(&b[0])),
		0) != nil {
		return ""
	}
	return lines(b)
}

// Buffer asks for memory. A driver may take it only when it is first used: the error comes then with a later call.
func (d *driver) Buffer(bytes int) (gpu.Buffer, error) {
	if bytes <= 0 || bytes > d.limits.Largest {
		return nil, fmt.Errorf("a buffer of %d bytes: the device has none of more than %d", bytes, d.limits.Largest)
	}
	id, err := d.create(createBuffer, d.context, readWrite, uintptr(bytes), 0)
	if err != nil {
		return nil, fmt.Errorf("a buffer of %d bytes: %w", bytes, err)
	}
	return &buffer{d, id}, nil
}

type buffer struct {
	*driver
	id uintptr
}

func (b *buffer) Close() error { return b.call(releaseMemObject, b.id) }

type program struct {
	*driver
	id uintptr
}

func (p *program) Close() error { return p.call(releaseProgram, p.id) }

// Kernel sets the arguments once; the driver copies them.
func (p *program) Kernel(name string, args ...any) (gpu.Kernel, error) {
	text := append([]byte(name), 0)
	id, err := p.create(createKernel, p.id, uintptr(unsafe.Pointer(&text[0])))
	if err != nil {
		return nil, err
	}
	k := &kernel{p.driver, id}
	for i, arg := range args {
		if err := k.set(i, arg); err != nil {
			k.Close()
			return nil, fmt.Errorf("argument %d: %w", i, err)
		}
	}
	return k, nil
}

type kernel struct {
	*driver
	id uintptr
}

func (k *kernel) Close() error { return k.call(releaseKernel, k.id) }

func (k *kernel) set(i int, arg any) error {
	switch v := arg.(type) {
	case *buffer:
		return k.call(setKernelArg, k.id, uintptr(i), unsafe.Sizeof(v.id), uintptr(unsafe.Pointer(&v.id)))
	case int32:
		return k.call(setKernelArg, k.id, uintptr(i), unsafe.Sizeof(v), uintptr(unsafe.Pointer(&v)))
	}
	return fmt.Errorf("%T is neither a buffer of this driver nor an int32", arg)
}

// flushEvery is how many launches are queued before the device is told to begin: some drivers hand over nothing until
// they must. A few of them hide the call's cost, and delay a step of hundreds by little.
const flushEvery = 32

// queue runs in order.
type queue struct {
	*driver
	id            uintptr
	global, local uintptr // arguments of a launch, kept here so that a launch takes no memory
	zero          *uint32
	queued        int            // launches since the device was told to begin
	pins          runtime.Pinner // what writes still read
	wait          bool
}

func (d *driver) Queue() (gpu.Queue, error) {
	id, err := d.create(createCommandQueue, d.context, d.id, 0)
	if err != nil {
		return nil, err
	}
	return &queue{driver: d, id: id, zero: new(uint32), wait: os.Getenv(WaitVariable) == "1"}, nil
}

// lost says of an error code of a queue that the device, or all that was on it, is gone: what OpenCL names so, and
// what NVIDIA's driver gives from the first access outside a buffer on.
func lost(code int32) bool {
	switch code {
	case -2, -5, -14, -34, -36, -9999:
		return true
	}
	return false
}

// fault is the error of a call, of a device that is lost if it looks like it.
func (q *queue) fault(err error) error {
	if e := new(Error); errors.As(err, &e) && lost(e.Code) {
		return fmt.Errorf("%w: %w", err, device.ErrLost)
	}
	return err
}

func (q *queue) Launch(k gpu.Kernel, groups, size int) error {
	if groups == 0 {
		return nil
	}
	if groups < 0 || size <= 0 || groups > math.MaxInt/size {
		return fmt.Errorf("%d groups of %d work-items", groups, size)
	}
	q.global, q.local = uintptr(groups*size), uintptr(size)
	if err := q.call(enqueueNDRangeKernel, q.id, k.(*kernel).id, 1, 0, uintptr(unsafe.Pointer(&q.global)),
		uintptr(unsafe.Pointer(&q.local)), 0, 0, 0); err != nil {
		return q.launchFault(err)
	}
	if q.wait {
		if err := q.call(finish, q.id); err != nil {
			return q.fault(err)
		}
	}
	if q.queued++; q.queued >= flushEvery {
		q.queued = 0
		if err := q.call(flush, q.id); err != nil {
			return q.fault(err)
		}
	}
	return nil
}

// launchFault asks whether the device is lost or this launch alone is refused: a kernel that needs more registers or
// local memory than there are gives CL_OUT_OF_RESOURCES as well.
func (q *queue) launchFault(err error) error {
	if later := q.call(finish, q.id); later != nil {
		return q.fault(later)
	}
	return err
}

func (q *queue) Write(dst gpu.Buffer, at int, src []byte) error {
	if len(src) == 0 {
		return nil
	}
	q.pins.Pin(&src[0])
	if err := q.call(enqueueWriteBuffer, q.id, dst.(*buffer).id, 0, uintptr(at), uintptr(len(src)),
		uintptr(unsafe.Pointer(&src[0])), 0, 0, 0); err != nil {
		return q.fault(err)
	}
	return nil
}

func (q *queue) Read(dst []byte, src gpu.Buffer, at int) error {
	if len(dst) == 0 {
		return q.Wait()
	}
	err := q.call(enqueueReadBuffer, q.id, src.(*buffer).id, 1, uintptr(at), uintptr(len(dst)),
		uintptr(unsafe.Pointer(&dst[0])), 0, 0, 0)
	q.pins.Unpin() // all writes before it are done
	if err != nil {
		return q.fault(err)
	}
	return nil
}

// Fill writes zeros; the place and the length are multiples of 4 bytes.
func (q *queue) Fill(dst gpu.Buffer, at, bytes int) error {
	if bytes == 0 {
		return nil
	}
	if err := q.call(enqueueFillBuffer, q.id, dst.(*buffer).id, uintptr(unsafe.Pointer(q.zero)),
		unsafe.Sizeof(*q.zero), uintptr(at), uintptr(bytes), 0, 0, 0); err != nil {
		return q.fault(err)
	}
	return nil
}

func (q *queue) Wait() error {
	err := q.call(finish, q.id)
	q.pins.Unpin()
	q.queued = 0
	if err != nil {
		return q.fault(err)
	}
	return nil
}

func (q *queue) Close() error {
	err := q.Wait()
	return errors.Join(err, q.call(releaseCommandQueue, q.id))
}
