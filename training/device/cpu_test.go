package device

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

func TestStepRunsInOrder(t *testing.T) {
	var said []string
	say := func(word string) Call { return func() { said = append(said, word) } }
	d := CPU[float32]()
	a, err1 := d.Record([]Call{say("a"), say("b")})
	b, err2 := d.Record([]Call{say("c")})
	both, err3 := d.Join(a, b)
	if err := errors.Join(err1, err2, err3, both.Run(), a.Run(), both.Close(), b.Run()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(said, ""); got != "abcabc" || a.Launches() != 2 || both.Launches() != 3 {
		t.Errorf("said %q, %d and %d launches", got, a.Launches(), both.Launches())
	}
	if err := d.Wait(); err != nil {
		t.Error(err)
	}
}

// foreign is a step of another device.
type foreign struct{ Step }

func TestForeignWork(t *testing.T) {
	d := CPU[float32]()
	_, err := d.Record([]Call{func() {}, 3})
	if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "call 2 of a step is a int") {
		t.Errorf("recorded a number: %v", err)
	}
	if _, err := d.Join(foreign{}); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("joined another's step: %v", err)
	}
}

// A panic in a call is the step's error and names what was computed; the step can run again.
func TestPanicIsAnError(t *testing.T) {
	in := Size{Pixels: 4, C: 2, Row: 16, Batch: 16}
	w := kernel.Window{H: 2, W: 2, KH: 1, KW: 1, Stride: 1, Dilation: 1}.Slide()
	k := Conv[float64]{In: in, O: 3, Window: w}.CPU()
	good := k.Forward(make([]float64, 4*3*16), make([]float64, in.Len()), make([]float64, 6))
	broken := true
	s, err := CPU[float64]().Record([]Call{
		Named("stem", good),
		Named("cell 3", func() {
			if broken {
				var nowhere []int
				nowhere[0]++
			}
		}),
		good,
	})
	if err != nil {
		t.Fatal(err)
	}
	says := "cell 3: runtime error: index out of range [0] with length 0: "
	if err := s.Run(); !errors.Is(err, evolve.ErrFailed) || !strings.HasPrefix(err.Error(), says) {
		t.Errorf("%v, want it to begin %q", err, says)
	}
	if broken = false; s.Run() != nil {
		t.Error("a step does not run again")
	}
	if c := Named("of another device", 3); c != 3 {
		t.Errorf("a call of another device becomes %v", c)
	}
}

// Slabs are zero when they are taken, whatever they held; a long one is kept, and used again where it is not twice too
// long.
func TestSlabs(t *testing.T) {
	d := &cpu[float32]{}
	take := func(n int) []float32 {
		s, err := d.Take(n)
		if err != nil || len(s) != n {
			t.Fatalf("took %d of %d: %v", len(s), n, err)
		}
		for _, v := range s {
			if v != 0 {
				t.Fatalf("%d elements are not zero", n)
			}
		}
		return s
	}
	give := func(s []float32) *float32 {
		for i := range s {
			s[i] = float32(math.NaN())
		}
		d.Give(s)
		return &s[0]
	}
	short := give(take(pooled - 1))
	six, two := take(6*pooled), take(2*pooled)
	large, small := give(six), give(two)
	if s := take(2*pooled - 1); &s[0] != small {
		t.Error("the shortest slab that is long enough is not used again")
	} else {
		give(s)
	}
	if s := take(pooled - 1); &s[0] == short {
		t.Error("a short slab was kept")
	}
	if s := take(5 * pooled); &s[0] != large || len(d.free) != 1 {
		t.Errorf("the long slab is not used again; %d are free", len(d.free))
	}
	if take(pooled/2 + pooled); len(d.free) != 0 {
		t.Errorf("%d slabs are free after the one was used", len(d.free))
	}
	give(take(2 * pooled))
	if take(3 * pooled); len(d.free) != 0 {
		t.Errorf("%d slabs are free: what is too short is not let go", len(d.free))
	}
	give(take(7 * pooled))
	if take(3 * pooled); len(d.free) != 0 {
		t.Errorf("%d slabs are free: what is much too long is not let go", len(d.free))
	}
}

