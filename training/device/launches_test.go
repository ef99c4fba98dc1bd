package device

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// paper is a device on which nothing runs: a block from which operands are cut, and where they lie.
type paper[T kernel.Float] struct {
	block   []T
	used    int
	results launch.Span
	known   []launch.Span // what operands take
	tables  map[string]int32
}

func (p *paper[T]) take(n int) []T {
	s := p.block[p.used:][:n:n]
	if p.used += kernel.Pad(n); n > 0 {
		p.known = append(p.known, p.Span(s))
	}
	return s
}

func (p *paper[T]) At(s []T) int32 {
	if len(s) == 0 {
		return launch.None
	}
	var z T
	bytes := uintptr(unsafe.Pointer(unsafe.SliceData(s))) - uintptr(unsafe.Pointer(unsafe.SliceData(p.block)))
	if unit := unsafe.Sizeof(z) * launch.Unit; bytes%unit != 0 || int(bytes/unsafe.Sizeof(z)) >= len(p.block) {
		panic("an operand does not begin at a unit of the block")
	} else {
		return int32(bytes / unit)
	}
}

func (p *paper[T]) Span(s []T) launch.Span {
	at := p.At(s)
	return launch.Span{From: at, To: at + int32(kernel.Pad(len(s))/launch.Unit)}
}

func (p *paper[T]) Result([]float64) int32           { return p.results.From }
func (p *paper[T]) ResultSpan([]float64) launch.Span { return p.results }

func (p *paper[T]) Table(v []int32) int32 {
	key := fmt.Sprint(v)
	if _, ok := p.tables[key]; !ok {
		p.tables[key] = int32(1000 * len(p.tables))
	}
	return p.tables[key]
}

// covers says whether every unit of a span lies in one of some others.
func covers(spans []launch.Span, s launch.Span) bool {
	for at := s.From; at < s.To; at++ {
		if !slices.ContainsFunc(spans, func(c launch.Span) bool { return c.From <= at && at < c.To }) {
			return false
		}
	}
	return true
}

// launched checks launches against the operands that they may touch and those that they must read and fill, and
// returns what they write.
func (p *paper[T]) launched(t *testing.T, name string, ls []launch.Launch, reads, fills [][]T) {
	t.Helper()
	var read, written []launch.Span
	for _, l := range ls {
		if !strings.Contains(Source(), "\nKERNEL("+l.Kernel+") ARGS {") {
			t.Errorf("%s: no kernel %s", name, l.Kernel)
		}
		if l.Groups < 1 || len(l.Writes) == 0 {
			t.Errorf("%s: %s has %d groups and writes %v", name, l.Kernel, l.Groups, l.Writes)
		}
		for _, s := range slices.Concat(l.Reads, l.Writes) {
			if !covers(append(p.known, p.results), s) {
				t.Errorf("%s: %s touches %v, which is no operand's", name, l.Kernel, s)
			}
		}
		read, written = append(read, l.Reads...), append(written, l.Writes...)
	}
	for i, s := range reads {
		if len(s) > 0 && !covers(read, p.Span(s)) {
			t.Errorf("%s: operand %d of %d, %v, is not read", name, i, len(reads), p.Span(s))
		}
	}
	for i, s := range fills {
		if len(s) > 0 && !covers(written, p.Span(s)) {
			t.Errorf("%s: output %d of %d, %v, is not written", name, i, len(fills), p.Span(s))
		}
	}
}

// Every operation launches kernels that there are, over its own operands, fills its outputs, and makes the same
// launches each time.
func TestLaunches(t *testing.T) {
	t.Run("float32", launches[float32])
	t.Run("float64", launches[float64])
}

func launches[T kernel.Float](t *testing.T) {
	d := &Drawer[T]{Rand: rand.New(rand.NewPCG(7, 8))}
	block := make([]T, 1<<23)
	for _, row := range Rows[T]() {
		for range 6 {
			p := &paper[T]{block: block, used: launch.Unit, results: launch.Span{From: 0, To: 1}, tables: map[string]int32{}}
			c := row.Draw(d)
			var slabs, in, dw [][]T
			for _, s := range c.Slabs {
				slabs = append(slabs, p.take(len(s)))
			}
			for _, s := range c.Inputs {
				in = append(in, p.take(len(s)))
			}
			spec := c.Spec(slabs, make([]float64, c.Rows*ResultCount))
			o := spec.Launches()
			if len(o.Constants) > o.Scratch {
				t.Errorf("%s: %d constants in a scratch of %d", row.Name, len(o.Constants), o.Scratch)
			}
			scratch, out := p.take(o.Scratch), p.take(spec.Out().Len())
			ls := o.Forward(p, scratch, out, in)
			p.launched(t, row.Name, ls, in, [][]T{out})
			if again := o.Forward(p, scratch, out, in); !reflect.DeepEqual(ls, again) {
				t.Errorf("%s: other launches for the same operands", row.Name)
			}
			if c.Gradient != (o.Backward != nil) {
				t.Errorf("%s: a gradient %v, launches of one %v", row.Name, c.Gradient, o.Backward != nil)
			}
			if o.Backward == nil {
				continue
			}
			for _, w := range in[len(in)-c.Weights:] {
				dw = append(dw, p.take(len(w)))
			}
			dx, dy := p.take(len(in[0])), p.take(spec.Out().Len())
			if c.Keeps {
				in = append(in, out)
			}
			name := row.Name + "'s gradient"
			p.launched(t, name, o.Backward(p, scratch, dx, dw, dy, in), nil, append(dw, dx))
			if len(dw) > 0 { // the first layer of a network wants no gradient of its input
				p.launched(t, name+" of weights", o.Backward(p, scratch, nil, dw, dy, in), nil, dw)
			}
		}
	}
}

// What a device may refuse, or a compiler of CUDA, is not in the text of a kernel.
func TestSource(t *testing.T) {
	source := Source()
	text := source[strings.LastIndex(source, prelude)+len(prelude):]
	for line := range strings.Lines(text) {
		code, _, _ := strings.Cut(line, "//")
		for what, pattern := range map[string]string{
			"a floating literal is a double":                 `\b\d+\.\d*|\b\d+f\b|\b\d+[eE][-+]?\d`,
			"an atomic has no fixed order":                   `atom(ic)?_`,
			"CUDA has no such word":                          `\b(INFINITY|get_group_id|get_local_id|__global|__local|__kernel|barrier)\b`,
			"half the devices have no groups within a group": `sub_group`,
		} {
			if found := regexp.MustCompile(pattern).FindString(code); found != "" {
				t.Errorf("%s: %s: %s", what, found, line)
			}
		}
	}
	names := regexp.MustCompile(`KERNEL\((\w+)\)`).FindAllStringSubmatch(text, -1)
	seen := map[string]bool{"norm": true} // which is a function of CUDA
	for _, n := range names {
		if seen[n[1]] {
			t.Errorf("a second kernel %s", n[1])
		}
		seen[n[1]] = true
	}
	if len(names) < 15 {
		t.Errorf("%d kernels", len(names))
	}
}
