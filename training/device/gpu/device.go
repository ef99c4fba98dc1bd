package gpu

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"unsafe"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Device is a device.Device over a driver. All its memory is one block, which it shares out itself; what it hands out
// are handles in address space that nobody may touch, as long as the block, so that where an operand lies is a
// subtraction. Everything goes through one queue, in order: memory that is given back may be taken again at once,
// since the zeros that Take writes come after the steps that used it.
//
// Errors that are told at once, as of a launch that is refused, are their caller's. One that is told late may be
// anybody's, and nothing in the block can be trusted after it: from then on every method that asks for something says
// that the device is lost.
type Device[T kernel.Float] struct {
	name    string
	driver  Driver
	program Program

	mu      sync.Mutex // of all below
	queue   Queue
	block   Buffer
	mapped  []byte
	handles []T // mapped, as elements
	memory  stretches
	tables  tables
	staging staging
	results map[*float64]*mirror[T]
	written []*mirror[T] // since the last Wait
	late    error        // the first since the last Wait
	lost    error
}

var _ device.Device[float32] = (*Device[float32])(nil)

const (
	// leastLocal is the local memory that kernels may use, which every device of OpenCL 1.2's full profile has.
	leastLocal = 32 << 10
	// leastBlock is less than the smallest network takes, and more than a driver refuses for want of small change.
	leastBlock = 1 << 20
)

// Open compiles the kernels for T and takes [Room], or as much of it as is free by halves. The driver is closed with
// the device, and where there is none. The error wraps evolve.ErrUnsupported where the device cannot run the kernels,
// device.ErrRoom where it has too little memory, and evolve.ErrFailed where its compiler refuses.
func Open[T kernel.Float](driver Driver) (*Device[T], error) {
	source := device.Source()
	d := &Device[T]{
		name:    fmt.Sprintf("%s, kernels %.8x", driver.Name(), sha256.Sum256([]byte(source))),
		driver:  driver,
		results: map[*float64]*mirror[T]{},
		tables:  tables{places: map[string]int{}},
	}
	if err := d.open(source); err != nil {
		_ = d.close() // the first error says more
		return nil, fmt.Errorf("%s: %w", driver.Name(), err)
	}
	return d, nil
}

// Room is how many bytes of a device networks of T share at most. They are one buffer, in which kernels find every
// number by its place: three quarters of the memory, where a buffer may be so large. Places are counted in int32.
func Room[T kernel.Float](can Limits) int {
	unit := launch.Unit * sizeOf[T]()
	return min(can.Largest, can.Memory/4*3, math.MaxInt32*unit) / unit * unit
}

// open compiles the kernels, makes the queue and takes all memory.
func (d *Device[T]) open(source string) (err error) {
	can, word := d.driver.Limits(), "float"
	if sizeOf[T]() == 8 {
		word = "double"
	}
	if word == "double" && !can.Doubles {
		return fmt.Errorf("no double precision: %w", evolve.ErrUnsupported)
	}
	if can.Group < launch.Group || can.Local < leastLocal {
		return fmt.Errorf("groups of %d items and %s of local memory, kernels need %d and %s: %w",
			can.Group, size(can.Local), launch.Group, size(leastLocal), evolve.ErrUnsupported)
	}
	if d.program, err = d.driver.Build(source, []string{"-DT=" + word}); err != nil {
		return fmt.Errorf("the kernels do not compile: %w: %w", refusal{err}, evolve.ErrFailed)
	}
	if d.queue, err = d.driver.Queue(); err != nil {
		return fmt.Errorf("%w: %w", err, evolve.ErrFailed)
	}
	if d.staging.memory, err = outside(stagingBytes); err != nil {
		return err
	}
	if err = d.growTables(0); err != nil { // before the block, which takes what it can get
		return err
	}
	unit := launch.Unit * sizeOf[T]()
	for bytes := Room[T](can); ; bytes = bytes / 2 / unit * unit {
		if bytes < leastBlock {
			if err == nil {
				err = fmt.Errorf("it has %s", size(can.Memory))
			}
			return fmt.Errorf("too little memory: %w: %w", err, device.ErrRoom)
		}
		if err = d.takeBlock(bytes); err == nil {
			break
		}
	}
	if d.mapped, err = reserve(d.memory.largest() * unit); err != nil {
		return err
	}
	d.handles = unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(d.mapped))), len(d.mapped)/sizeOf[T]())
	return nil
}