func TestHostMemory(t *testing.T) {
	d := CPU[float64]()
	to, back := make([]float64, 3), make([]float64, 3)
	d.Upload(to, []float64{1, 2, 3})
	if err := d.Download(back, to); err != nil || !slices.Equal(back, []float64{1, 2, 3}) {
		t.Errorf("%v, %v", back, err)
	}
	if r, err := d.Results(2); err != nil || !slices.Equal(r, []float64{0, 0}) {
		t.Errorf("results %v, %v", r, err)
	}
	if d.Name() != kernel.Name() {
		t.Errorf("the CPU is called %q", d.Name())
	}
	if room, ok := d.Wide(); room != 0 || ok {
		t.Errorf("the CPU is wide: %d, %v", room, ok)
	}
}

// The logits of three lanes in use, one with equal answers, one whose first number is none, and one with a NaN later.
func TestArgmaxAndCrossEntropy(t *testing.T) {
	nan := math.NaN()
	in := Size{Pixels: 1, C: 3, Row: 16, Batch: 4}
	logits := make([]float64, in.Len())
	for lane, v := range [][3]float64{{0, 2, 2}, {nan, 5, 6}, {1, nan, 2}, {-7, -9, -8}} {
		for c := range v {
			logits[c*16+lane] = v[c]
		}
	}
	scalars := make([]float64, ScalarCount)
	scalars[ScalarRow] = 1
	answers := slices.Repeat([]float64{-1}, 32)
	do[float64](t, Argmax[float64]{In: in, Scalars: scalars, Answers: answers}.CPU().Forward(nil, logits))
	if got, want := answers[16:20], []float64{1, 0, 2, 0}; !slices.Equal(got, want) || slices.Max(answers[:16]) != -1 {
		t.Errorf("answers %v, want %v in the second row", answers, want)
	}

	// Two images with logits (0, ln 3): probabilities 1/4 and 3/4; one of them is right. Weight halves the gradient.
	in = Size{Pixels: 1, C: 2, Row: 16, Batch: 3}
	logits = make([]float64, in.Len())
	logits[16], logits[18] = math.Log(3), math.Log(3)
	out, results := slices.Repeat([]float64{9}, in.Len()), make([]float64, 2*ResultCount)
	k := CrossEntropy[float64]{In: in, Weight: 0.5, Labels: []float64{1, -1, 0}, Scalars: scalars, Results: results}.CPU()
	do[float64](t, k.Forward(out, logits))
	loss, got := (math.Log(4./3)+math.Log(4))/2, results[ResultCount:]
	if math.Abs(got[ResultLoss]-loss) > 1e-15 || got[ResultCorrect] != 1 || slices.Max(results[:ResultCount]) != 0 {
		t.Errorf("results %v, want loss %v and 1 right in the second row", results, loss)
	}
	for i, g := range out {
		want := map[int]float64{0: 0.25 / 4, 16: -0.25 / 4, 2: -0.75 / 4, 18: 0.75 / 4}[i]
		if math.Abs(g-want) > 1e-16 {
			t.Errorf("gradient %d is %v, want %v", i, g, want)
		}
	}
}

func TestDropoutMultiplies(t *testing.T) {
	in := Size{Pixels: 2, C: 1, Row: 16, Batch: 16}
	x := slices.Repeat([]float32{3, 5}, 16)
	for _, c := range []struct {
		paths bool
		mask  []float32
	}{{true, slices.Repeat([]float32{0, 2}, 8)}, {false, slices.Repeat([]float32{0, 2}, 16)}} {
		k := Dropout[float32]{In: in, Paths: c.paths, Mask: c.mask}.CPU()
		for _, run := range []func(out []float32) Call{
			func(out []float32) Call { return k.Forward(out, x) },
			func(out []float32) Call { return k.Backward(out, nil, x, nil) },
		} {
			out := make([]float32, 32)
			if do[float32](t, run(out)); !slices.Equal(out, slices.Repeat([]float32{0, 10}, 16)) {
				t.Errorf("paths %v: %v", c.paths, out)
			}
		}
	}
}

