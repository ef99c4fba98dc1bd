//go:build native && (linux || darwin)

package opencl

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/training/device/gpu"
)

// function is one of OpenCL's, by its place in functions.
type function int

const (
	getPlatformIDs function = iota
	getPlatformInfo
	getDeviceIDs
	getDeviceInfo
	createContext
	releaseContext
	createCommandQueue
	releaseCommandQueue
	createBuffer
	releaseMemObject
	createProgramWithSource
	releaseProgram
	buildProgram
	getProgramBuildInfo
	createKernel
	releaseKernel
	setKernelArg
	flush
	finish
	enqueueReadBuffer
	enqueueWriteBuffer
	enqueueNDRangeKernel
	enqueueFillBuffer
	functionCount
)

// functions are what is needed of OpenCL 1.2, with their places in the table that a vendor's library hands to loaders
// (struct _cl_icd_dispatch in Khronos' cl_icd.h).
var functions = [functionCount]struct {
	name  string
	place int
}{
	getPlatformIDs: {"clGetPlatformIDs", 0}, getPlatformInfo: {"clGetPlatformInfo", 1},
	getDeviceIDs: {"clGetDeviceIDs", 2}, getDeviceInfo: {"clGetDeviceInfo", 3},
	createContext: {"clCreateContext", 4}, releaseContext: {"clReleaseContext", 7},
	createCommandQueue: {"clCreateCommandQueue", 9}, releaseCommandQueue: {"clReleaseCommandQueue", 11},
	createBuffer: {"clCreateBuffer", 14}, releaseMemObject: {"clReleaseMemObject", 18},
	createProgramWithSource: {"clCreateProgramWithSource", 26}, releaseProgram: {"clReleaseProgram", 29},
	buildProgram: {"clBuildProgram", 30}, getProgramBuildInfo: {"clGetProgramBuildInfo", 33},
	createKernel: {"clCreateKernel", 34}, releaseKernel: {"clReleaseKernel", 37}, setKernelArg: {"clSetKernelArg", 38},
	flush: {"clFlush", 46}, finish: {"clFinish", 47},
	enqueueReadBuffer: {"clEnqueueReadBuffer", 48}, enqueueWriteBuffer: {"clEnqueueWriteBuffer", 49},
	enqueueNDRangeKernel: {"clEnqueueNDRangeKernel", 59}, enqueueFillBuffer: {"clEnqueueFillBuffer", 102},
}

// table is a vendor's functions in the order of cl_icd.h, as far as OpenCL 1.2 needs them.
type table [103]uintptr

// library is the functions by address: calling an address costs no reflection.
type library [functionCount]uintptr

// call calls a function that returns an error code. The pragma keeps what the arguments point to alive, and in its
// place, until the function returns; it asks for the conversion to uintptr in the call's own argument list.
//
//go:uintptrescapes
func (l *library) call(f function, args ...uintptr) error {
	r, _, _ := purego.SyscallN(l[f], args...)
	if code := int32(r); code != 0 {
		return &Error{functions[f].name, code}
	}
	return nil
}

// create calls a function that returns an object; its last argument, the place of an error code, is added here.
//
//go:uintptrescapes
func (l *library) create(f function, args ...uintptr) (uintptr, error) {
	code := new(int32)
	var pins runtime.Pinner // the compiler keeps in its place what a call converts, and this is converted before it
	pins.Pin(code)
	defer pins.Unpin()
	object, _, _ := purego.SyscallN(l[f], append(args, uintptr(unsafe.Pointer(code)))...)
	switch {
	case *code != 0:
		return 0, &Error{functions[f].name, *code}
	case object == 0:
		return 0, fmt.Errorf("%s gave nothing", functions[f].name)
	}
	return object, nil
}

// mostAnswer is the longest answer that is read; an extension list has some kilobytes.
const mostAnswer = 1 << 20

// info is what an object answers to a question; nil where it does not.
func (l *library) info(f function, object uintptr, question uintptr) []byte {
	size := new(uintptr)
	if l.call(f, object, question, 0, 0, uintptr(unsafe.Pointer(size))) != nil || *size == 0 || *size > mostAnswer {
		return nil
	}
	b := make([]byte, *size)
	if l.call(f, object, question, uintptr(len(b)), uintptr(unsafe.Pointer(&b[0])), 0) != nil {
		return nil
	}
	return b
}

// mostListed is how many platforms, or devices of one, are looked at.
const mostListed = 64

