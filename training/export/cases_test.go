package export

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/net"
)

// caseFile is what training/compare/onnx_check.py has to know of a case.
type caseFile struct {
	Name      string `json:"name"`
	Images    [4]int `json:"images"`
	Classes   int    `json:"classes"`
	Params    int    `json:"params"`
	AuxParams int    `json:"aux_params"`
	Auxiliary bool   `json:"auxiliary"`
	Weights   int    `json:"weights"`
}

const caseBatch = 5

// TestWriteCases writes networks with what our own graph answers to the folder that
// AMOEBA_EXPORT_DIR names, for training/compare/onnx_check.py.
func TestWriteCases(t *testing.T) {
	dir := os.Getenv("AMOEBA_EXPORT_DIR")
	if dir == "" {
		t.Skip("AMOEBA_EXPORT_DIR names no folder to write cases to")
	}
	r := rand.New(rand.NewPCG(9, 10))
	write(t, filepath.Join(dir, "oddity"), "oddity", oddity(t), r)
	for _, c := range []struct{ space, arch string }{
		{"nb201", "000000"}, {"nb201", "111111"}, {"nb201", "000001"}, {"nb201", "000100"}, {"nb201", "444444"},
	} {
		write(t, filepath.Join(dir, c.space+"-"+c.arch), c.arch, build(t, c.space, evolve.Arch(c.arch), digits), r)
	}
	wide := digits
	wide.F, wide.Layers, wide.N = 6, 7, 0
	for _, name := range net.Spaces() {
		for k := range 15 {
			c := digits
			switch {
			case k%3 == 1:
				c = images
				c.N = 1
			case k%3 == 2 && (name == "nasnet" || name == "darts"):
				c = wide
			}
			a, n := random(t, name, c, r)
			write(t, filepath.Join(dir, fmt.Sprintf("%s-%02d", name, k)), name+" "+string(a), n, r)
		}
	}
}

func write(t *testing.T, dir, title string, n *net.Net, r *rand.Rand) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	create := func(name string, to func(f *os.File) error) {
		f, err := os.Create(filepath.Join(dir, name))
		if err == nil {
			err = to(f)
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(title, err)
		}
	}
	raw := func(name string, v []float32) {
		create(name, func(f *os.File) error { return binary.Write(f, binary.LittleEndian, v) })
	}
	m := weighted(n, r)
	in, classes := n.Layers[0].Out, n.Layers[n.Output].Out.C
	g, err := graph.New(m, device.CPU[float32](), graph.Options{Batch: caseBatch})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	size := in.H * in.W
	pixels := make([]float32, in.C*caseBatch*size) // [channel][image]
	for i := range pixels {
		pixels[i] = float32(r.NormFloat64())
	}
	g.Load(pixels, make([]int32, caseBatch))
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	var swapped, logits []float32
	for i := range caseBatch {
		for c := range in.C {
			swapped = append(swapped, pixels[(c*caseBatch+i)*size:][:size]...)
		}
		for c := range classes {
			logits = append(logits, g.Logits[c*(len(g.Logits)/classes)+i])
		}
	}
	raw("images.bin", swapped)
	raw("logits.bin", logits)
	// The weights in the order of the Python module: the auxiliary head's are last.
	var weights []float32
	head := n.AuxOnly()
	for _, last := range []bool{false, true} {
		for i := range n.Layers {
			if head[i] == last {
				for _, w := range m.Layer(i) {
					weights = append(weights, w.Data...)
				}
				weights = append(weights, m.Stats[i]...)
			}
		}
	}
	raw("weights.bin", weights)
	create("model.onnx", func(f *os.File) error { return ONNX(f, m, someInput(n)) })
	create("model.py", func(f *os.File) error { return PyTorch(f, n, title, someInput(n)) })
	create("case.json", func(f *os.File) error {
		return json.NewEncoder(f).Encode(caseFile{title, [4]int{caseBatch, in.C, in.H, in.W}, classes, n.Params(), m.Params() - n.Params(), n.Aux >= 0, len(weights)})
	})
}