// step is a step of every operation, forward and backward.
func step[T kernel.Float](tb testing.TB) Step {
	in := Size{Pixels: 9, C: 4, Row: 32, Batch: 30}
	w := kernel.Window{H: 3, W: 3, KH: 3, KW: 3, Stride: 1, Dilation: 1, PadH: 1, PadW: 1}.Slide()
	pixel := Size{Pixels: 1, C: 4, Row: 32, Batch: 30}
	d := CPU[T]()
	var calls []Call
	add := func(s Spec[T], gradient bool, in Size, inputs int, weights ...int) {
		k, err := d.Kernel(s)
		if err != nil {
			tb.Fatal(err)
		}
		k.Bind(make([]T, k.Scratch()))
		var operands, dw [][]T
		for range inputs {
			operands = append(operands, make([]T, in.Len()))
		}
		for _, n := range weights {
			operands, dw = append(operands, make([]T, n)), append(dw, make([]T, n))
		}
		out := make([]T, s.Out().Len())
		calls = append(calls, k.Forward(out, operands...))
		if _, ok := s.(MaxPool[T]); ok {
			operands = append(operands, out)
		}
		if gradient {
			calls = append(calls, k.Backward(make([]T, in.Len()), dw, make([]T, s.Out().Len()), operands...))
		}
	}
	scalars, results := make([]T, ScalarCount), make([]float64, ResultCount)
	add(Conv[T]{In: in, O: 5, Window: w, ReLU: true}, true, in, 1, 5*4*9)
	add(Conv[T]{In: in, O: 4, Window: w, Depthwise: true, ReLU: true}, true, in, 1, 4*9)
	add(Linear[T]{In: pixel, O: 3}, true, pixel, 1, 12, 3)
	add(BatchNorm[T]{In: in, Training: true, Epsilon: 1e-5, Stats: make([]T, 8)}, true, in, 1, 4, 4)
	add(BatchNorm[T]{In: in, Epsilon: 1e-5, Stats: make([]T, 8)}, true, in, 1)
	add(ReLU[T]{In: in}, true, in, 1)
	add(MaxPool[T]{In: in, Window: w}, true, in, 1)
	add(AvgPool[T]{In: in, Window: w}, true, in, 1)
	add(Sum[T]{In: in}, false, in, 3)
	add(Concat[T]{In: Size{Pixels: 9, C: 8, Row: 32, Batch: 30}, C: []int{4, 4}}, false, in, 2)
	add(Slice[T]{In: in, From: 1, C: 2}, false, in, 1)
	add(Place[T]{In: Size{Pixels: 9, C: 4, Row: 32, Batch: 30}, From: 1, C: 8}, false, in, 1)
	add(Zero[T]{Size: in}, false, in, 0)
	add(Ones[T]{Size: in}, false, in, 0)
	add(Dropout[T]{In: in, Paths: true, Mask: make([]T, 32)}, true, in, 1)
	add(CrossEntropy[T]{In: pixel, Weight: 1, Labels: make([]T, 32), Scalars: scalars, Results: results}, false, pixel, 1)
	add(Argmax[T]{In: pixel, Scalars: scalars, Answers: make([]T, 32)}, false, pixel, 1)
	some := func() []T { return make([]T, 64) }
	add(Update[T]{Kind: "adam", W: some(), G: some(), M: some(), V: some(), Average: some(), Scalars: scalars,
		Results: results}, false, Size{}, 0)
	s, err := d.Record(calls)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestStepAllocatesNothing(t *testing.T) {
	for name, s := range map[string]Step{"float32": step[float32](t), "float64": step[float64](t)} {
		if n := testing.AllocsPerRun(10, func() {
			if err := s.Run(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("a step of %s allocates %v times", name, n)
		}
	}
}

// BenchmarkReplay tells what a call of a recorded step costs beside its work.
func BenchmarkReplay(b *testing.B) {
	calls := slices.Repeat([]Call{Named("nothing", func() {})}, 1000)
	s, err := CPU[float32]().Record(calls)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("calls=1000", func(b *testing.B) {
		for b.Loop() {
			if err := s.Run(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/call")
	})
}
