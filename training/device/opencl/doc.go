// Package opencl is the driver of package gpu for OpenCL 1.2 (Khronos, "The OpenCL Specification", version 1.2), whose
// library it opens when it is asked for devices: the program is built without C, and runs where no such library is.
// Only a build with the tag native can open one.
package opencl

import (
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/training/device/gpu"
)

// ErrBuild is the failure of a build without the tag.
var ErrBuild = fmt.Errorf("this build opens no OpenCL: "+
	"build with go build -tags native ./cmd/amoeba (Linux or macOS): %w", evolve.ErrUnsupported)

// Variable names the one file that is opened as OpenCL's library: a loader or a vendor's own.
const Variable = "AMOEBA_OPENCL"

// WaitVariable is set to 1 to wait after each launch, so that an error is told of the launch that made it: a device
// otherwise tells of it with a later call, if it says more than that it is lost.
const WaitVariable = "AMOEBA_OPENCL_WAIT"

// Device is a device that a library told of.
type Device struct {
	Name     string // by its vendor, such as "NVIDIA H200"
	Driver   string // version of the driver
	Platform string // the vendor's OpenCL, such as "NVIDIA CUDA"
	Library  string // file that told of it
	GPU      bool   // by its own word
	Memory   int    // bytes, all of it
	Largest  int    // bytes of a buffer

	open func() (gpu.Driver, error)
}

// Open makes the device ready.
func (d *Device) Open() (gpu.Driver, error) { return d.open() }

// Title is the device with its driver, in which results may differ in their last digits.
func (d *Device) Title() string { return d.Name + ", driver " + d.Driver }

// Failure is why a library, or a part of one, gave no device; with no library, why none was looked for.
type Failure struct {
	Library string
	Err     error
}

// Missing says what was looked for and where, of failures that left nothing to open. Libraries that failed in one way
// are told together.
func Missing(failed []Failure) string {
	var whys []string
	libraries := map[string][]string{}
	for _, f := range failed {
		why := words.Line(f.Err)
		if f.Library == "" {
			return why
		}
		if libraries[why] == nil {
			whys = append(whys, why)
		}
		libraries[why] = append(libraries[why], f.Library)
	}
	for i, why := range whys {
		whys[i] = strings.Join(libraries[why], ", ") + " (" + why + ")"
	}
	return "tried " + strings.Join(whys, "; ")
}

// Error is a call that failed.
type Error struct {
	Call string
	Code int32
}

func (e *Error) Error() string { return e.Call + ": " + codeName(e.Code) }

// codeName is OpenCL's name of an error code, with its number.
func codeName(code int32) string {
	name, ok := codes[code]
	if !ok {
		name = "an error that OpenCL 1.2 does not name"
	}
	return fmt.Sprintf("%s (%d)", name, code)
}

// codes are the errors of OpenCL 1.2 (cl.h), of its loaders (cl_ext.h), and the one that NVIDIA's driver gives for an
// access outside a buffer.
var codes = map[int32]string{
	-1: "CL_DEVICE_NOT_FOUND", -2: "CL_DEVICE_NOT_AVAILABLE", -3: "CL_COMPILER_NOT_AVAILABLE",
	-4: "CL_MEM_OBJECT_ALLOCATION_FAILURE", -5: "CL_OUT_OF_RESOURCES", -6: "CL_OUT_OF_HOST_MEMORY",
	-7: "CL_PROFILING_INFO_NOT_AVAILABLE", -8: "CL_MEM_COPY_OVERLAP", -9: "CL_IMAGE_FORMAT_MISMATCH",
	-10: "CL_IMAGE_FORMAT_NOT_SUPPORTED", -11: "CL_BUILD_PROGRAM_FAILURE", -12: "CL_MAP_FAILURE",
	-13: "CL_MISALIGNED_SUB_BUFFER_OFFSET", -14: "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
	-15: "CL_COMPILE_PROGRAM_FAILURE", -16: "CL_LINKER_NOT_AVAILABLE", -17: "CL_LINK_PROGRAM_FAILURE",
	-18: "CL_DEVICE_PARTITION_FAILED", -19: "CL_KERNEL_ARG_INFO_NOT_AVAILABLE",
	-30: "CL_INVALID_VALUE", -31: "CL_INVALID_DEVICE_TYPE", -32: "CL_INVALID_PLATFORM", -33: "CL_INVALID_DEVICE",
	-34: "CL_INVALID_CONTEXT", -35: "CL_INVALID_QUEUE_PROPERTIES", -36: "CL_INVALID_COMMAND_QUEUE",
	-37: "CL_INVALID_HOST_PTR", -38: "CL_INVALID_MEM_OBJECT", -39: "CL_INVALID_IMAGE_FORMAT_DESCRIPTOR",
	-40: "CL_INVALID_IMAGE_SIZE", -41: "CL_INVALID_SAMPLER", -42: "CL_INVALID_BINARY",
	-43: "CL_INVALID_BUILD_OPTIONS", -44: "CL_INVALID_PROGRAM", -45: "CL_INVALID_PROGRAM_EXECUTABLE",
	-46: "CL_INVALID_KERNEL_NAME", -47: "CL_INVALID_KERNEL_DEFINITION", -48: "CL_INVALID_KERNEL",
	-49: "CL_INVALID_ARG_INDEX", -50: "CL_INVALID_ARG_VALUE", -51: "CL_INVALID_ARG_SIZE",
	-52: "CL_INVALID_KERNEL_ARGS", -53: "CL_INVALID_WORK_DIMENSION", -54: "CL_INVALID_WORK_GROUP_SIZE",
	-55: "CL_INVALID_WORK_ITEM_SIZE", -56: "CL_INVALID_GLOBAL_OFFSET", -57: "CL_INVALID_EVENT_WAIT_LIST",
	-58: "CL_INVALID_EVENT", -59: "CL_INVALID_OPERATION", -60: "CL_INVALID_GL_OBJECT",
	-61: "CL_INVALID_BUFFER_SIZE", -62: "CL_INVALID_MIP_LEVEL", -63: "CL_INVALID_GLOBAL_WORK_SIZE",
	-64: "CL_INVALID_PROPERTY", -65: "CL_INVALID_IMAGE_DESCRIPTOR", -66: "CL_INVALID_COMPILER_OPTIONS",
	-67: "CL_INVALID_LINKER_OPTIONS", -68: "CL_INVALID_DEVICE_PARTITION_COUNT",
	-1001: "CL_PLATFORM_NOT_FOUND_KHR", -9999: "illegal read or write to a buffer",
}
