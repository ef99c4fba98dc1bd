package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

// cells is a network of the space nasnet on 8×8 images, with all that a step can have.
func cells(tb testing.TB, seed uint64, layers, f int, dropPath float64, aux bool) *net.Net {
	tb.Helper()
	n, err := net.Build("nasnet", space.NASNet{}.Sample(rand.New(rand.NewPCG(seed, 1))), net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10,
		Layers: layers, F: f, DropPath: dropPath, Aux: aux})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// noise loads a batch of noise.
func noise[T float32 | float64](g *Graph[T], seed uint64) {
	r := rand.New(rand.NewPCG(seed, 3))
	x, y := make([]float32, g.in.Pixels*g.in.C*g.in.Batch), make([]int32, g.in.Batch)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	for i := range y {
		y[i] = int32(r.IntN(3))
	}
	g.Load(x, y)
}

// wide is a CPU that says it would run calls at the same time.
type wide struct {
	device.Device[float32]
	room int
}

func (w wide) Wide() (int, bool) { return w.room, true }

// TestReplay: a recorded pass gives the bits of a graph that is built anew, and whose tape runs, for each step; so does
// one that is planned without reuse.
func TestReplay(t *testing.T) {
	n := cells(t, 5, 3, 4, .3, true)
	train := func(dev device.Device[float32], again bool) (numbers []uint64) {
		m, err := NewModel(n, rand.New(rand.NewPCG(1, 2)), dev)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		var g *Graph[float32]
		for step := range uint64(4) {
			if g == nil || again {
				if g, err = New(m, dev, Options{Batch: 10, Training: true, Smoothing: .1, AuxWeight: .4,
					Stream: func(layer int) *rand.Rand { return rand.New(rand.NewPCG(step, uint64(layer))) }}); err != nil {
					t.Fatal(err)
				}
				defer g.Close()
			}
			g.stream = func(layer int) *rand.Rand { return rand.New(rand.NewPCG(step, uint64(layer))) }
			g.DropPath = .1 * float64(step) // none is dropped in the first
			noise(g, step)
			if err := g.Run(); err != nil {
				t.Fatal(err)
			}
			numbers = append(numbers, math.Float64bits(g.Loss), uint64(g.Correct))
			for i, v := range m.Grads {
				m.Values[i] -= .1 * v
				numbers = append(numbers, uint64(math.Float32bits(v)), uint64(math.Float32bits(m.Values[i])))
			}
			for _, v := range m.Running {
				numbers = append(numbers, uint64(math.Float32bits(v)))
			}
			clear(m.Grads)
		}
		return numbers
	}
	cpu := device.CPU[float32]()
	want := train(cpu, true)
	if got := train(cpu, false); !slices.Equal(got, want) {
		t.Error("a recorded pass gives other numbers")
	}
	if got := train(wide{cpu, 1 << 30}, false); !slices.Equal(got, want) {
		t.Error("a plan without reuse gives other numbers")
	}
	if loss := math.Float64frombits(want[0]); !(loss > 1 && loss < 5) {
		t.Errorf("the first loss is %v", loss)
	}
}

// TestWidePlan: without reuse where the device gains by it and there is room.
func TestWidePlan(t *testing.T) {
	n, cpu := cells(t, 5, 3, 4, 0, false), device.CPU[float32]()
	m := newModel[float32](t, n, rand.New(rand.NewPCG(1, 2)))
	inputs := 0
	memory := func(dev device.Device[float32], room int) int {
		g, err := New(m, dev, Options{Batch: 10, Training: true, Room: room})
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		inputs = g.Inputs() / 4
		return g.Memory()
	}
	reuse, apart := memory(cpu, 0), memory(wide{cpu, 1 << 30}, 0)
	if planned, err := Planned(n, Options{Batch: 10, Training: true}); err != nil || planned != reuse {
		t.Errorf("planned %d, error %v, want %d", planned, err, reuse)
	}
	if apart < 2*reuse {
		t.Errorf("%d bytes without reuse, %d with", apart, reuse)
	}
	for _, c := range []struct{ device, option, want int }{
		{apart / 4, 0, apart}, {apart/4 - 1, 0, reuse}, {apart/4 - 1, 1 << 30, reuse},
		{1 << 30, inputs + apart/4, apart}, {1 << 30, inputs + apart/4 - 1, reuse}, {1 << 30, 1, reuse},
	} {
		if got := memory(wide{cpu, c.device}, c.option); got != c.want {
			t.Errorf("room %d of the device, %d by options: %d bytes, want %d", c.device, c.option, got, c.want)
		}
	}
}