// platform is a vendor's OpenCL, with the functions that serve it.
type platform struct {
	*library
	id uintptr
}

// vendorLibraries are the files of vendors whom no loader may have heard of: a container is often given the driver's
// library without the file in /etc/OpenCL/vendors that names it. Intel's and AMD's lie in folders of their own.
var vendorLibraries = []string{
	"libnvidia-opencl.so.1",
	"libamdocl64.so", "/opt/rocm/lib/libamdocl64.so",
	"/usr/lib/x86_64-linux-gnu/intel-opencl/libigdrcl.so", "/usr/lib64/intel-opencl/libigdrcl.so",
}

// Find lists the devices of this machine's OpenCL libraries, each once and in an order that does not change from one
// run to the next, and what gave none. The file that [Variable] names is the only one where it is set; else the loader
// is asked, and where that tells of no GPU, the vendors' own libraries.
func Find() ([]*Device, []Failure) {
	var f finder
	if path := os.Getenv(Variable); path != "" {
		f.open(path)
		return f.found, f.failed
	}
	if runtime.GOOS == "darwin" {
		f.open("/System/Library/Frameworks/OpenCL.framework/OpenCL")
		return f.found, f.failed
	}
	f.open("libOpenCL.so.1")
	for _, name := range vendorLibraries {
		if !slices.ContainsFunc(f.found, func(d *Device) bool { return d.GPU }) {
			f.open(name)
		}
	}
	return f.found, f.failed
}

// finder gathers what libraries tell.
type finder struct {
	found  []*Device
	failed []Failure
	seen   []uintptr // devices, usable or not: a loader and a vendor's file may both tell of one
}

// fail keeps a failure. A user's name of a file may have line feeds, or steer a terminal.
func (f *finder) fail(name string, err error) {
	f.failed = append(f.failed, Failure{words.Plain(name), err})
}

// open asks a library for its platforms, and those for their devices.
func (f *finder) open(name string) {
	platforms, err := platformsOf(name)
	if err == nil && len(platforms) == 0 {
		err = errors.New("it knows no platform")
	}
	if err != nil {
		f.fail(name, err)
		return
	}
	for _, p := range platforms {
		if err := f.devices(name, p); err != nil {
			f.fail(name, err)
		}
	}
}

// platformsOf opens a file. A loader, and many a vendor's library, has OpenCL's functions by name; a vendor's may have
// just the one that a loader asks for the platforms (the extension cl_khr_icd), whose first word is their table of
// functions. The file stays open until the program ends: drivers do not like to be let go.
func platformsOf(name string) ([]platform, error) {
	if cutOff(name) {
		return nil, errors.New("the file is cut off")
	}
	// What went wrong is kept by thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	file, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), name+": ")) // the name is told with it
	}
	l := new(library)
	for i, f := range functions {
		if l[i], err = purego.Dlsym(file, f.name); err == nil {
			continue
		}
		platforms, icd := platformsByTable(file)
		if icd != nil {
			return nil, fmt.Errorf("it has no %s, and as a vendor's library: %w", f.name, icd)
		}
		return platforms, nil
	}
	count, ids := new(uint32), new([mostListed]uintptr)
	if err := l.call(getPlatformIDs, mostListed, uintptr(unsafe.Pointer(ids)),
		uintptr(unsafe.Pointer(count))); err != nil {
		return nil, fmt.Errorf("it knows no platform: %w", err)
	}
	var platforms []platform
	for _, id := range ids[:min(*count, mostListed)] {
		platforms = append(platforms, platform{l, id})
	}
	return platforms, nil
}

