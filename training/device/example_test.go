package device_test

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/training/device"
)

// A step of one matrix is recorded and run on two batches. Images lie beside each other, in lanes: this batch has two.
// What changes is uploaded before each run; the gradients of both batches add up.
func Example() {
	dev := device.CPU[float32]()
	take := func(n int) []float32 {
		slab, err := dev.Take(n)
		if err != nil {
			panic(err)
		}
		return slab
	}
	in := device.Size{Pixels: 1, C: 1, Row: 16, Batch: 2}
	spec := device.Linear[float32]{In: in, O: 1}
	x, y, dy := take(in.Len()), take(spec.Out().Len()), take(spec.Out().Len())
	w, bias, dw, dbias := take(1), take(1), take(1), take(1)

	k, err := dev.Kernel(spec)
	if err != nil {
		panic(err)
	}
	k.Bind(take(k.Scratch()))
	step, err := dev.Record([]device.Call{
		k.Forward(y, x, w, bias),
		k.Backward(nil, [][]float32{dw, dbias}, dy, x, w, bias),
	})
	if err != nil {
		panic(err)
	}
	defer step.Close()

	dev.Upload(w, []float32{3})
	dev.Upload(bias, []float32{1})
	dev.Upload(dy, []float32{1, 10})
	out, gradient := make([]float32, 2), make([]float32, 1)
	for _, batch := range [][]float32{{5, 6}, {7, 8}} {
		dev.Upload(x, batch)
		if err := step.Run(); err != nil {
			panic(err)
		}
		if err := dev.Download(out, y[:2]); err != nil {
			panic(err)
		}
		if err := dev.Download(gradient, dw); err != nil {
			panic(err)
		}
		fmt.Println(out, gradient)
	}
	// Output:
	// [16 19] [65]
	// [22 25] [152]
}
