package gpu

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/launch"
)

// add is out = a + b, then scaled, then with its constants added; and results = 2·out where there are some.
type add struct {
	n       int
	scale   []int32 // out = out · scale, over and over
	plus    []float32
	results []float64
}

func (s add) Out() device.Size            { return device.Size{} }
func (s add) CPU() device.Kernel[float32] { return nil }
func (s add) Launches() launch.Operation[float32] {
	groups := (s.n + launch.Group - 1) / launch.Group
	return launch.Operation[float32]{
		Scratch:   len(s.plus),
		Constants: s.plus,
		Forward: func(m launch.Maker[float32], scratch, out []float32, in [][]float32) []launch.Launch {
			var ls []launch.Launch
			one := func(kernel string, j launch.Job, write launch.Span, reads ...launch.Span) {
				ls = append(ls, launch.Launch{Kernel: kernel, Job: j, Groups: groups, Reads: reads,
					Writes: []launch.Span{write}})
			}
			a, b, o, n, span := m.At(in[0]), m.At(in[1]), m.At(out), int32(s.n), m.Span(out)
			one("add", launch.JobOf(o, a, b, n), span, m.Span(in[0]), m.Span(in[1]))
			if s.scale != nil {
				one("scale", launch.JobOf(o, o, m.Table(s.scale), n, int32(len(s.scale))), span, span)
			}
			if s.plus != nil {
				one("add", launch.JobOf(o, o, m.At(scratch), n), span, span, m.Span(scratch))
			}
			if s.results != nil {
				one("add", launch.JobOf(m.Result(s.results), o, o, n), m.ResultSpan(s.results), span)
			}
			return ls
		},
	}
}

func opened(t testing.TB, f *fake) *Device[float32] {
	t.Helper()
	d, err := Open[float32](f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil && f.breaksAt == 0 {
			t.Error(err)
		}
		if f.open != 0 || !f.closed {
			t.Errorf("%d objects of the driver are left, closed %v", f.open, f.closed)
		}
	})
	return d
}

func take(t testing.TB, d *Device[float32], values ...float32) []float32 {
	t.Helper()
	h, err := d.Take(len(values))
	if err != nil {
		t.Fatal(err)
	}
	d.Upload(h, values)
	return h
}