// takeBlock tries for so many bytes. Some drivers look for memory at its first use only.
func (d *Device[T]) takeBlock(bytes int) error {
	unit := launch.Unit * sizeOf[T]()
	b, err := d.driver.Buffer(bytes)
	if err != nil {
		return err
	}
	if err = d.queue.Fill(b, 0, unit); err == nil {
		err = d.queue.Wait()
	}
	if err != nil {
		_ = b.Close() // the first error says more
		return err
	}
	d.block, d.memory = b, newStretches(bytes/unit)
	return nil
}

// Name is the device, its driver and a digest of the kernels' text.
func (d *Device[T]) Name() string { return d.name }

// Wide holds: launches that do not need each other run at the same time. room is the longest stretch that is free.
func (d *Device[T]) Wide() (room int, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.memory.largest() * launch.Unit, true
}

// Take returns n zeros.
func (d *Device[T]) Take(n int) ([]T, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.take(n)
}

func (d *Device[T]) take(n int) ([]T, error) {
	if d.lost != nil || n <= 0 {
		return nil, d.lost
	}
	units, unit := (n+launch.Unit-1)/launch.Unit, launch.Unit*sizeOf[T]()
	at, ok := d.memory.take(units)
	if !ok {
		return nil, fmt.Errorf("%s: %s is wanted, and the longest free stretch is %s of the %s that networks share, "+
			"one buffer of the device's %s: %w", d.driver.Name(), size(units*unit), size(d.memory.largest()*unit),
			size(len(d.mapped)), size(d.driver.Limits().Memory), device.ErrRoom)
	}
	if err := d.queue.Fill(d.block, at*unit, units*unit); err != nil {
		d.memory.give(at)
		return nil, d.refused(err)
	}
	at *= launch.Unit
	return d.handles[at : at+n : at+n], nil
}

// Give takes back what Take returned. Steps that were run may still be queued; none may be run after.
func (d *Device[T]) Give(handle []T) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.give(handle)
}

func (d *Device[T]) give(handle []T) {
	if len(handle) == 0 {
		return
	}
	if at, ok := d.place(handle); !ok || !d.memory.give(at) {
		// A fault of the caller's, which would end in wrong numbers.
		panic("gpu: memory is given back that was not taken")
	}
}

// place is where a handle begins, in units, unless it is none of this device or begins within a unit.
func (d *Device[T]) place(handle []T) (units int, ok bool) {
	off := uintptr(unsafe.Pointer(unsafe.SliceData(handle))) - uintptr(unsafe.Pointer(unsafe.SliceData(d.handles)))
	unit := uintptr(launch.Unit * sizeOf[T]())
	return int(off / unit), off < uintptr(len(d.mapped)) && off%unit == 0
}

// byteOf is where a handle begins in the block.
func (d *Device[T]) byteOf(handle []T) int {
	return int(uintptr(unsafe.Pointer(unsafe.SliceData(handle))) - uintptr(unsafe.Pointer(unsafe.SliceData(d.handles))))
}

// holds says whether a handle is one of this device's, from wherever it begins.
func (d *Device[T]) holds(handle []T) bool {
	at := d.byteOf(handle)
	return at >= 0 && at <= len(d.mapped)-len(handle)*sizeOf[T]()
}

// Upload copies src into the device's dst.
func (d *Device[T]) Upload(dst, src []T) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := min(len(dst), len(src))
	if d.lost != nil || n == 0 {
		return
	}
	if !d.holds(dst[:n]) {
		d.fail(errForeign)
		return
	}
	_ = d.write(d.block, d.byteOf(dst), bytesOf(src[:n])) // Wait tells
}

