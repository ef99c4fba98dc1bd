// Package gpu is a device of package device that runs kernels: its memory, tables and steps, over a driver.
package gpu

// Driver is a device as its vendor's library opens it. A method's error says which call failed, and wraps
// device.ErrLost where nothing on the device can be used any more.
type Driver interface {
	// Name is the device and its driver's version, as in "NVIDIA H200, driver 580.159".
	Name() string
	Limits() Limits
	// Build compiles kernels; the error holds the compiler's words.
	Build(source string, options []string) (Program, error)
	// Buffer is memory of any content.
	Buffer(bytes int) (Buffer, error)
	Queue() (Queue, error)
	Close() error
}

// Limits are what a device can do.
type Limits struct {
	Memory  int // bytes of the device
	Largest int // bytes of a buffer
	Local   int // bytes of local memory of a group
	Group   int // work-items of a group
	Doubles bool
	// Rounds says whether division and square roots of float32 can be asked to round correctly.
	Rounds bool
}

// Program is compiled kernels.
type Program interface {
	// Kernel is the function of a name with its arguments set, which are Buffers and int32s. One is made for each
	// launch, since setting arguments is not safe for several threads.
	Kernel(name string, args ...any) (Kernel, error)
	Close() error
}

// Kernel is a function with its arguments. Launches that are still queued may outlive its Close.
type Kernel interface{ Close() error }

// Buffer is memory of the device. Work that is still queued may outlive its Close.
type Buffer interface{ Close() error }

// Queue runs what it is given in its order, perhaps later: an error of a launch may come with a later call. It is not
// safe for several goroutines.
type Queue interface {
	// Launch runs so many groups of so many work-items.
	Launch(k Kernel, groups, size int) error
	// Write copies to a buffer. src must stay as it is until Wait returns.
	Write(dst Buffer, at int, src []byte) error
	// Read waits for all before it and copies from a buffer.
	Read(dst []byte, src Buffer, at int) error
	// Fill writes zeros.
	Fill(dst Buffer, at, bytes int) error
	// Wait returns when all is done.
	Wait() error
	Close() error
}
