package conform

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve/samebits"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// drawn is what a case is drawn from: the same numbers for either type.
type drawn struct {
	row              int // of the suite
	seed             [2]uint64
	large, nan, tiny bool
}

func (d drawn) String() string {
	return fmt.Sprintf("%s of seed %#x,%#x", d.name(), d.seed[0], d.seed[1])
}

func (d drawn) name() string { return device.Rows[float64]()[d.row].Name }

// problem is a case with what its backward pass begins with.
type problem[T kernel.Float] struct {
	device.Case[T]
	grads [][]T // that the backward pass adds to
	dy    []T
	noDX  bool // nobody wants the gradient of the input
}

func draw[T kernel.Float](d drawn) problem[T] {
	rng := rand.New(rand.NewPCG(d.seed[0], d.seed[1]))
	p := problem[T]{Case: device.Rows[T]()[d.row].Draw(
		&device.Drawer[T]{Rand: rng, Large: d.large, Tiny: d.tiny, Single: true})}
	normal := func(n int) []T {
		v := make([]T, n)
		for i := range v {
			v[i] = T(float32(samebits.Normal(rng)))
		}
		return v
	}
	if p.Gradient {
		p.noDX = p.Weights > 0 && rng.IntN(4) == 0
		for _, w := range p.Inputs[len(p.Inputs)-p.Weights:] {
			p.grads = append(p.grads, normal(len(w)))
		}
		out := p.out()
		if p.Keeps {
			out.Pixels /= 2 // a pool's maxima have a gradient, and where they came from has none
		}
		p.dy = normal(out.Len())
		for i := range p.dy { // nor have lanes without an image
			if i%out.Row >= out.Batch {
				p.dy[i] = 0
			}
		}
	}
	if d.nan {
		among := p.Inputs
		if len(among) == 0 {
			among = p.Slabs[:min(len(p.Slabs), 2)] // an update's weights and gradients
		}
		if p.dy != nil {
			among = append(among[:len(among):len(among)], p.dy)
		}
		if len(among) > 0 {
			v := among[rng.IntN(len(among))]
			v[rng.IntN(len(v))] = T(math.NaN())
		}
	}
	return p
}

// out is the size of the output, which does not depend on where operands lie.
func (p problem[T]) out() device.Size { return p.Spec(p.Slabs, make([]float64, p.results())).Out() }

func (p problem[T]) results() int { return p.Rows * device.ResultCount }

// region is a stretch of a trial's memory.
type region struct{ from, to int }

// layout puts operands one after another, each at a multiple of launch.Unit.
type layout[T kernel.Float] struct{ host []T }

func (l *layout[T]) put(v []T) region {
	from := len(l.host)
	l.host = append(append(l.host, v...), make([]T, kernel.Pad(len(v))-len(v))...)
	return region{from, from + len(v)}
}

func (l *layout[T]) all(vs [][]T) (rs []region) {
	for _, v := range vs {
		rs = append(rs, l.put(v))
	}
	return rs
}

// unset is memory for n numbers that an operation must write: what it leaves out is a NaN.
func (l *layout[T]) unset(n int) region {
	v := make([]T, n)
	for i := range v {
		v[i] = T(math.NaN())
	}
	return l.put(v)
}

// trial is a problem on a device, as a step.
type trial[T kernel.Float] struct {
	dev     device.Device[T]
	host    []T // all operands before the step
	memory  []T // the device's, of the operands
	scratch []T
	results []float64
	parts   []named // of memory, that are compared
	step    device.Step
}

// named is a region that is compared with the processor's.
type named struct {
	name string
	region
}

// newTrial lays a problem out and records it.
func newTrial[T kernel.Float](dev device.Device[T], p problem[T]) (t *trial[T], err error) {
	t = &trial[T]{dev: dev}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	var l layout[T]
	slabs, inputs, grads, dy := l.all(p.Slabs), l.all(p.Inputs), l.all(p.grads), l.put(p.dy)
	out := l.unset(p.out().Len())
	var dx region
	if p.Gradient && !p.noDX {
		dx = l.unset(len(p.Inputs[0]))
	}
	t.host = l.host
	if t.memory, err = dev.Take(len(t.host)); err != nil {
		return nil, err
	}
	if t.results, err = dev.Results(p.results()); err != nil {
		return nil, err
	}
	k, err := dev.Kernel(p.Spec(t.cut(slabs...), t.results))
	if err != nil {
		return nil, err
	}
	if t.scratch, err = dev.Take(k.Scratch()); err != nil {
		return nil, err
	}
	k.Bind(t.scratch)
	in, y := t.cut(inputs...), t.cut(out)[0]
	calls := []device.Call{k.Forward(y, in...)}
	t.add("forward", out)
	if p.Gradient {
		if p.Keeps {
			in = append(in, y)
		}
		calls = append(calls, k.Backward(t.cut(dx)[0], t.cut(grads...), t.cut(dy)[0], in...))
		t.add("dx", dx)
		if n := len(grads); n > 0 { // as one, since a single sum may come to nearly nothing
			t.add("dw", region{grads[0].from, grads[n-1].to})
		}
	}
	t.add("kept", slabs...)
	t.step, err = dev.Record(calls)
	return t, err
}

// cut gives the device's memory of regions; nil for an empty one.
func (t *trial[T]) cut(rs ...region) [][]T {
	vs := make([][]T, len(rs))
	for i, r := range rs {
		if r.from < r.to {
			vs[i] = t.memory[r.from:r.to:r.to]
		}
	}
	return vs
}

func (t *trial[T]) add(name string, rs ...region) {
	for _, r := range rs {
		if r.from < r.to {
			t.parts = append(t.parts, named{name, r})
		}
	}
}

// part is numbers that a trial came to.
type part[T kernel.Float] struct {
	name string
	v    []T
}

// run does the step on the operands' first numbers.
func (t *trial[T]) run() ([]part[T], error) {
	t.reset()
	if err := t.step.Run(); err != nil {
		return nil, err
	}
	return t.read()
}

func (t *trial[T]) reset() { t.dev.Upload(t.memory, t.host) }

// read waits and gives the numbers; each result is a part, since results differ in magnitude.
func (t *trial[T]) read() ([]part[T], error) {
	v := make([]T, len(t.host))
	if err := t.dev.Download(v, t.memory); err != nil {
		return nil, err
	}
	if err := t.dev.Wait(); err != nil {
		return nil, err
	}
	var ps []part[T]
	for _, p := range t.parts {
		ps = append(ps, part[T]{p.name, v[p.from:p.to]})
	}
	for _, r := range t.results {
		ps = append(ps, part[T]{"results", []T{T(r)}})
	}
	return ps, nil
}

func (t *trial[T]) close() {
	if t.step != nil {
		t.step.Close()
	}
	t.dev.GiveResults(t.results)
	t.dev.Give(t.scratch)
	t.dev.Give(t.memory)
}

// onCPU is what the processor comes to.
func onCPU[T kernel.Float](d drawn) ([]part[T], error) {
	t, err := newTrial(device.CPU[T](), draw[T](d))
	if err != nil {
		return nil, err
	}
	defer t.close()
	return t.run()
}
