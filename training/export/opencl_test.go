//go:build native

package export

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/devices"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/net"
)

// What a device trained is exported from its checkpoint: the device's numbers, which are near the processor's.
func TestOpenCLExport(t *testing.T) {
	dev, err := devices.Open("opencl:0")
	switch {
	case err == nil:
	case errors.Is(err, evolve.ErrUnsupported) && os.Getenv("AMOEBA_WANT_OPENCL") != "1":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
	c, m := afterAnEpoch(t, dev)
	images, err := InputOf(c)
	if err != nil {
		t.Fatal(err)
	}
	var onnx, pytorch bytes.Buffer
	if err := ONNX(&onnx, m, images); err != nil {
		t.Fatal(err)
	}
	checkONNX(t, onnx.Bytes(), m.Net)
	if err := PyTorch(&pytorch, m.Net, "a network of a device", images); err != nil || pytorch.Len() == 0 {
		t.Errorf("%d bytes of PyTorch, %v", pytorch.Len(), err)
	}
	_, cpu := afterAnEpoch(t, device.CPU[float32]())
	fresh, err := graph.NewModel(m.Net, evolve.Stream(1, "weights"), device.CPU[float32]())
	if err != nil {
		t.Fatal(err)
	}
	moved := 0.0
	for i, w := range m.Weights {
		var raw []byte
		for k, v := range w.Data {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
			moved = max(moved, math.Abs(float64(v-fresh.Weights[i].Data[k])))
			if d := math.Abs(float64(v - cpu.Weights[i].Data[k])); !(d < 1e-3) {
				t.Fatalf("%s: %g, of the processor %g", w.Name, v, cpu.Weights[i].Data[k])
			}
		}
		if !bytes.Contains(onnx.Bytes(), raw) {
			t.Errorf("%s is not in the file", w.Name)
		}
	}
	if moved < 0.01 {
		t.Errorf("weights moved by %g at most", moved)
	}
}

// afterAnEpoch is the checkpoint of a tiny training, and its model.
func afterAnEpoch(t *testing.T, dev device.Device[float32]) (*training.Checkpoint, *graph.Model[float32]) {
	t.Helper()
	data, err := training.OpenData("digits")
	if err != nil {
		t.Fatal(err)
	}
	j := training.Job{Space: "nb201", Arch: "301003", Net: net.Config{N: 1, F: 2}, Recipe: training.DefaultRecipe(),
		Seed: 1}
	j.Recipe.Epochs, j.Recipe.Images, j.Recipe.Batch = 1, 128, 32
	run, err := training.Start(j, data, dev)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	if _, err := run.Next(context.Background()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "last.ckpt")
	if err := run.Save(path); err != nil {
		t.Fatal(err)
	}
	c, err := training.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Model()
	if err != nil {
		t.Fatal(err)
	}
	return c, m
}
