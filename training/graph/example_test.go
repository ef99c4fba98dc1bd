package graph_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/net"
)

// A step of training is a pass and an update, recorded once.
func Example() {
	b := net.NewBuilder(net.Shape{C: 1, H: 4, W: 4})
	x := b.Add("conv", net.Conv{Out: 8, KH: 3, KW: 3, Stride: 1, Dilation: 1, PadH: 1, PadW: 1}, 0)
	x = b.Add("mean", net.GlobalAvgPool{}, b.Add("relu", net.ReLU{}, x))
	n, err := b.Net(b.Add("linear", net.Linear{Out: 2}, x), -1)
	check(err)
	dev := device.CPU[float32]()
	m, err := graph.NewModel(n, rand.New(rand.NewPCG(1, 2)), dev)
	check(err)
	defer m.Close()
	g, err := graph.New(m, dev, graph.Options{Batch: 16, Training: true})
	check(err)
	defer g.Close()

	pass, err := g.Calls()
	check(err)
	velocity, err := m.Like()
	check(err)
	defer dev.Give(velocity)
	update, err := dev.Kernel(device.Update[float32]{Kind: "sgd", W: m.Values, G: m.Grads, M: velocity, Momentum: 0.9,
		Scalars: g.Scalars, Results: g.Results})
	check(err)
	step, err := dev.Record(append(pass, update.Forward(nil)))
	check(err)

	// Images of the second class are brighter.
	r := rand.New(rand.NewPCG(3, 4))
	pixels, labels := make([]float32, 16*16), make([]int32, 16)
	for i := range labels {
		labels[i] = int32(i % 2)
		for k := range 16 {
			pixels[16*i+k] = float32(labels[i]) + float32(r.NormFloat64())
		}
	}
	g.Load(pixels, labels)
	g.Set(device.ScalarRate, 0.05)
	for i := range 11 {
		g.Upload()
		check(step.Run())
		check(dev.Wait())
		if i%5 == 0 {
			fmt.Printf("step %2d: loss %.2f\n", i, g.Results[device.ResultLoss])
		}
	}
	// Output:
	// step  0: loss 0.55
	// step  5: loss 0.45
	// step 10: loss 0.27
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
