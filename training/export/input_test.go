package export

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/net"
)

// someInput is a preparation that differs from channel to channel.
func someInput(n *net.Net) Input {
	in := Input{Data: "pictures", Scale: 255}
	for c := range n.Layers[0].Out.C {
		in.Mean, in.Std = append(in.Mean, .25+float32(c)), append(in.Std, .5+float32(c))
	}
	for c := range n.Layers[n.Output].Out.C {
		in.Classes = append(in.Classes, fmt.Sprintf("class \"%d\"", c))
	}
	return in
}

// What both files say of the images is what they were given.
func TestInput(t *testing.T) {
	n := build(t, "nb201", "140320", digits)
	m := weighted(n, rand.New(rand.NewPCG(1, 2)))
	in := someInput(n)
	in.Classes[3] = "T-shirt/top"
	var b bytes.Buffer
	if err := ONNX(&b, m, in); err != nil {
		t.Fatal(err)
	}
	checkONNX(t, b.Bytes(), n)
	model, err := read(b.Bytes(), "Model")
	if err != nil {
		t.Fatal(err)
	}
	const doc = "Input: pixels of pictures, 0 to 255, divided by 255; then of each channel mean [0.25] is subtracted, and the rest divided by std [0.5]."
	if got := model.text(6); got != doc {
		t.Errorf("%q, want %q", got, doc)
	}
	var entries []string
	for _, e := range model.subs(14) {
		entries = append(entries, e.text(1)+" "+e.text(2))
	}
	want := `data pictures|scale 255|mean [0.25]|std [0.5]|classes ["class \"0\"","class \"1\"","class \"2\"","T-shirt/top","class \"4\"",`
	if got := strings.Join(entries, "|"); !strings.HasPrefix(got, want) || len(entries) != 5 {
		t.Errorf("%s, want %s…", got, want)
	}
	b.Reset()
	if err := PyTorch(&b, n, "A title.", in); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\"\"\"A title.\n\nInput: pixels of pictures, 0 to 255, divided by 255; then of each channel MEAN is subtracted, and the rest divided by STD.\"\"\"\n",
		"\nSCALE = 255\nMEAN = [0.25]\nSTD = [0.5]\nCLASSES = [\"class \\\"0\\\"\",",
		"    return (pixels / SCALE - mean) / std\n\n\nclass ",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %s", want, b.String())
		}
	}
	in.Classes = nil
	b.Reset()
	if err := PyTorch(&b, n, "", in); err != nil || strings.Contains(b.String(), "CLASSES") {
		t.Error(err, "labels of no classes")
	}
}

// An input of another network is refused by both.
func TestInputRefused(t *testing.T) {
	n := build(t, "nb201", "140320", digits)
	m := weighted(n, rand.New(rand.NewPCG(1, 2)))
	for i, edit := range []func(*Input){
		func(in *Input) { in.Scale = 0 },
		func(in *Input) { in.Mean = nil },
		func(in *Input) { in.Std = append(in.Std, 1) },
		func(in *Input) { in.Classes = in.Classes[1:] },
		func(in *Input) { in.Mean[0] = float32(math.NaN()) },
	} {
		in := someInput(n)
		edit(&in)
		var b bytes.Buffer
		if err := ONNX(&b, m, in); !errors.Is(err, evolve.ErrInvalid) || b.Len() > 0 {
			t.Errorf("%d: %v, %d bytes", i, err, b.Len())
		}
		if err := PyTorch(&b, n, "", in); !errors.Is(err, evolve.ErrInvalid) || b.Len() > 0 {
			t.Errorf("%d: %v, %d bytes", i, err, b.Len())
		}
	}
}
