package gpu_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/gpu"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

// training is a network of the space nasnet on 8×8 images in training, and one step of it with the solver's update.
type training[T kernel.Float] struct {
	dev   device.Device[T]
	model *graph.Model[T]
	graph *graph.Graph[T]
	step  device.Step
}

func train[T kernel.Float](tb testing.TB, dev device.Device[T], seed uint64, cells, f, batch, room int) *training[T] {
	tb.Helper()
	n, err := net.Build("nasnet", space.NASNet{}.Sample(rand.New(rand.NewPCG(seed, 1))),
		net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, Layers: cells, F: f})
	if err != nil {
		tb.Fatal(err)
	}
	s := &training[T]{dev: dev}
	if s.model, err = graph.NewModel(n, rand.New(rand.NewPCG(seed, 2)), dev); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.model.Close)
	if s.graph, err = graph.New(s.model, dev, graph.Options{Batch: batch, Training: true, Room: room}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.graph.Close(); err != nil {
			tb.Error(err)
		}
	})
	calls, err := s.graph.Calls()
	if err != nil {
		tb.Fatal(err)
	}
	moments, err := s.model.Like()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { dev.Give(moments) })
	k, err := dev.Kernel(device.Update[T]{Kind: "sgd", W: s.model.Values, G: s.model.Grads, M: moments, Momentum: .9,
		Divide: 1, Scalars: s.graph.Scalars, Results: s.graph.Results})
	if err != nil {
		tb.Fatal(err)
	}
	scratch, err := dev.Take(k.Scratch())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { dev.Give(scratch) })
	k.Bind(scratch)
	if s.step, err = dev.Record(append(slices.Clip(calls), k.Forward(nil))); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.step.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// idle is a device that does nothing.
func idle(tb testing.TB) *gpu.Device[float32] {
	d, err := gpu.Open[float32](gpu.NewIdle())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := d.Close(); err != nil {
			tb.Error(err)
		}
	})
	return d
}

// networks are the first steps of those that docs/gpu.md names: of 6 cells, 8 filters, on images of 8×8 in batches of
// 64. recorded is their number of launches before they are scheduled.
func networks(tb testing.TB, d *gpu.Device[float32], n, room int) (steps []device.Step, recorded, bytes int) {
	for i := range n {
		s := train(tb, d, uint64(i), 6, 8, 64, room)
		steps, recorded, bytes = append(steps, s.step), recorded+gpu.Recorded(s.step), bytes+s.graph.Memory()
	}
	return steps, recorded, bytes
}

// reuse says whether a network's plan reuses memory, by the room that it has for a plan that does not.
var reuse = map[bool]int{true: 1, false: 0}

// Launches of networks become few where their memory is planned for width.
func TestLaunches(t *testing.T) {
	const count = 4
	for reused, most := range map[bool]float64{true: .4, false: .15} { // of the launches as they were recorded
		d := idle(t)
		steps, recorded, _ := networks(t, d, count, reuse[reused])
		joined, err := d.Join(steps...)
		if err != nil {
			t.Fatal(err)
		}
		defer joined.Close()
		alone := 0
		for _, s := range steps {
			alone += s.Launches()
		}
		n := joined.Launches()
		if float64(n) > most*float64(recorded) || n > alone*3/5 || recorded < count*500 {
			t.Errorf("memory reused %v: %d launches recorded, %d alone, %d joined", reused, recorded, alone, n)
		}
	}
}

// BenchmarkJoin is what joining costs when a network enters or leaves, and what it comes to.
func BenchmarkJoin(b *testing.B) {
	for _, n := range []int{1, 8, 32} {
		for _, reused := range []bool{true, false} {
			b.Run(fmt.Sprintf("networks=%d/reuse=%v", n, reused), func(b *testing.B) {
				d := idle(b)
				steps, recorded, bytes := networks(b, d, n, reuse[reused])
				launches := 0
				for b.Loop() {
					joined, err := d.Join(steps...)
					if err != nil {
						b.Fatal(err)
					}
					launches = joined.Launches()
					if err := joined.Close(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(recorded), "recorded")
				b.ReportMetric(float64(launches), "launches")
				b.ReportMetric(float64(bytes)/(1<<20), "MiB")
			})
		}
	}
}

// BenchmarkRun is what a launch of a step costs the host, on a driver that does nothing.
func BenchmarkRun(b *testing.B) {
	steps, _, _ := networks(b, idle(b), 1, 0)
	for b.Loop() {
		if err := steps[0].Run(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*steps[0].Launches()), "ns/launch")
}