func results(t testing.TB, d *Device[float32], n int) []float64 {
	t.Helper()
	r, err := d.Results(n)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func read(t testing.TB, d *Device[float32], h []float32) []float32 {
	t.Helper()
	out := make([]float32, len(h))
	if err := d.Download(out, h); err != nil {
		t.Fatal(err)
	}
	return out
}

func forward(t testing.TB, d *Device[float32], s add, out []float32, in ...[]float32) device.Call {
	t.Helper()
	k, err := d.Kernel(s)
	if err != nil {
		t.Fatal(err)
	}
	if n := k.Scratch(); n > 0 {
		scratch, err := d.Take(n)
		if err != nil {
			t.Fatal(err)
		}
		k.Bind(scratch)
	}
	return k.Forward(out, in...)
}

func record(t testing.TB, d *Device[float32], calls ...device.Call) device.Step {
	t.Helper()
	s, err := d.Record(calls)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func run(t testing.TB, s device.Step) {
	t.Helper()
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
}

func same(t testing.TB, what string, got, want []float32) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// Memory is shared out of one buffer, of a size that the driver, the memory or the count of places limits.
func TestRoom(t *testing.T) {
	const gib = 1 << 30
	for want, can := range map[int]Limits{
		35 * gib:                      {Memory: 140 * gib, Largest: 35 * gib},
		60 * gib:                      {Memory: 80 * gib, Largest: 80 * gib},
		(1<<31 - 1) * 4 * launch.Unit: {Memory: 1 << 40, Largest: 1 << 40},
		4 * launch.Unit:               {Memory: 1 << 20, Largest: 8*launch.Unit - 1},
	} {
		if got := Room[float32](can); got != want {
			t.Errorf("%+v: %d bytes, want %d", can, got, want)
		}
	}
}

func TestMemory(t *testing.T) {
	f := newFake()
	d := opened(t, f)
	if room, ok := d.Wide(); !ok || room != 1<<20 {
		t.Errorf("room for %d elements, %v; a buffer of 4 MiB has 1048576", room, ok)
	}
	a := take(t, d, 1, 2, 3)
	same(t, "what was uploaded", read(t, d, a), []float32{1, 2, 3})
	same(t, "a part of it", read(t, d, a[1:2]), []float32{2})
	if room, _ := d.Wide(); room != 1<<20-launch.Unit {
		t.Errorf("%d elements are left", room)
	}
	d.Give(a)
	b, err := d.Take(20) // where a was
	if err != nil {
		t.Fatal(err)
	}
	same(t, "taken again", read(t, d, b), make([]float32, 20))
	_, err = d.Take(1 << 20)
	want := "Fake 1, driver 2: 4 MiB is wanted, and the longest free stretch is 4 MiB of the 4 MiB that networks share, " +
		"one buffer of the device's 8 MiB: " + device.ErrRoom.Error()
	if !errors.Is(err, device.ErrRoom) || err.Error() != want {
		t.Errorf("more than there is: %v", err)
	}
	if d.Give(nil); d.Wait() != nil {
		t.Error("nothing was wrong")
	}
	defer func() {
		if recover() == nil { // a fault of the caller's
			t.Error("memory is given back twice")
		}
	}()
	d.Give(b)
	d.Give(b)
}

// What is uploaded may change as soon as Upload returns, and be longer than the memory it waits in.
func TestStaging(t *testing.T) {
	d := opened(t, newFake())
	all := d.staging.memory
	d.staging.memory = all[:256]
	defer func() { d.staging.memory = all }()
	src, want := make([]float32, 1000), make([]float32, 1000)
	for i := range src {
		src[i], want[i] = float32(i), float32(i)
	}
	h := take(t, d, src...)
	clear(src)
	one := []float32{7}
	for i := range 100 {
		d.Upload(h[16*i%1000:], one)
		want[16*i%1000] = one[0]
		one[0]++
	}
	same(t, "uploads", read(t, d, h), want)
}

func TestSteps(t *testing.T) {
	f := newFake()
	d := opened(t, f)
	a, b := take(t, d, 1, 2, 3), take(t, d, 10, 20, 30)
	c, e := take(t, d, 0, 0, 0), take(t, d, 0, 0, 0)
	results := results(t, d, 3)
	twice := add{n: 3, results: results, scale: []int32{1}, plus: []float32{0}}
	s := record(t, d,
		forward(t, d, add{n: 3}, c, a, b),                                                 // c = a + b
		forward(t, d, add{n: 3}, e, a, a),                                                 // together with the first
		forward(t, d, add{n: 3, scale: []int32{1, 2}, plus: []float32{1, 1, 1}}, a, a, c), // a = (a + c)·(1, 2, 1) + 1
		forward(t, d, twice, e, e, b),                                                     // results = 2·(e + b)
	)
	if s.Launches() != 5 {
		t.Errorf("%d launches", s.Launches())
	}
	if f.launches != 0 {
		t.Error("recording launches")
	}
	run(t, s)
	if slices.Max(results) != 0 {
		t.Errorf("results before Wait: %v", results)
	}
	if err := d.Wait(); err != nil || !slices.Equal(results, []float64{24, 48, 72}) {
		t.Errorf("results: %v, %v", results, err)
	}
	same(t, "c", read(t, d, c), []float32{11, 22, 33})
	same(t, "a", read(t, d, a), []float32{13, 49, 37})
	run(t, s)
	same(t, "a, again", read(t, d, a), []float32{37, 237, 105})
	if want := []float64{72, 236, 208}; !slices.Equal(results, want) { // Download waits as well
		t.Errorf("results after a download: %v, want %v", results, want)
	}
	if f.launches != 10 {
		t.Errorf("%d launches of two runs", f.launches)
	}
	d.GiveResults(results)
	if err := d.Wait(); err != nil || results[0] != 72 {
		t.Errorf("results that were given back: %v, %v", results, err)
	}
}

// Steps of networks, joined, leave what each leaves alone, and outlive each other.
func TestJoin(t *testing.T) {
	const steps = 5
	network := func(d *Device[float32], i int) (s device.Step, a []float32, r []float64) {
		n := 10 + 50*i // of one group, and of several
		x := make([]float32, n)
		for k := range x {
			x[k] = float32(k%7) + float32(i)
		}
		a, r = take(t, d, x...), results(t, d, 16)
		b := take(t, d, x...)
		scaled := add{n: n, scale: []int32{1, 0, int32(i)}}
		calls := []device.Call{forward(t, d, add{n: n}, b, a, a), forward(t, d, scaled, a, a, b)}
		if i%2 == 0 { // networks differ
			calls = append(calls, forward(t, d, add{n: n, plus: x}, b, a, b))
		}
		calls = append(calls, forward(t, d, add{n: 10, results: r}, b, b, a))
		return record(t, d, calls...), a, r
	}
	type left struct {
		a       []float32
		results []float64
	}
	var alone []left
	launches := 0
	for i := range steps {
		d := opened(t, newFake())
		s, a, results := network(d, i)
		launches += s.Launches()
		run(t, s)
		run(t, s)
		alone = append(alone, left{read(t, d, a), results})
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	d := opened(t, newFake())
	var all []device.Step
	var together []left
	for i := range steps {
		s, a, results := network(d, i)
		all, together = append(all, s), append(together, left{a, results})
	}
	two, err := d.Join(all[0], all[1])
	if err != nil {
		t.Fatal(err)
	}
	joined, err := d.Join(append([]device.Step{two}, all[2:]...)...)
	if err != nil {
		t.Fatal(err)
	}
	if joined.Launches() >= launches/2 {
		t.Errorf("%d launches joined, %d alone", joined.Launches(), launches)
	}
	if err := two.Close(); err != nil {
		t.Fatal(err)
	}
	run(t, joined)
	if err := joined.Close(); err != nil {
		t.Fatal(err)
	}
	for _, s := range all { // each is still whole
		run(t, s)
	}
	for i, l := range together {
		same(t, fmt.Sprint("network ", i), read(t, d, l.a), alone[i].a)
	}
	if err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	for i, l := range together {
		if !slices.Equal(l.results, alone[i].results) || slices.Max(l.results) == 0 {
			t.Errorf("network %d: results %v, alone %v", i, l.results, alone[i].results)
		}
	}
	for what, err := range map[string]error{"closed": joined.Run(), "closed twice": joined.Close()} {
		if (err != nil) != (what == "closed") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Equal tables are kept once. A step keeps its buffer of tables when a larger one takes its place.
func TestTables(t *testing.T) {
	d := opened(t, newFake())
	a, b := take(t, d, 1, 2), take(t, d, 3, 4)
	s := record(t, d, forward(t, d, add{n: 2, scale: []int32{5, 7}}, b, a, b))
	if used := d.tables.used; used != 2 {
		t.Errorf("%d numbers", used)
	}
	long := make([]int32, firstTables)
	long[1] = 3
	sevens := add{n: 2, scale: []int32{7}}
	later := record(t, d, forward(t, d, add{n: 2, scale: long}, a, a, a),
		forward(t, d, add{n: 2, scale: []int32{5, 7}}, a, a, b),
		forward(t, d, sevens, b, b, b), forward(t, d, sevens, b, b, b))
	if used := d.tables.used; used != 3+firstTables || len(d.tables.buffers) != 2 {
		t.Errorf("%d numbers in %d buffers", used, len(d.tables.buffers))
	}
	run(t, s)
	same(t, "before", read(t, d, b), []float32{20, 42})
	run(t, later)
	same(t, "after", read(t, d, a), []float32{100, 378})
	same(t, "after", read(t, d, b), []float32{20 * 14 * 14, 42 * 14 * 14})
}

// A device that fails in the middle, at once or later, says so from then on, whatever is asked of it.
func TestLost(t *testing.T) {
	for _, late := range []bool{false, true} {
		f := newFake()
		d := opened(t, f)
		a := take(t, d, 1)
		results := results(t, d, 1)
		s := record(t, d, forward(t, d, add{n: 1, scale: []int32{3}, results: results}, a, a, a))
		run(t, s)
		if err := d.Wait(); err != nil || results[0] != 12 {
			t.Fatalf("%v, %v", results, err)
		}
		f.breaksAt, f.late, f.breaks = f.launches+2, late, errLost
		err := s.Run()
		if late != (err == nil) {
			t.Errorf("late %v: %v", late, err)
		}
		want := "Fake 1, driver 2: fakeFinish: FAKE_OUT_OF_RESOURCES (-5): the device is lost"
		if !late {
			want = "Fake 1, driver 2: kernel scale, launch 2 of 3: fakeFinish: FAKE_OUT_OF_RESOURCES (-5): the device is lost"
			if err.Error() != want {
				t.Errorf("%v, want %s", err, want)
			}
		}
		if err := d.Wait(); err == nil || err.Error() != want || results[0] != 12 {
			t.Errorf("%v, want %s; %v", err, want, results)
		}
		d.Upload(a, []float32{1})
		_, took := d.Take(1)
		_, resulted := d.Results(1)
		_, recorded := d.Record(nil)
		downloaded := d.Download(make([]float32, 1), a)
		for what, err := range map[string]error{
			"Run": s.Run(), "Take": took, "Results": resulted, "Record": recorded, "Wait": d.Wait(), "Download": downloaded,
		} {
			if !errors.Is(err, device.ErrLost) || errors.Is(err, evolve.ErrFailed) {
				t.Errorf("%s: %v", what, err)
			}
		}
		d.Give(a)
		d.GiveResults(results)
	}
}

// A launch that is refused is its step's failure alone; what is told late is anybody's, and loses the device.
func TestRefused(t *testing.T) {
	f := newFake()
	d := opened(t, f)
	a, b := take(t, d, 1), take(t, d, 5)
	s, other := record(t, d, forward(t, d, add{n: 1}, a, a, a)), record(t, d, forward(t, d, add{n: 1}, b, b, b))
	f.breaksAt, f.breaks = 1, errors.New("fakeLaunch: FAKE_NO_REGISTERS (-5)")
	want := "Fake 1, driver 2: kernel add, launch 1 of 1: fakeLaunch: FAKE_NO_REGISTERS (-5): failed"
	if err := s.Run(); !errors.Is(err, evolve.ErrFailed) || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	run(t, other)
	same(t, "the other", read(t, d, b), []float32{10})
	f.breaksAt, f.late = f.launches+1, true
	run(t, other)
	if err := d.Wait(); !errors.Is(err, device.ErrLost) || errors.Is(err, evolve.ErrFailed) {
		t.Errorf("told late: %v", err)
	}
}

// Where the driver has no buffer left for a step's jobs, there is no step, and nothing is left of it.
func TestNoRoomForJobs(t *testing.T) {
	f := newFake()
	d := opened(t, f)
	a := take(t, d, 1)
	s := record(t, d, forward(t, d, add{n: 1}, a, a, a))
	room, open := f.room, f.open
	f.room = 0
	for what, make := range map[string]func() (device.Step, error){
		"recorded": func() (device.Step, error) { return d.Record([]device.Call{forward(t, d, add{n: 1}, a, a, a)}) },
		"joined":   func() (device.Step, error) { return d.Join(s, s) },
	} {
		const want = "Fake 1, driver 2: no room for the jobs of a step"
		got, err := make()
		if got != nil || !errors.Is(err, device.ErrRoom) || !strings.HasPrefix(err.Error(), want) || f.open != open {
			t.Errorf("%s: %v, %v; %d objects are left", what, got, err, f.open-open)
		}
	}
	f.room = room
	run(t, s)
	same(t, "what there was", read(t, d, a), []float32{2})
}

func TestOpenFails(t *testing.T) {
	const log = "fakeBuild: FAKE_FAILURE (-11):\nwarning: 1\nx.cl:3:4: error: what is this\nx.cl:5:6: error: more"
	for _, c := range []struct {
		change func(*fake)
		is     error
		says   string // after the device's name
	}{
		{func(f *fake) { f.refuses = log }, evolve.ErrFailed,
			": the kernels do not compile: x.cl:3:4: error: what is this: failed"},
		{func(f *fake) { f.refuses = "fakeBuild: FAKE_FAILURE (-11)" }, evolve.ErrFailed,
			": the kernels do not compile: fakeBuild: FAKE_FAILURE (-11): failed"},
		{func(f *fake) { f.limits.Memory = 1 << 20 }, evolve.ErrFailed,
			": too little memory: it has 1 MiB: no room on the device: failed"},
		{func(f *fake) { f.room = 9 << 19 }, evolve.ErrFailed, // tables take 8
			": too little memory: fakeCreateBuffer: FAKE_NO_ROOM (-4): no room on the device: failed"},
		{func(f *fake) { f.room = 1 << 21 }, evolve.ErrFailed,
			": no room for tables of 4 MiB: fakeCreateBuffer: FAKE_NO_ROOM (-4): no room on the device: failed"},
		{func(f *fake) { f.limits.Group = 32 }, evolve.ErrUnsupported,
			": groups of 32 items and 64 KiB of local memory, kernels need 64 and 32 KiB: unsupported"},
	} {
		f := newFake()
		c.change(f)
		_, err := Open[float32](f)
		if !errors.Is(err, c.is) || err.Error() != "Fake 1, driver 2"+c.says {
			t.Errorf("%v\nwant %s", err, c.says)
		}
		if f.open != 0 || !f.closed {
			t.Errorf("%s: %d objects of the driver are left, closed %v", c.says, f.open, f.closed)
		}
	}
	_, err := Open[float64](newFake())
	if !errors.Is(err, evolve.ErrUnsupported) || err.Error() != "Fake 1, driver 2: no double precision: unsupported" {
		t.Error(err)
	}
	for what, change := range map[string]func(*fake){
		"others have most of it":           func(f *fake) { f.room = 6 << 20 }, // tables take 4
		"others have it, as its use tells": func(f *fake) { f.lazy = 3 << 20 },
	} {
		f := newFake()
		f.limits.Memory, f.limits.Largest = 1<<26, 1<<25
		change(f)
		if d := opened(t, f); len(d.mapped) != 2<<20 {
			t.Errorf("%s: a block of %s", what, size(len(d.mapped)))
		}
	}
}

// A caller's faults are told where they would end in wrong numbers.
func TestFaults(t *testing.T) {
	d, other := opened(t, newFake()), opened(t, newFake())
	a, foreign := take(t, d, 1, 2, 3), take(t, other, 1, 2, 3)
	for what, calls := range map[string][]device.Call{
		"another device's operand":   {forward(t, d, add{n: 3}, a, a, foreign)},
		"the host's operand":         {forward(t, d, add{n: 3}, a, a, make([]float32, 3))},
		"within a unit":              {forward(t, d, add{n: 3}, a, a, a[1:])},
		"results of nobody":          {forward(t, d, add{n: 3, results: make([]float64, 1)}, a, a, a)},
		"another device's call":      {forward(t, other, add{n: 3}, foreign, foreign, foreign)},
		"the CPU's call":             {func() {}},
		"a kernel that nobody wrote": {&call[float32]{d: d, launches: []launch.Launch{{Kernel: "none", Groups: 1}}}},
	} {
		if s, err := d.Record(calls); err == nil || s != nil { // callers close what is not nil
			t.Errorf("%s: %v, %v", what, s, err)
		}
	}
	theirs := record(t, other)
	if _, err := d.Join(theirs); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("another device's step: %v", err)
	}
	if err := d.Download(make([]float32, 3), foreign); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("download from another device: %v", err)
	}
	d.Upload(foreign, []float32{1})
	if err := d.Wait(); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("upload to another device: %v", err)
	}
	if err := d.Wait(); err != nil {
		t.Errorf("told twice: %v", err)
	}
	if got, err := d.Results(1 << 21); got != nil || !errors.Is(err, device.ErrRoom) {
		t.Errorf("more results than memory: %d, %v", len(got), err)
	}
	if err := d.Wait(); err != nil {
		t.Errorf("told late, to whoever waits: %v", err)
	}
}

// An operand whose elements a kernel cannot count is refused, and not computed in part.
func TestLongest(t *testing.T) {
	d, err := Open[float32](NewIdle())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	long, err := d.Take(longest + 1)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]error{longest: nil, longest + 1: evolve.ErrFailed} {
		a := long[:n]
		s, err := d.Record([]device.Call{forward(t, d, add{n: 1}, a, a, a)})
		if !errors.Is(err, want) {
			t.Errorf("%d elements: %v, want %v", n, err, want)
		}
		if s != nil {
			s.Close()
		}
	}
}

func TestGoroutines(t *testing.T) {
	d := opened(t, newFake())
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			a := take(t, d, float32(g))
			b := take(t, d, 1)
			s := record(t, d, forward(t, d, add{n: 1}, a, a, b))
			for range 100 {
				if err := s.Run(); err != nil {
					t.Error(err)
				}
			}
			if err := d.Wait(); err != nil {
				t.Error(err)
			}
			same(t, "sum", read(t, d, a), []float32{100 + float32(g)})
			d.Give(a)
		})
	}
	wg.Wait()
}

func TestSize(t *testing.T) {
	for bytes, want := range map[int]string{64: "64 bytes", 1 << 10: "1 KiB", 3 << 19: "1.5 MiB", 1<<37 - 1: "128 GiB"} {
		if got := size(bytes); got != want {
			t.Errorf("%d: %s, want %s", bytes, got, want)
		}
	}
}

// Running a step allocates nothing.
func TestRunAllocates(t *testing.T) {
	f := newFake()
	f.idle = true
	d := opened(t, f)
	a := take(t, d, 1)
	s := record(t, d, forward(t, d, add{n: 1, results: results(t, d, 1)}, a, a, a))
	run(t, s)
	if n := testing.AllocsPerRun(100, func() { run(t, s) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}