// greedy is a CPU whose convolutions want memory of their own.
type greedy struct {
	device.Device[float32]
	bound *[][]float32
}

type greedyKernel struct {
	device.Kernel[float32]
	bound *[][]float32
}

func (g greedy) Kernel(s device.Spec[float32]) (device.Kernel[float32], error) {
	k, err := g.Device.Kernel(s)
	if _, ok := s.(device.Conv[float32]); ok {
		k = greedyKernel{k, g.bound}
	}
	return k, err
}

func (greedyKernel) Scratch() int       { return 37 }
func (k greedyKernel) Bind(s []float32) { *k.bound = append(*k.bound, s) }

// TestScratch: kernels have their own memory at the end of the block, each at a multiple of 16, beside all values.
func TestScratch(t *testing.T) {
	n, cpu := plain(t), device.CPU[float32]()
	m := newModel[float32](t, n, rand.New(rand.NewPCG(1, 2)))
	var bound [][]float32
	g, err := New(m, greedy{cpu, &bound}, Options{Batch: 10, Training: true})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	planned, err := Planned(n, Options{Batch: 10, Training: true})
	if err != nil || g.Memory() != planned+2*48*4 {
		t.Errorf("%d bytes, error %v, want %d and twice 48 numbers", g.Memory(), err, planned)
	}
	noise(g, 1)
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	if len(bound) != 2 || len(bound[0]) != 37 || len(bound[1]) != 37 || &bound[0][0] != &g.block[len(g.block)-96] || &bound[1][0] != &g.block[len(g.block)-48] {
		t.Errorf("%d kernels have their memory, %v", len(bound), bound)
	}
	if slices.ContainsFunc(g.block[len(g.block)-96:], func(v float32) bool { return v != 0 }) {
		t.Error("a value lies in the kernels' memory")
	}
}

// TestAnswers: passes leave their numbers in rows, on the model's weights or on others.
func TestAnswers(t *testing.T) {
	n := plain(t)
	m := newModel[float32](t, n, rand.New(rand.NewPCG(1, 2)))
	other, err := m.Like()
	if err != nil {
		t.Fatal(err)
	}
	var rows [2][2][]float64 // by weights and row: loss, right answers, answers
	for k, model := range []*Model[float32]{m, m.On(other)} {
		g, err := New(model, device.CPU[float32](), Options{Batch: 20, Rows: 2})
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		copy(other, m.Values)
		other[0]++ // is read by the second
		for row := range 2 {
			noise(g, uint64(row))
			g.Set(device.ScalarRow, float64(row))
			if err := g.Run(); err != nil {
				t.Fatal(err)
			}
			right := 0
			for lane := range 20 {
				best := 0
				for c := range 3 {
					if g.Logits[c*g.Row()+lane] > g.Logits[best*g.Row()+lane] {
						best = c
					}
				}
				if int32(g.inputs.labels[lane]) == int32(best) {
					right++
				}
				if got := g.Answers[row*g.Row()+lane]; got != float32(best) {
					t.Errorf("row %d, lane %d: answer %v, want %d", row, lane, got, best)
				}
			}
			if right != g.Correct {
				t.Errorf("row %d: %d right, want %d", row, g.Correct, right)
			}
		}
		for row := range rows[k] {
			r := g.Results[row*device.ResultCount:]
			rows[k][row] = []float64{r[device.ResultLoss], r[device.ResultCorrect]}
		}
		if g.Loss != rows[k][1][0] || rows[k][0][0] == rows[k][1][0] {
			t.Errorf("losses %v, the last %v", rows[k], g.Loss)
		}
	}
	if rows[0][0][0] == rows[1][0][0] {
		t.Errorf("another weight gives the loss %v too", rows[0][0][0])
	}
}

