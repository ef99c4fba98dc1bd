//go:build native && (linux || darwin)

package gpu_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/opencl/opencltest"
)

func TestMain(m *testing.M) { opencltest.Main(m) }

// load uploads a batch of noise.
func (s *training[T]) load(seed uint64, batch int) {
	r := rand.New(rand.NewPCG(seed, 3))
	x, y := make([]float32, 64*batch), make([]int32, batch)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	for i := range y {
		y[i] = int32(r.IntN(10))
	}
	s.graph.Load(x, y)
	s.graph.Set(device.ScalarRate, .05)
	s.graph.Upload()
}

// weights are the model's, of the host.
func (s *training[T]) weights(tb testing.TB) []T {
	tb.Helper()
	w := make([]T, len(s.model.Values))
	if err := s.dev.Download(w, s.model.Values); err != nil {
		tb.Fatal(err)
	}
	return w
}

// Steps of a network on the device follow those on the CPU, and networks that are trained in the same launches keep
// every bit that each has alone, whether their memory is reused or not.
func TestOpenCLNetworks(t *testing.T) {
	const cells, f, batch, steps = 2, 4, 10, 3
	d := opencltest.Open[float64](t)
	run := func(step device.Step) {
		if err := step.Run(); err != nil {
			t.Fatal(err)
		}
	}
	var alone [3][]float64
	for i := range alone {
		cpu := train(t, device.CPU[float64](), uint64(i), cells, f, batch, 0)
		one := train[float64](t, d, uint64(i), cells, f, batch, 0)
		for k := range uint64(steps) {
			for _, s := range []*training[float64]{cpu, one} {
				s.load(k, batch)
				run(s.step)
			}
			if err := d.Wait(); err != nil {
				t.Fatal(err)
			}
			want, got := cpu.graph.Results, one.graph.Results
			if math.Abs(got[device.ResultLoss]-want[device.ResultLoss]) > 1e-10 ||
				math.Abs(got[device.ResultNorm]/want[device.ResultNorm]-1) > 1e-10 ||
				got[device.ResultCorrect] != want[device.ResultCorrect] {
				t.Errorf("network %d, step %d: %v, want %v", i, k, got, want)
			}
		}
		alone[i] = one.weights(t)
	}
	for _, room := range []int{0, 1} { // without reuse, and with it
		var all []*training[float64]
		var list []device.Step
		launches := 0
		for i := range alone {
			s := train[float64](t, d, uint64(i), cells, f, batch, room)
			all, list, launches = append(all, s), append(list, s.step), launches+s.step.Launches()
		}
		joined, err := d.Join(list...)
		if err != nil {
			t.Fatal(err)
		}
		if joined.Launches() > launches*2/3 {
			t.Errorf("room %d: %d launches joined, %d alone", room, joined.Launches(), launches)
		}
		for k := range uint64(steps) {
			for _, s := range all {
				s.load(k, batch)
			}
			run(joined)
		}
		for i, s := range all {
			if !slices.Equal(s.weights(t), alone[i]) {
				t.Errorf("network %d, room %d: joined it has other bits", i, room)
			}
		}
		if err := joined.Close(); err != nil {
			t.Error(err)
		}
	}
}

// BenchmarkOpenCLRun is what a launch costs the host through a driver, which takes it while the device works.
func BenchmarkOpenCLRun(b *testing.B) {
	d := opencltest.Open[float32](b)
	s := train[float32](b, d, 0, 2, 4, 10, 0)
	s.load(0, 10)
	for b.Loop() {
		if err := s.step.Run(); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := d.Wait(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*s.step.Launches()), "ns/launch")
}
