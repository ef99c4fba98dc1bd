package devices

import (
	"errors"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/opencl"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

func TestCheck(t *testing.T) {
	for _, name := range []string{"", "cpu", "gpu", "opencl:0", "opencl:12"} {
		if err := Check(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"gpus":         `device "gpus": did you mean "gpu"? (known: cpu, gpu, opencl:0)`,
		"gpu:1":        `device "gpu:1": gpu is the first GPU, others are opencl:N as amoeba devices lists them`,
		"gpu0":         `device "gpu0": gpu is the first GPU, others are opencl:N as amoeba devices lists them`,
		"tpu":          `device "tpu": did you mean "cpu"? (known: cpu, gpu, opencl:0)`,
		"cuda":         `device "cuda" (known: cpu, gpu, opencl:0)`,
		"GPU":          `device "GPU" (known: cpu, gpu, opencl:0)`,
		"opencl":       `device "opencl": did you mean "opencl:0"? (known: cpu, gpu, opencl:0)`,
		"opencl:":      `device "opencl:": want opencl:N, N a whole number from 0`,
		"opencl:-1":    `device "opencl:-1": want opencl:N, N a whole number from 0`,
		"opencl:01":    `device "opencl:01": want opencl:N, N a whole number from 0`,
		"opencl:1.5":   `device "opencl:1.5": want opencl:N, N a whole number from 0`,
		"opencl:99999": `device "opencl:99999": want opencl:N, N a whole number from 0`,
	} {
		err := Check(name)
		if err == nil || words.Line(err) != want || !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestChoose(t *testing.T) {
	cpu, first, second := &opencl.Device{Name: "pthread"}, &opencl.Device{Name: "H200", GPU: true},
		&opencl.Device{Name: "H200", GPU: true}
	found := []*opencl.Device{cpu, first, second}
	for name, want := range map[string]int{"gpu": 1, "opencl:0": 0, "opencl:1": 1, "opencl:2": 2} {
		if n, err := choose(name, found, nil); err != nil || n != want {
			t.Errorf("%s: %d, %v, want %d", name, n, err, want)
		}
	}
	absent := opencl.Failure{Library: "libx.so", Err: errors.New("no such file")}
	for _, c := range []struct {
		name   string
		found  []*opencl.Device
		failed []opencl.Failure
		want   string
	}{
		{"opencl:3", found, nil,
			"no device opencl:3: opencl:0 is pthread, a CPU; opencl:1 is H200, a GPU; opencl:2 is H200, a GPU"},
		// A GPU that is asked for is never a processor that OpenCL runs on.
		{"gpu", found[:1], []opencl.Failure{absent},
			"no device gpu: opencl:0 is pthread, a CPU; tried libx.so (no such file)"},
		{"gpu", nil, []opencl.Failure{absent},
			"no device gpu: tried libx.so (no such file); install a driver, or name its file in AMOEBA_OPENCL"},
		{"opencl:0", nil, nil, "no device opencl:0: install a driver, or name its file in AMOEBA_OPENCL"},
		{"gpu", nil, []opencl.Failure{{Err: opencl.ErrBuild}},
			"no device gpu: this build opens no OpenCL: build with go build -tags native ./cmd/amoeba (Linux or macOS)"},
	} {
		_, err := choose(c.name, c.found, c.failed)
		if !errors.Is(err, evolve.ErrUnsupported) || words.Line(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestProcessor(t *testing.T) {
	for _, name := range []string{"", "cpu"} {
		if dev, err := Open(name); err != nil || dev != device.CPU[float32]() {
			t.Errorf("%q: %v, %v", name, dev, err)
		}
	}
	if dev, err := Open("tpu"); err == nil || dev != nil {
		t.Errorf("a name of nothing: %v, %v", dev, err)
	}
	all := List(1 << 30)
	if d := all.Devices[0]; d.Name != "cpu" || d.Kind != "CPU" || d.Device != kernel.Name() || d.Cores < 1 {
		t.Errorf("first is %+v", d)
	}
	for _, d := range all.Devices[1:] {
		if !strings.HasPrefix(d.Name, "opencl:") || d.Memory <= 0 || d.Room <= 0 || d.Room > d.Memory {
			t.Errorf("%+v", d)
		}
	}
	if len(all.Devices) == 1 && len(all.Failed) == 0 {
		t.Error("nothing says why there is no other device")
	}
}
