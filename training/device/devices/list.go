package devices

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/training/device/gpu"
	"github.com/amoeba-nas/amoeba/training/device/opencl"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Listing is what can be trained on here.
type Listing struct {
	Devices []Info    `json:"devices"`
	Failed  []Failure `json:"failed"`
}

// Info is a device as it is listed.
type Info struct {
	Name     string `json:"name"`               // what --device takes
	Kind     string `json:"kind"`               // CPU or GPU
	Device   string `json:"device"`             // its vendor's name; of cpu the instructions of its kernels
	Driver   string `json:"driver,omitempty"`   // its version
	Platform string `json:"platform,omitempty"` // the vendor's OpenCL
	Library  string `json:"library,omitempty"`  // file that told of it
	Cores    int    `json:"cores,omitempty"`    // of cpu
	Memory   int    `json:"memory"`             // bytes, of cpu those that are free; 0 where it is not known
	Room     int    `json:"room,omitempty"`     // bytes of it that networks share at most, by gpu.Room; not of cpu
}

// Failure is a library that was asked for devices and gave none, or not all.
type Failure struct {
	Library string `json:"library,omitempty"` // none where no library can be opened
	Why     string `json:"why"`
}

// List looks for all devices of this machine; the processor is the first. Whoever lists says how much of its memory is
// free.
func List(free int) *Listing {
	l := &Listing{Failed: []Failure{}, Devices: []Info{
		{Name: "cpu", Kind: "CPU", Device: kernel.Name(), Cores: runtime.NumCPU(), Memory: free}}}
	found, failed := opencl.Find()
	for i, d := range found {
		l.Devices = append(l.Devices, Info{Name: numbered(i), Kind: kindOf(d), Device: d.Name, Driver: d.Driver,
			Platform: d.Platform, Library: d.Library, Memory: d.Memory,
			Room: gpu.Room[float32](gpu.Limits{Memory: d.Memory, Largest: d.Largest})})
	}
	for _, f := range failed {
		l.Failed = append(l.Failed, Failure{f.Library, words.Line(f.Err)})
	}
	return l
}

// WriteText prints a line a device and, below, one a library that gave none.
func (l *Listing) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, d := range l.Devices {
		what := d.Device + ", driver " + d.Driver
		if d.Cores > 0 {
			what = number.Count(d.Cores, "core") + ", kernels " + d.Device
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", d.Name, d.Kind, what, d.memory())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i, f := range l.Failed {
		if i == 0 {
			fmt.Fprintln(w, "\nnot opened:")
		}
		library := f.Library
		if library == "" {
			library = "OpenCL"
		}
		if _, err := fmt.Fprintf(w, "%s: %s\n", library, f.Why); err != nil {
			return err
		}
	}
	return nil
}

// memory is a device's memory in words, if it is known.
func (d *Info) memory() string {
	inGiB := func(bytes int) string { return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30)) }
	text := inGiB(d.Memory)
	switch {
	case d.Memory == 0:
		return "memory not known"
	case d.Cores > 0:
		return text + " free"
	}
	return text + ", networks share " + inGiB(d.Room)
}