// cutOff says whether the file at a path ends before what its program headers load of it. A system's loader looks at
// what is not there, and a signal then ends the process. A name that is no path is found by the loader, and one that is
// no 64-bit ELF file of this byte order is refused by it.
func cutOff(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || !strings.Contains(path, "/") {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var h elf.Header64
	if binary.Read(f, binary.NativeEndian, &h) != nil || elf.Class(h.Ident[elf.EI_CLASS]) != elf.ELFCLASS64 ||
		string(h.Ident[:len(elf.ELFMAG)]) != elf.ELFMAG || h.Phoff > uint64(info.Size()) {
		return false
	}
	headers := io.NewSectionReader(f, int64(h.Phoff), info.Size())
	for range h.Phnum {
		var p elf.Prog64
		if binary.Read(headers, binary.NativeEndian, &p) != nil {
			return false
		}
		if end := p.Off + p.Filesz; elf.ProgType(p.Type) == elf.PT_LOAD && (end < p.Off || end > uint64(info.Size())) {
			return true
		}
	}
	return false
}

// platformsByTable does what a loader does with a vendor's library.
func platformsByTable(file uintptr) ([]platform, error) {
	extension, err := purego.Dlsym(file, "clGetExtensionFunctionAddress")
	if err != nil {
		return nil, errors.New("it has no clGetExtensionFunctionAddress")
	}
	name := []byte("clIcdGetPlatformIDsKHR\x00")
	get, _, _ := purego.SyscallN(extension, uintptr(unsafe.Pointer(&name[0])))
	if get == 0 {
		return nil, errors.New("it has no clIcdGetPlatformIDsKHR")
	}
	count, objects := new(uint32), new([mostListed]*struct{ functions *table })
	r, _, _ := purego.SyscallN(get, mostListed, uintptr(unsafe.Pointer(objects)), uintptr(unsafe.Pointer(count)))
	if code := int32(r); code != 0 {
		return nil, &Error{"clIcdGetPlatformIDsKHR", code}
	}
	var platforms []platform
	for _, o := range objects[:min(*count, mostListed)] {
		if o == nil || o.functions == nil {
			return nil, errors.New("a platform of it has no table of functions")
		}
		l, id := new(library), uintptr(unsafe.Pointer(o))
		l[getPlatformInfo] = o.functions[functions[getPlatformInfo].place]
		// The table of an older version ends before the last function.
		if l[getPlatformInfo] == 0 || !atLeast12(text(l.info(getPlatformInfo, id, platformVersion))) {
			return nil, errOld
		}
		for i, f := range functions {
			if l[i] = o.functions[f.place]; l[i] == 0 && function(i) != getPlatformIDs {
				return nil, fmt.Errorf("its table lacks %s", f.name)
			}
		}
		platforms = append(platforms, platform{l, id})
	}
	return platforms, nil
}

var errOld = errors.New("it is older than OpenCL 1.2")

// Questions to platforms and devices (cl.h), and kinds of devices.
const (
	platformVersion, platformName = 0x0901, 0x0902

	deviceType, deviceGroup, deviceLargest  = 0x1000, 0x1004, 0x1010
	deviceSingle, deviceMemory, deviceLocal = 0x101B, 0x101F, 0x1023
	deviceAvailable, deviceCompiler         = 0x1027, 0x1028
	deviceName, deviceDriver, deviceVersion = 0x102B, 0x102D, 0x102F
	deviceDouble                            = 0x1032
	typeGPU, typeAll                        = 1 << 2, 0xFFFFFFFF
	roundsDivision                          = 1 << 7 // CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT
	buildLog, readWrite, contextPlatform    = 0x1183, 1, 0x1084
)

// devices adds the devices of a platform that can be used.
func (f *finder) devices(file string, p platform) error {
	name := text(p.info(getPlatformInfo, p.id, platformName))
	if !atLeast12(text(p.info(getPlatformInfo, p.id, platformVersion))) {
		return fmt.Errorf("platform %q: %w", name, errOld)
	}
	count, ids := new(uint32), new([mostListed]uintptr)
	if err := p.call(getDeviceIDs, p.id, typeAll, mostListed, uintptr(unsafe.Pointer(ids)),
		uintptr(unsafe.Pointer(count))); err != nil {
		return fmt.Errorf("platform %q has no device: %w", name, err)
	}
	for _, id := range ids[:min(*count, mostListed)] {
		if id == 0 || slices.Contains(f.seen, id) {
			continue
		}
		f.seen = append(f.seen, id)
		ask := func(question uintptr) []byte { return p.info(getDeviceInfo, id, question) }
		d := &Device{Name: text(ask(deviceName)), Driver: text(ask(deviceDriver)), Platform: name, Library: file,
			GPU:    number(ask(deviceType))&typeGPU != 0,
			Memory: number(ask(deviceMemory)), Largest: number(ask(deviceLargest))}
		d.open = func() (gpu.Driver, error) { return open(d, p, id) }
		var err error
		switch {
		case number(ask(deviceAvailable)) == 0:
			err = errors.New("it is not available")
		case number(ask(deviceCompiler)) == 0:
			err = errors.New("its driver has no compiler")
		case !atLeast12(text(ask(deviceVersion))):
			err = errOld
		}
		if err != nil {
			f.fail(file, fmt.Errorf("%s: %w", d.Name, err))
			continue
		}
		f.found = append(f.found, d)
	}
	return nil
}