// TestSlabs: tensors lie at multiples of 16 with zeros between, in the order of the weights.
func TestSlabs(t *testing.T) {
	n := cells(t, 5, 3, 3, 0, true)
	m := newModel[float64](t, n, rand.New(rand.NewPCG(1, 2)))
	covered := 0
	for i, w := range m.Weights {
		if len(w.Data) != w.Len() || len(w.Grad_) != w.Len() || &w.Data[0] != &m.Values[covered] || &w.Grad_[0] != &m.Grads[covered] {
			t.Fatalf("%s does not lie at %d", w.Name, covered)
		}
		if d := m.Parts(m.Values)[i]; &d[0] != &w.Data[0] || cap(d) != w.Len() {
			t.Fatalf("part %d is not %s", i, w.Name)
		}
		end := covered + (w.Len()+15)/16*16
		if slices.ContainsFunc(m.Values[covered+w.Len():end], func(v float64) bool { return v != 0 }) {
			t.Fatalf("after %s there are no zeros", w.Name)
		}
		covered = end
	}
	if covered != len(m.Values) || covered != len(m.Grads) {
		t.Errorf("weights cover %d of %d", covered, len(m.Values))
	}
	at := 0
	for i, s := range m.Stats {
		if _, ok := n.Layers[i].Op.(net.BatchNorm); ok != (s != nil) {
			t.Fatalf("%s has %d statistics", n.Layers[i].Name, len(s))
		} else if ok {
			if c := n.Layers[i].Out.C; len(s) != 2*c || &s[0] != &m.Running[at] || s[0] != 0 || s[c-1] != 0 || s[c] != 1 || s[2*c-1] != 1 {
				t.Fatalf("%s: statistics %v", n.Layers[i].Name, s)
			}
			at += (len(s) + 15) / 16 * 16
		}
	}
	if at != len(m.Running) {
		t.Errorf("statistics cover %d of %d", at, len(m.Running))
	}
}

// BenchmarkReplay measures passes over 8×8 images, whose operations are small, in pairs: as gorgonia's tape would run
// the same calls each time, and recorded. ../compare/speed.sh replay prints it.
func BenchmarkReplay(b *testing.B) {
	for _, c := range []struct {
		name string
		net  func(testing.TB) *net.Net
	}{
		{"nasnet6", func(tb testing.TB) *net.Net { return cells(tb, 5, 6, 8, 0, false) }},
		{"nasnet3", func(tb testing.TB) *net.Net { return cells(tb, 5, 3, 4, 0, false) }},
		{"nb201", func(tb testing.TB) *net.Net {
			n, err := net.Build("nb201", "333333", net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, N: 1, F: 8})
			if err != nil {
				tb.Fatal(err)
			}
			return n
		}},
	} {
		for _, batch := range []int{16, 64} {
			b.Run(fmt.Sprintf("net=%s/batch=%d", c.name, batch), func(b *testing.B) { benchmarkReplay(b, c.net(b), batch) })
		}
	}
}

func benchmarkReplay(b *testing.B, n *net.Net, batch int) {
	var passes [2]func() error // by the tape, by replay
	calls := 0
	for k := range passes {
		g, err := New(newModel[float32](b, n, rand.New(rand.NewPCG(1, 2))), device.CPU[float32](), Options{Batch: batch, Training: true})
		if err != nil {
			b.Fatal(err)
		}
		defer g.Close()
		noise(g, 1)
		if passes[k] = g.Run; k == 0 {
			passes[k] = g.byTape(b)
		}
		if err := passes[k](); err != nil { // the first makes buffers
			b.Fatal(err)
		}
		calls = len(g.calls)
	}
	var times [2][]float64 // ms
	var ratios []float64
	for b.Loop() {
		var pair [2]float64
		for k := range pair {
			k = (k + len(ratios)) % 2 // each is first in every other pair
			begin := time.Now()
			if err := passes[k](); err != nil {
				b.Fatal(err)
			}
			pair[k] = float64(time.Since(begin).Microseconds()) / 1e3
			times[k] = append(times[k], pair[k])
		}
		ratios = append(ratios, pair[0]/pair[1])
	}
	for _, v := range []struct {
		values []float64
		unit   string
	}{{times[0], "tape-ms"}, {times[1], "replay-ms"}, {ratios, "tape/replay"}} {
		slices.Sort(v.values)
		b.ReportMetric(v.values[len(v.values)/2], v.unit)
	}
	b.ReportMetric(float64(calls), "calls")
	b.ReportMetric(0, "ns/op") // of a pair: says nothing
}

// byTape is a pass that gorgonia's tape runs each time.
func (g *Graph[T]) byTape(tb testing.TB) func() error {
	block, err := g.dev.Take(g.length)
	if err != nil {
		tb.Fatal(err)
	}
	t := g.tape
	vm := t.machine(block)
	for _, o := range t.ops {
		if make := o.call; make != nil {
			var made func()
			o.call = func(out []T, in [][]T) device.Call {
				if made == nil {
					made = make(out, in).(func())
				}
				made()
				return nil
			}
		}
	}
	return func() error {
		defer vm.Reset()
		t.calls = t.calls[:0]
		g.Upload()
		return vm.RunAll()
	}
}
