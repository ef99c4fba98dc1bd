//go:build native && (linux || darwin)

package opencl

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/gpu"
)

// PoCL keeps what it compiled; a test leaves nothing in the user's folder.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "pocl")
	if err != nil {
		panic(err)
	}
	os.Setenv("POCL_CACHE_DIR", dir)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// ways are how a library is found: by a loader, and PoCL's own file without one.
var ways = map[string]string{"loader": "", "vendor's library alone": "libpocl.so.2"}

// each runs a test on the first device of each way.
func each(t *testing.T, test func(t *testing.T, d gpu.Driver)) {
	for name, library := range ways {
		t.Run(name, func(t *testing.T) {
			if library != "" {
				t.Setenv(Variable, library)
			}
			found, failed := Find()
			if len(found) == 0 {
				missing(t, failed)
			}
			d, err := found[0].Open()
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			test(t, d)
		})
	}
}

// missing skips, or fails where a device is wanted.
func missing(t *testing.T, failed []Failure) {
	if os.Getenv("AMOEBA_WANT_OPENCL") == "1" {
		t.Fatalf("no OpenCL: %s", Missing(failed))
	}
	t.Skipf("no OpenCL: %s", Missing(failed))
}

const source = `
kernel void add(global T *x, global const int *table, int at, int by) {
	int i = get_global_id(0);
	x[16 * at + i] += table[i] + by;
}`

func TestDriver(t *testing.T) {
	each(t, func(t *testing.T, d gpu.Driver) {
		l := d.Limits()
		if l.Memory < 1<<26 || l.Largest < 1<<24 || l.Largest > l.Memory || l.Local < 1<<14 || l.Group < 64 {
			t.Errorf("limits %+v", l)
		}
		if !strings.Contains(d.Name(), ", driver ") {
			t.Errorf("name %q", d.Name())
		}
		p, err := d.Build(source, []string{"-DT=float"})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		x, table := newBuffer(t, d, 4*128), newBuffer(t, d, 4*64)
		q, err := d.Queue()
		if err != nil {
			t.Fatal(err)
		}
		defer q.Close()
		k, err := p.Kernel("add", x, table, int32(4), int32(-3))
		if err != nil {
			t.Fatal(err)
		}
		defer k.Close()
		var numbers []byte
		for i := range 64 {
			numbers = binary.NativeEndian.AppendUint32(numbers, uint32(i*i))
		}
		const launches = 100 // enough to be flushed on the way
		errs := []error{q.Fill(x, 0, 4*128), q.Write(table, 0, numbers), q.Fill(table, 4*63, 4)}
		for range launches {
			errs = append(errs, q.Launch(k, 4, 16))
		}
		got := make([]byte, 4*64)
		if err := errors.Join(append(errs, q.Launch(k, 0, 16), q.Read(got, x, 4*64))...); err != nil {
			t.Fatal(err)
		}
		floats := make([]float32, 64)
		if err := binary.Read(bytes.NewReader(got), binary.NativeEndian, floats); err != nil {
			t.Fatal(err)
		}
		for i, v := range floats {
			want := float32(launches * (i*i - 3))
			if i == 63 {
				want = launches * -3 // zeros were written over the last number
			}
			if v != want {
				t.Errorf("element %d: %g, want %g", i, v, want)
			}
		}
		if err := q.Read(got, x, 0); err != nil || !bytes.Equal(got, make([]byte, 4*64)) {
			t.Errorf("what the kernel does not reach: %v, %v", got, err)
		}
		if err := errors.Join(q.Write(x, 0, nil), q.Fill(x, 0, 0), q.Read(nil, x, 0), q.Wait()); err != nil {
			t.Error(err)
		}
	})
}

func newBuffer(t *testing.T, d gpu.Driver, bytes int) gpu.Buffer {
	t.Helper()
	b, err := d.Buffer(bytes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, d gpu.Driver) {
		_, err := d.Build("kernel void broken(global float *x) { x[0] = unheard_of(1); }", nil)
		refuses(t, "a source with a mistake", err, "clBuildProgram: CL_BUILD_PROGRAM_FAILURE (-11)\n", "unheard_of")
		p, err := d.Build(source, []string{"-DT=float"})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		_, err = p.Kernel("subtract")
		refuses(t, "an unknown kernel", err, "CL_INVALID_KERNEL_NAME (-46)")
		_, err = p.Kernel("add", 1.5)
		refuses(t, "an argument of another type", err, "argument 0", "float64")
		_, err = p.Kernel("add", int32(1))
		refuses(t, "a number for a buffer", err, "argument 0", "CL_INVALID_")
		for _, bytes := range []int{-1, 0, d.Limits().Largest + 1} {
			_, err = d.Buffer(bytes)
			refuses(t, "a buffer", err, fmt.Sprint(bytes), fmt.Sprint(d.Limits().Largest))
		}
		q, err := d.Queue()
		if err != nil {
			t.Fatal(err)
		}
		defer q.Close()
		b := newBuffer(t, d, 64)
		refuses(t, "a write beyond the end", q.Write(b, 60, make([]byte, 8)), "clEnqueueWriteBuffer")
		refuses(t, "a read beyond the end", q.Read(make([]byte, 8), b, 60), "clEnqueueReadBuffer")
		refuses(t, "zeros beyond the end", q.Fill(b, 60, 8), "clEnqueueFillBuffer")
		k, err := p.Kernel("add", b, b, int32(0), int32(0))
		if err != nil {
			t.Fatal(err)
		}
		defer k.Close()
		refuses(t, "a group that is too large", q.Launch(k, 1, 1<<20), "CL_INVALID_WORK_")
		refuses(t, "no group", q.Launch(k, -1, 16), "-1 groups of 16")
		if err := q.Wait(); err != nil {
			t.Errorf("after all refusals: %v", err)
		}
	})
}

