//go:build native && (linux || darwin)

package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/training/device/opencl"
)

// openCL skips where no device is found, unless one is wanted.
func openCL(t *testing.T) {
	t.Helper()
	found, failed := opencl.Find()
	switch {
	case len(found) > 0:
		if os.Getenv("POCL_CACHE_DIR") == "" { // which is the user's folder, and compiling takes most of the time
			t.Setenv("POCL_CACHE_DIR", filepath.Join(os.TempDir(), "amoeba-pocl"))
		}
	case os.Getenv("AMOEBA_WANT_OPENCL") == "1":
		t.Fatalf("no OpenCL: %s", opencl.Missing(failed))
	default:
		t.Skipf("no OpenCL: %s", opencl.Missing(failed))
	}
}

// says runs a command and gives its status and what it printed.
func says(args ...string) (code int, out, errs string) {
	var o, e strings.Builder
	code = run(args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func TestOpenCLDevices(t *testing.T) {
	openCL(t)
	code, out, errs := says("devices")
	lines := strings.Split(out, "\n")
	if code != 0 || errs != "" || !strings.HasPrefix(lines[0], "cpu ") ||
		!regexp.MustCompile(`^opencl:0  (CPU|GPU)  .+, driver .+  [0-9.]+ GiB, networks share [0-9.]+ GiB$`).MatchString(lines[1]) {
		t.Errorf("status %d\n%s%s", code, out, errs)
	}
	code, out, errs = says("devices", "--json")
	var l struct {
		Devices []struct{ Name, Kind, Device, Driver, Platform, Library string }
	}
	if err := json.Unmarshal([]byte(out), &l); err != nil || code != 0 || errs != "" || len(l.Devices) < 2 {
		t.Fatalf("status %d, %v\n%s%s", code, err, out, errs)
	}
	for i, d := range l.Devices[1:] {
		if d.Name != "opencl:"+string(rune('0'+i)) || d.Device == "" || d.Driver == "" || d.Library == "" {
			t.Errorf("%+v", d)
		}
	}
}

func TestOpenCLCheck(t *testing.T) {
	openCL(t)
	code, out, errs := says("devices", "--check", "opencl:0", "--rounds", "1")
	if code != 0 || errs != "" || !regexp.MustCompile(
		`(?s)^float32 on .*\nconv +forward .*[0-9]+ comparisons, 0 failed\n\nfloat64 .*`).MatchString(out) {
		t.Errorf("status %d\n%s%s", code, out, errs)
	}
	code, out, errs = says("devices", "--check", "cpu")
	if want := "amoeba: device cpu is the processor: want another\n"; code != exitError || out != "" || errs != want {
		t.Errorf("status %d, %s%s", code, out, errs)
	}
}

// A network is trained, tested and made a table of on a device, which all say so; the processor finds the same of its
// weights.
func TestOpenCLTrain(t *testing.T) {
	openCL(t)
	t.Chdir(t.TempDir())
	if code, _, errs := says("train", "301003", "--device", "opencl:0", "-F", "2", "--images", "256", "--epochs", "2", "--batch",
		"32", "--out", "t", "--quiet"); code != 0 || errs != "" {
		t.Fatalf("status %d, %s", code, errs)
	}
	type examined struct {
		Device  string
		Loss    float64
		Correct int
		Images  int
	}
	on := map[string]examined{}
	for _, device := range []string{"cpu", "opencl:0"} {
		code, out, errs := says("eval", "t/seed-1/last.ckpt", "--device", device, "--json")
		var e examined
		if err := json.Unmarshal([]byte(out), &e); code != 0 || err != nil {
			t.Fatalf("status %d, %v, %s%s", code, err, out, errs)
		}
		on[device] = e
	}
	cpu, cl := on["cpu"], on["opencl:0"]
	found, _ := opencl.Find()
	if cpu.Device != "cpu" || !strings.HasPrefix(cl.Device, found[0].Title()+", kernels ") {
		t.Errorf("tested on %q and on %q", cpu.Device, cl.Device)
	}
	// The networks' numbers are float32's, of some thirty operations.
	if d := math.Abs(cpu.Loss - cl.Loss); !(cpu.Loss > 0.5) || d > 1e-4 || cpu.Images != cl.Images || cpu.Correct == 0 ||
		max(cpu.Correct, cl.Correct)-min(cpu.Correct, cl.Correct) > 1 {
		t.Errorf("cpu %+v, opencl:0 %+v", cpu, cl)
	}
	var e struct {
		Loss float64 `json:"val_loss"`
	}
	first, _, _ := strings.Cut(read(t, "t/seed-1/epochs.jsonl"), "\n")
	if err := json.Unmarshal([]byte(first), &e); err != nil || !(e.Loss > 0.5) {
		t.Errorf("first epoch: %v, %s", err, first)
	}
	if code, _, errs := says("table", "build", "--cells", "sample=2", "--epochs", "1", "--F", "2", "--seeds", "1", "--batch", "512",
		"--device", "opencl:0", "--out", "b"); code != 0 || !strings.Contains(read(t, "b/table.json"), found[0].Driver) {
		t.Errorf("status %d, %s%s", code, errs, read(t, "b/table.json"))
	}
}

// What is asked for and absent is an error, before anything is written, that says what was looked for.
func TestOpenCLAbsent(t *testing.T) {
	openCL(t)
	found, _ := opencl.Find()
	out := filepath.Join(t.TempDir(), "t")
	refused := func(device, want string) {
		t.Helper()
		code, printed, errs := says("train", "301003", "--epochs", "1", "--out", out, "--quiet", "--device", device)
		if code != exitError || printed != "" || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, want) {
			t.Errorf("%s: status %d, %s%s, want %s", device, code, printed, errs, want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: there is a folder", device)
		}
	}
	refused("opencl:60", "amoeba: no device opencl:60: opencl:0 is "+found[0].Name+", a ")
	if !slices.ContainsFunc(found, func(d *opencl.Device) bool { return d.GPU }) {
		refused("gpu", "amoeba: no device gpu: opencl:0 is "+found[0].Name+", a CPU; tried libnvidia-opencl.so.1, ")
	}
	none := filepath.Join(t.TempDir(), "libnone.so")
	t.Setenv(opencl.Variable, none)
	refused("gpu", "amoeba: no device gpu: tried "+none+" (")
	refused("opencl:0", "amoeba: no device opencl:0: tried "+none+" (")
}

// A container often has a driver's file and nothing that names it to a loader: the file alone is enough.
func TestOpenCLWithoutLoader(t *testing.T) {
	openCL(t)
	devices := func(set ...string) string {
		c := amoeba(t, t.TempDir(), "devices")
		c.Env = append(os.Environ(), append(set, "OCL_ICD_VENDORS="+t.TempDir())...) // a folder that names no driver
		text, err := c.CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s", err, text)
		}
		return string(text)
	}
	const none = "libOpenCL.so.1: it knows no platform: clGetPlatformIDs: CL_PLATFORM_NOT_FOUND_KHR (-1001)\n"
	if text := devices(); !strings.Contains(text, none) {
		t.Errorf("a loader that knows of no driver: %s", text)
	}
	found, _ := opencl.Find()
	if !strings.HasPrefix(found[0].Name, "pthread") { // PoCL's
		t.Skipf("%s is not PoCL's device", found[0].Name)
	}
	text := devices(opencl.Variable + "=libpocl.so.2")
	if !strings.Contains(text, "\nopencl:0  CPU  "+found[0].Title()+"  ") || strings.Contains(text, "not opened") {
		t.Errorf("PoCL's file alone: %s", text)
	}
}

// A device that trains no paths of a supernet is refused in one line, before there is a folder.
func TestOpenCLSupernet(t *testing.T) {
	openCL(t)
	dir := filepath.Join(t.TempDir(), "out")
	code, out, errs := says("search", "--benchmark", "oneshot:digits,device=opencl:0", "--algo", "rsws", "--out", dir)
	if code == 0 || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "cannot train a path") {
		t.Errorf("status %d\n%s%s", code, out, errs)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder of what was refused: %v", err)
	}
}