// Download waits as Wait does, and copies the device's src into dst.
func (d *Device[T]) Download(dst, src []T) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := min(len(dst), len(src))
	if n > 0 && !d.holds(src[:n]) {
		return errForeign
	}
	if err := d.wait(); err != nil || n == 0 {
		return err
	}
	if err := d.queue.Read(bytesOf(dst[:n]), d.block, d.byteOf(src)); err != nil {
		return d.lose(err)
	}
	return nil
}

// Wait returns when all is done and results are right, with the first error since the last Wait.
func (d *Device[T]) Wait() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.wait()
}

func (d *Device[T]) wait() error {
	if d.lost == nil {
		err := d.queue.Wait()
		d.staging.used = 0
		if err == nil {
			err = d.collect()
		}
		if err != nil {
			_ = d.lose(err)
		}
	}
	err := d.late
	if d.late = nil; err == nil {
		err = d.lost
	}
	return err
}

// write copies src to a buffer by way of the staging memory. An error may be of what was queued before.
func (d *Device[T]) write(dst Buffer, at int, src []byte) error {
	if err := d.staging.write(d.queue, dst, at, src); err != nil {
		return d.lose(err)
	}
	return nil
}

// fail keeps an error for the next Wait.
func (d *Device[T]) fail(err error) {
	if d.late == nil {
		d.late = err
	}
}

// refused is the error of a call that the driver refused at once.
func (d *Device[T]) refused(err error) error {
	if errors.Is(err, device.ErrLost) {
		return d.lose(err)
	}
	return fmt.Errorf("%s: %w: %w", d.driver.Name(), err, evolve.ErrFailed)
}

// lose is what every method says from now on.
func (d *Device[T]) lose(err error) error {
	if d.lost == nil {
		if !errors.Is(err, device.ErrLost) {
			err = fmt.Errorf("%w: %w", err, device.ErrLost)
		}
		d.lost = fmt.Errorf("%s: %w", d.driver.Name(), err)
	}
	return d.lost
}

// Close gives everything back; steps are closed before.
func (d *Device[T]) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.close()
}

func (d *Device[T]) close() error {
	var errs []error
	if d.queue != nil {
		errs = append(errs, d.queue.Wait(), d.queue.Close()) // what is queued reads memory that is given back below
	}
	for _, b := range append(d.tables.buffers, d.block) {
		if b != nil {
			errs = append(errs, b.Close())
		}
	}
	if d.program != nil {
		errs = append(errs, d.program.Close())
	}
	for _, b := range [][]byte{d.mapped, d.staging.memory} {
		if b != nil {
			errs = append(errs, release(b))
		}
	}
	errs = append(errs, d.driver.Close())
	d.lost = fmt.Errorf("%s is closed: %w", d.driver.Name(), evolve.ErrUnsupported)
	return errors.Join(errs...)
}

// errForeign is a fault of the caller's, told before it ends in wrong numbers.
var errForeign = fmt.Errorf("an operand is no memory of the device, or does not begin at a multiple of %d elements: %w",
	launch.Unit, evolve.ErrInvalid)

// refusal is a compiler's error in one line, of the many that its log has; Unwrap gives all.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

func (r refusal) Error() string {
	first := ""
	for line := range strings.Lines(r.error.Error()) {
		if line = strings.TrimSpace(line); strings.Contains(line, "error") {
			return line
		} else if first == "" {
			first = line
		}
	}
	return first
}

func sizeOf[E any]() int {
	var e E
	return int(unsafe.Sizeof(e))
}

// bytesOf is the memory of a slice.
func bytesOf[E any](s []E) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*sizeOf[E]())
}

// size says bytes in binary units.
func size(bytes int) string {
	for _, u := range []struct {
		bytes int
		name  string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if bytes >= u.bytes {
			return fmt.Sprintf("%.4g %s", float64(bytes)/float64(u.bytes), u.name)
		}
	}
	return fmt.Sprintf("%d bytes", bytes)
}