func refuses(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	if err == nil || errors.Is(err, device.ErrLost) {
		t.Errorf("%s: %v", what, err)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: %q lacks %q", what, err, w)
		}
	}
}

// An error that says that the device is gone is told as such, whatever call brings it.
func TestLost(t *testing.T) {
	var q queue
	for code, want := range map[int32]bool{-5: true, -36: true, -9999: true, -4: false, -54: false} {
		err := q.fault(&Error{"clFinish", code})
		if errors.Is(err, device.ErrLost) != want {
			t.Errorf("%v", err)
		}
	}
	const want = "clFinish: CL_OUT_OF_RESOURCES (-5): the device is lost"
	if got := q.fault(&Error{"clFinish", -5}).Error(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWaitVariable(t *testing.T) {
	t.Setenv(WaitVariable, "1")
	each(t, func(t *testing.T, d gpu.Driver) {
		q, err := d.Queue()
		if err != nil {
			t.Fatal(err)
		}
		defer q.Close()
		if !q.(*queue).wait {
			t.Error("launches are not waited for")
		}
		p, err := d.Build(source, []string{"-DT=float"})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		x, table := newBuffer(t, d, 64), newBuffer(t, d, 64)
		k, err := p.Kernel("add", x, table, int32(0), int32(1))
		if err != nil {
			t.Fatal(err)
		}
		defer k.Close()
		got := make([]byte, 4)
		err = errors.Join(q.Fill(x, 0, 64), q.Fill(table, 0, 64), q.Launch(k, 1, 16), q.Read(got, x, 0))
		if err != nil || !bytes.Equal(got, []byte{0, 0, 0x80, 0x3f}) {
			t.Errorf("%v, %v: want 1", got, err)
		}
	})
}

func TestFind(t *testing.T) {
	found, failed := Find()
	if len(found) == 0 {
		missing(t, failed)
	}
	for _, d := range found {
		if d.Name == "" || d.Driver == "" || d.Platform == "" || d.Library == "" || d.Memory == 0 {
			t.Errorf("%+v", d)
		}
	}
	again, _ := Find()
	for i, d := range again {
		if d.Title() != found[i].Title() {
			t.Errorf("device %d was %s and is %s", i, found[i].Title(), d.Title())
		}
	}
	// The loader told of no GPU, so that the vendors' files were looked for.
	if !found[0].GPU && len(failed) == 0 {
		t.Error("nobody asked for the vendors' libraries")
	}
}

// A device that two libraries tell of is listed once.
func TestFindOnce(t *testing.T) {
	var f finder
	f.open("libOpenCL.so.1")
	n := len(f.found)
	if n == 0 {
		missing(t, f.failed)
	}
	f.open("libpocl.so.2")
	f.open("libOpenCL.so.1")
	if len(f.found) != n {
		t.Errorf("%d devices, and %d once they were told again", n, len(f.found))
	}
}

// The one file that the variable names is opened and no other.
func TestVariable(t *testing.T) {
	notOpenCL := "libc.so.6"
	none := filepath.Join(t.TempDir(), "libnone.so")
	text := filepath.Join(t.TempDir(), "text.so")
	if err := os.WriteFile(text, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	const steers = "lib\n\x1b[2J.so"
	for path, want := range map[string]string{
		steers:    `tried lib\n\x1b[2J.so (cannot open shared object file: No such file or directory)`,
		none:      "tried " + none + " (cannot open shared object file: No such file or directory)",
		text:      "tried " + text + " (file too short)",
		notOpenCL: "tried libc.so.6 (it has no clGetPlatformIDs, and as a vendor's library: it has no clGetExtensionFunctionAddress)",
	} {
		t.Setenv(Variable, path)
		found, failed := Find()
		if len(found) != 0 || len(failed) != 1 || Missing(failed) != want {
			t.Errorf("%s: %v, %q, want %q", path, found, Missing(failed), want)
		}
	}
}

// A file that a copy or a download cut off is refused, where the system's loader would end the process by a signal.
func TestCutOff(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if cutOff(self) || cutOff(t.TempDir()) || cutOff("/dev/null") {
		t.Error("a whole file, a folder or a device is cut off")
	}
	cut := filepath.Join(t.TempDir(), "cut.so")
	for _, n := range []int{20_000, len(whole) / 2} {
		if err := os.WriteFile(cut, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(Variable, cut)
		if _, failed := Find(); len(failed) != 1 || Missing(failed) != "tried "+cut+" (the file is cut off)" {
			t.Errorf("%d bytes: %q", n, Missing(failed))
		}
	}
	for n := range 300 { // the headers themselves are cut: the loader refuses what it cannot read
		if err := os.WriteFile(cut, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, failed := Find(); len(failed) != 1 {
			t.Errorf("%d bytes: %v", n, failed)
		}
	}
}
