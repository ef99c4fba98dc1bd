// Package devices finds this machine's devices and opens them by the names that --device takes: cpu; gpu, the first
// GPU; and opencl:0, opencl:1 and so on, in the order in which they are listed.
package devices

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/gpu"
	"github.com/amoeba-nas/amoeba/training/device/opencl"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Help says what a device is called, for the text of an option.
const Help = "cpu, gpu (the first) or opencl:N (amoeba devices lists them)"

// numbered is the name of OpenCL's i-th device.
func numbered(i int) string { return prefix + strconv.Itoa(i) }

const prefix = "opencl:"

func kindOf(d *opencl.Device) string {
	if d.GPU {
		return "GPU"
	}
	return "CPU"
}

// Check says whether a text can be the name of a device, on whatever machine. The error wraps evolve.ErrUnknown or
// evolve.ErrInvalid.
func Check(name string) error {
	_, err := parse(name)
	return err
}

// parse gives the number of an OpenCL device, or -1 for another name.
func parse(name string) (int, error) {
	digits, is := strings.CutPrefix(name, prefix)
	if is {
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil || numbered(int(n)) != name {
			return 0, fmt.Errorf("device %q: want %sN, N a whole number from 0: %w", name, prefix, evolve.ErrInvalid)
		}
		return int(n), nil
	}
	if other := strings.TrimRight(name, "0123456789"); other != name && (other == "gpu" || other == "gpu:") {
		return 0, fmt.Errorf("device %q: gpu is the first GPU, others are %sN as amoeba devices lists them: %w", name,
			prefix, evolve.ErrUnknown)
	}
	if !slices.Contains([]string{"", "cpu", "gpu"}, name) {
		return 0, evolve.Unknown("device", name, []string{"cpu", "gpu", numbered(0)})
	}
	return -1, nil
}

// Open opens a device by name, once a process for all who ask; "" is the processor. The error says what was looked for
// and where. It wraps evolve.ErrUnsupported where there is no such device, evolve.ErrUnknown or evolve.ErrInvalid where
// there can be none of that name, and what package gpu says of a device that it cannot use.
func Open(name string) (device.Device[float32], error) {
	if Processor(name) {
		return device.CPU[float32](), nil
	}
	d, at, err := find(name)
	if err != nil {
		return nil, err
	}
	shared.Lock()
	defer shared.Unlock()
	if dev, ok := shared.opened[at]; ok {
		return dev, nil
	}
	dev, err := open[float32](name, d)
	if err != nil {
		return nil, err
	}
	shared.opened[at] = dev
	return dev, nil
}

// Alone opens a device that is not the processor for its caller alone, who closes it. Its errors are those of [Open].
func Alone[T kernel.Float](name string) (*gpu.Device[T], error) {
	d, _, err := find(name)
	if err != nil {
		return nil, err
	}
	return open[T](name, d)
}

// open makes a device of kernels for T over a driver.
func open[T kernel.Float](name string, d *opencl.Device) (dev *gpu.Device[T], err error) {
	driver, err := d.Open()
	if err == nil {
		dev, err = gpu.Open[T](driver) // which closes it where that fails
	}
	if err != nil {
		return nil, fmt.Errorf("device %s: %w", name, err)
	}
	return dev, nil
}

// place is a device's number, and the library that told of it: another library has other devices.
type place struct {
	library string
	number  int
}

var shared = struct {
	sync.Mutex
	opened map[place]device.Device[float32]
}{opened: map[place]device.Device[float32]{}}

// Processor says whether a name is the processor's.
func Processor(name string) bool { return name == "" || name == "cpu" }

// find looks for the OpenCL device of a name.
func find(name string) (*opencl.Device, place, error) {
	if err := Check(name); err != nil {
		return nil, place{}, err
	}
	if Processor(name) {
		return nil, place{}, fmt.Errorf("device cpu is the processor: want another: %w", evolve.ErrUnsupported)
	}
	found, failed := opencl.Find()
	n, err := choose(name, found, failed)
	if err != nil {
		return nil, place{}, err
	}
	return found[n], place{found[n].Library, n}, nil
}

// choose is the number of the OpenCL device of a name, among those that were found.
func choose(name string, found []*opencl.Device, failed []opencl.Failure) (int, error) {
	n, err := parse(name)
	if err != nil {
		return 0, err
	}
	if n < 0 {
		n = slices.IndexFunc(found, func(d *opencl.Device) bool { return d.GPU })
	}
	if n >= 0 && n < len(found) {
		return n, nil
	}
	var said []string
	for i, d := range found {
		said = append(said, fmt.Sprintf("%s is %s, a %s", numbered(i), d.Name, kindOf(d)))
	}
	if len(failed) > 0 {
		said = append(said, opencl.Missing(failed))
	}
	tag := slices.ContainsFunc(failed, func(f opencl.Failure) bool { return errors.Is(f.Err, opencl.ErrBuild) })
	if len(found) == 0 && !tag {
		said = append(said, "install a driver, or name its file in "+opencl.Variable)
	}
	return 0, fmt.Errorf("no device %s: %s: %w", name, strings.Join(said, "; "), evolve.ErrUnsupported)
}
