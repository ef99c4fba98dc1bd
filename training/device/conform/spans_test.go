//go:build native && (linux || darwin)

package conform

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/gpu"
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/device/opencl/opencltest"
)

// bench runs one launch at a time on memory that it knows all of. Operands are slices of block, which is what the
// device's buffer holds before a launch.
type bench struct {
	block    []float32
	used     int
	results  map[*float64]int // where they lie, in elements
	tables   []int32
	program  gpu.Program
	queue    gpu.Queue
	m, t, j  gpu.Buffer
	tableMax int
}

func newBench(t *testing.T, elements, tables int) *bench {
	d := opencltest.Driver(t)
	b := &bench{block: make([]float32, elements), results: map[*float64]int{}, tableMax: tables}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	b.program, err = d.Build(device.Source(), []string{"-DT=float"})
	must(err)
	b.queue, err = d.Queue()
	must(err)
	b.m, err = d.Buffer(4 * elements)
	must(err)
	b.t, err = d.Buffer(4 * tables)
	must(err)
	b.j, err = d.Buffer(4 * (2 + len(launch.Job{})))
	must(err)
	return b
}

// put takes memory for n elements that begins with v.
func (b *bench) put(n int, v []float32) []float32 {
	at := b.used
	b.used += (n + launch.Unit - 1) / launch.Unit * launch.Unit
	s := b.block[at : at+n : at+n]
	copy(s, v)
	return s
}

func (b *bench) puts(vs [][]float32) (out [][]float32) {
	for _, v := range vs {
		out = append(out, b.put(len(v), v))
	}
	return out
}

func (b *bench) At(v []float32) int32 {
	if len(v) == 0 {
		return launch.None
	}
	at := int(uintptr(unsafe.Pointer(&v[0]))-uintptr(unsafe.Pointer(&b.block[0]))) / 4
	if at%launch.Unit != 0 || at >= len(b.block) {
		panic(fmt.Sprintf("an operand at element %d", at))
	}
	return int32(at / launch.Unit)
}

func (b *bench) Span(v []float32) launch.Span {
	at := b.At(v)
	return launch.Span{From: at, To: at + int32((len(v)+launch.Unit-1)/launch.Unit)}
}

func (b *bench) Result(r []float64) int32 { return int32(b.results[&r[0]] / launch.Unit) }

func (b *bench) ResultSpan(r []float64) launch.Span {
	at := b.Result(r)
	return launch.Span{From: at, To: at + int32((len(r)+launch.Unit-1)/launch.Unit)}
}

func (b *bench) Table(v []int32) int32 {
	at := len(b.tables)
	if b.tables = append(b.tables, v...); len(b.tables) > b.tableMax {
		panic("too many tables")
	}
	return int32(at)
}

// run gives the block after a launch on before.
func (b *bench) run(l launch.Launch, before []float32) ([]float32, error) {
	job := append([]int32{1, 0}, l.Job[:]...)
	after := make([]float32, len(before))
	k, err := b.program.Kernel(l.Kernel, b.m, b.t, b.j, int32(0))
	if err != nil {
		return nil, err
	}
	defer k.Close()
	for _, f := range []func() error{
		func() error { return b.queue.Write(b.m, 0, bytesOf(before)) },
		func() error { return b.queue.Write(b.t, 0, bytesOf(b.tables)) },
		func() error { return b.queue.Write(b.j, 0, bytesOf(job)) },
		func() error { return b.queue.Launch(k, l.Groups, launch.Group) },
		func() error { return b.queue.Read(bytesOf(after), b.m, 0) },
		b.queue.Wait,
	} {
		if err := f(); err != nil {
			return nil, fmt.Errorf("%s: %w", l.Kernel, err)
		}
	}
	return after, nil
}

func bytesOf[E any](v []E) []byte {
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), len(v)*int(unsafe.Sizeof(v[0])))
}

// inside says of each unit whether a span has it.
func inside(spans []launch.Span, units int) []bool {
	in := make([]bool, units)
	for _, s := range spans {
		for i := s.From; i < s.To; i++ {
			in[i] = true
		}
	}
	return in
}

// A launch writes nothing outside the stretches that it says it writes, and what it computes does not depend on anything
// outside those it says it reads: steps are scheduled by them.
func TestOpenCLSpans(t *testing.T) {
	b := newBench(t, 1<<22, 1<<20)
	rng := rand.New(rand.NewPCG(7, 8))
	launches := 0
	for round := range 3 {
		for i, row := range device.Rows[float32]() {
			clear(b.block[:b.used])
			b.used, b.tables = 0, b.tables[:0]
			d := drawn{row: i, seed: [2]uint64{rng.Uint64(), rng.Uint64()}}
			for _, l := range b.lay(draw[float32](d), round == 0) {
				launches++
				if err := b.check(l); err != nil {
					t.Errorf("%s, round %d: %v", row.Name, round, err)
				}
			}
		}
	}
	t.Logf("%d launches", launches)
}

// lay puts a problem's operands into the block and makes its launches.
func (b *bench) lay(p problem[float32], noDX bool) []launch.Launch {
	slabs, in, grads, dy := b.puts(p.Slabs), b.puts(p.Inputs), b.puts(p.grads), b.put(len(p.dy), p.dy)
	results := make([]float64, p.results())
	if len(results) > 0 {
		b.results[&results[0]] = b.used
		b.put(len(results), nil)
	}
	out := b.put(p.out().Len(), nil)
	op := p.Spec(slabs, results).Launches()
	scratch := b.put(op.Scratch, op.Constants)
	ls := op.Forward(b, scratch, out, in)
	if !p.Gradient {
		return ls
	}
	var dx []float32
	if !noDX || p.Weights == 0 {
		dx = b.put(len(p.Inputs[0]), nil)
	}
	if p.Keeps {
		in = append(in, out)
	}
	return append(ls, op.Backward(b, scratch, dx, grads, dy, in)...)
}

// check runs a launch on the block, and on one where all that it does not read is no number, and leaves the block as
// the launch does.
func (b *bench) check(l launch.Launch) error {
	before := b.block[:b.used]
	after, err := b.run(l, before)
	if err != nil {
		return err
	}
	units := b.used / launch.Unit
	reads, writes := inside(l.Reads, units), inside(l.Writes, units)
	poisoned := append([]float32(nil), before...)
	for i := range poisoned {
		if !reads[i/launch.Unit] {
			poisoned[i] = float32(math.NaN())
		}
	}
	again, err := b.run(l, poisoned)
	if err != nil {
		return err
	}
	for i := range after {
		kept := same(after[i], before[i]) && same(again[i], poisoned[i])
		switch {
		case !writes[i/launch.Unit] && !kept:
			return fmt.Errorf("%s writes element %d of unit %d, which is none that it says it writes", l.Kernel,
				i%launch.Unit, i/launch.Unit)
		case !kept && !same(after[i], again[i]):
			return fmt.Errorf("%s computes %g, and %g where all it does not say it reads is no number", l.Kernel, after[i],
				again[i])
		}
	}
	copy(before, after)
	return nil
}

func same(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b }
