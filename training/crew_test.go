package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
)

// wide is the processor as a device that gains by joining, with so many elements of memory. It keeps count, and breaks
// when it is told to.
type wide struct {
	device.Device[float32]

	mu    sync.Mutex
	room  int
	sets  []int // how many steps each Run was of
	made  int   // joins
	open  int   // joined steps
	tight bool  // no room for a joined step
	lose  int   // at this run of a step the device is lost; 0 never
}

func newWide(room int) *wide { return &wide{Device: device.CPU[float32](), room: room} }

func (d *wide) Take(n int) ([]float32, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.lost(); err != nil {
		return nil, err
	}
	if n > d.room {
		return nil, fmt.Errorf("%d elements of %d: %w", n, d.room, device.ErrRoom)
	}
	d.room -= n
	return d.Device.Take(n)
}

func (d *wide) Give(s []float32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room += len(s)
	d.Device.Give(s)
}

func (d *wide) Wide() (int, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.room, true
}

func (d *wide) lost() error {
	if d.lose > 0 && len(d.sets) >= d.lose {
		return fmt.Errorf("clFinish: %w", device.ErrLost)
	}
	return nil
}

func (d *wide) Wait() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lost()
}

func (d *wide) Download(dst, src []float32) error {
	if err := d.Wait(); err != nil {
		return err
	}
	return d.Device.Download(dst, src)
}

func (d *wide) Record(calls []device.Call) (device.Step, error) {
	s, err := d.Device.Record(calls)
	return &wideStep{s, d, 1}, err
}

func (d *wide) Join(steps ...device.Step) (device.Step, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.made++
	if d.tight {
		return nil, device.ErrRoom
	}
	var parts []device.Step
	for _, s := range steps {
		parts = append(parts, s.(*wideStep).Step)
	}
	s, err := d.Device.Join(parts...)
	d.open++
	return &wideStep{s, d, len(steps)}, err
}

type wideStep struct {
	device.Step
	dev *wide
	of  int
}

func (s *wideStep) Run() error {
	s.dev.mu.Lock()
	err := s.dev.lost()
	s.dev.sets = append(s.dev.sets, s.of)
	s.dev.mu.Unlock()
	if err != nil {
		return err
	}
	return s.Step.Run()
}

func (s *wideStep) Close() error {
	if s.of > 1 {
		s.dev.mu.Lock()
		s.dev.open--
		s.dev.mu.Unlock()
	}
	return s.Step.Close()
}

// cells are small jobs that differ in cell, epochs and recipe.
func cells(n int) (jobs []Job) {
	archs := []evolve.Arch{"333333", "214201", "231430", "444444", "123401", "303103", "222222", "013244"}
	for i, a := range archs[:n] {
		jobs = append(jobs, digitsJob("nb201", a, 1+i%3, func(j *Job) {
			j.Net.F, j.Recipe.Batch, j.Recipe.Images, j.Seed = 4, 16, 96, uint64(i)
			switch i {
			case 1:
				j.Recipe.Accumulate = 2
			case 2:
				j.Recipe.Images = 64
			case 5:
				j.Recipe.Average = 0.9
			}
		}))
	}
	return jobs
}

// alone is the checkpoint and the test error of a job trained on the processor by itself.
func alone(t *testing.T, j Job) string {
	t.Helper()
	r := trained(t, j)
	defer r.Close()
	return ended(t, r)
}

func ended(t *testing.T, r *Run) string {
	t.Helper()
	text, err := r.marshal()
	if err != nil {
		t.Error(err)
	}
	e, err := r.Test(context.Background())
	if err != nil {
		t.Error(err)
	}
	return fmt.Sprintf("%x %x %d", text, e.Loss, e.Correct)
}

// together trains jobs on a device at the same time; each has a goroutine and ends in what ended says.
func together(t *testing.T, d device.Device[float32], jobs []Job) []string {
	t.Helper()
	f := evolve.NewFlight(len(jobs))
	ctx := f.With(t.Context())
	f.Stand(len(jobs))
	got := make([]string, len(jobs))
	var wg sync.WaitGroup
	for i, j := range jobs {
		wg.Go(func() {
			defer f.Land()
			r, err := Join(ctx, d, func(room int) (*Run, error) {
				j.Room = room
				return Start(j, digits(t), d)
			})
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			for r.Done() < r.Recipe.Epochs {
				if e, err := r.Next(ctx); err != nil || e.Seconds <= 0 || e.ValTime <= 0 {
					t.Errorf("%+v, %v", e, err)
					return
				}
			}
			got[i] = ended(t, r)
		})
	}
	wg.Wait()
	return got
}

// Joined with any others, a run leaves the very checkpoint that it leaves alone.
func TestCrewKeepsEveryBit(t *testing.T) {
	var want []string
	for _, j := range cells(8) {
		want = append(want, alone(t, j))
	}
	for _, n := range []int{1, 3, 8} {
		d := newWide(1 << 24)
		before := d.room
		for i, text := range together(t, d, cells(n)) {
			if text != want[i] {
				t.Errorf("%d joined: run %d has other numbers than alone", n, i)
			}
		}
		if most := slices.Max(d.sets); most != n {
			t.Errorf("%d runs were joined at most %d at a time", n, most)
		}
		if d.room != before || d.open != 0 {
			t.Errorf("%d of %d elements and %d joined steps are left at the end", d.room, before, d.open)
		}
	}
}

// A set of runs is joined once for its passes, once for its updates and once for evaluation, and not again.
func TestCrewJoinsOnce(t *testing.T) {
	d := newWide(1 << 24)
	jobs := cells(8)
	jobs = []Job{jobs[0], jobs[3], jobs[6]} // one recipe
	for i := range jobs {
		jobs[i].Recipe.Epochs = 4
	}
	together(t, d, jobs)
	if d.made != 2 {
		t.Errorf("joined %d times, want training and evaluation once each", d.made)
	}
	for _, n := range d.sets {
		if n != 3 {
			t.Fatalf("a step of %d runs: %v", n, d.sets)
		}
	}
	// Nor where each epoch is followed by a test, as in a table.
	d = newWide(1 << 24)
	f := evolve.NewFlight(len(jobs))
	ctx := f.With(t.Context())
	f.Stand(len(jobs))
	var wg sync.WaitGroup
	for _, j := range jobs {
		wg.Go(func() {
			defer f.Land()
			r, err := Join(ctx, d, func(int) (*Run, error) { return Start(j, digits(t), d) })
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			for range 3 {
				_, err1 := r.Next(ctx)
				_, err2 := r.Test(ctx)
				if err := errors.Join(err1, err2); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if d.made != 2 {
		t.Errorf("with tests between epochs joined %d times, want training and evaluation once each", d.made)
	}
}

// fleeting is a device that is lost when it has been asked for so many downloads.
type fleeting struct {
	*wide
	left int
}

func (d *fleeting) Download(dst, src []float32) error {
	if d.left--; d.left <= 0 {
		return device.ErrLost
	}
	return d.wide.Download(dst, src)
}

// What is lost with the device while an epoch's weights are fetched is that epoch alone.
func TestLostBeforeSaving(t *testing.T) {
	j := cells(1)[0]
	j.Recipe.Epochs = 3
	// An epoch fetches answers, weights, moments and statistics. This is the weights' of the second.
	const at = 4 + 2
	dir := t.TempDir()
	s := Session{Dir: dir, Every: time.Hour}
	if err := s.Train(t.Context(), j, digits(t), &fleeting{newWide(1 << 24), at}); !errors.Is(err, device.ErrLost) {
		t.Fatal(err)
	}
	c, err := Load(s.Dir + "/" + LastName)
	epochs, err2 := readEpochs(s.Dir + "/" + EpochsName)
	if err != nil || err2 != nil || len(c.History) != 1 || len(epochs) != 1 {
		t.Errorf("kept %+v, %v and %v, %v, want one epoch", c, err, epochs, err2)
	}
	b := trainBench(t, "space=nb201", "F=4", "N=1", "images=64", "batch=16", "epochs=3")
	b.dev = &fleeting{newWide(1 << 24), at}
	b = in(t, b, t.TempDir(), nil)
	var r evolve.Result
	if err := b.Evaluate(t.Context(), trial(1, "333333", 3, 0), &r); !errors.Is(err, device.ErrLost) {
		t.Fatal(err)
	}
	text, l, err := b.store.get(1)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := parse("weights", text); err != nil || len(c.History) != 1 || len(l.Seconds) != 1 {
		t.Errorf("kept %+v and %+v, %v, want one epoch", c, l, err)
	}
}

// Where memory is short, as many as fit are joined and the others wait; no number changes.
func TestCrewWaitsForRoom(t *testing.T) {
	jobs := cells(8)
	probe := newWide(1 << 24)
	together(t, probe, jobs[:1])
	var want []string
	for _, j := range jobs {
		want = append(want, alone(t, j))
	}
	need := 0
	for _, j := range jobs {
		j.Room = 1 // the least that it can do with
		r, err := Start(j, digits(t), probe)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.takeAll(); err != nil {
			t.Fatal(err)
		}
		need = max(need, 1<<24-probe.room)
		r.Close()
	}
	for _, tight := range []bool{false, true} {
		d := newWide(2*need + need/2)
		d.tight = tight
		for i, text := range together(t, d, jobs) {
			if text != want[i] {
				t.Errorf("run %d has other numbers than alone", i)
			}
		}
		if most := slices.Max(d.sets); !tight && (most < 2 || most > 7) {
			t.Errorf("%d runs were joined, in room for about 2 of the largest", most)
		}
	}
	small := newWide(need / 16)
	_, err := Join(t.Context(), small, func(int) (*Run, error) { return Start(jobs[0], digits(t), small) })
	if !errors.Is(err, evolve.ErrFailed) {
		t.Errorf("a run too large for the device: %v, want ErrFailed", err)
	}
}

// One that is cancelled, and one that diverges, leave the third as it is.
func TestCrewLeavesOthersAlone(t *testing.T) {
	jobs := cells(3)
	for i := range jobs {
		jobs[i].Recipe.Epochs = 2
	}
	want := alone(t, jobs[2])
	bad := &jobs[1].Recipe
	bad.LR, bad.Clip, bad.WeightDecay, bad.Schedule, bad.Images = 100, 0, 1, "constant", 0
	d := newWide(1 << 24)
	f := evolve.NewFlight(3)
	all := f.With(t.Context())
	f.Stand(3)
	cancelled, cancel := context.WithCancel(all)
	defer cancel()
	var wg sync.WaitGroup
	errs := make([]error, 3)
	var got string
	for i, j := range jobs {
		wg.Go(func() {
			ctx := all
			if i == 0 {
				ctx = cancelled
			}
			r, err := Join(ctx, d, func(int) (*Run, error) { return Start(j, digits(t), d) })
			defer f.Stand(0)
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			if i == 0 {
				r.Observer = evolve.On(func(s Step) { cancel() })
			}
			for r.Done() < 2 && errs[i] == nil {
				_, errs[i] = r.Next(ctx)
			}
			if i == 2 && errs[2] == nil {
				got = ended(t, r)
			}
		})
	}
	wg.Wait()
	if !errors.Is(errs[0], context.Canceled) || !errors.Is(errs[1], evolve.ErrFailed) || errs[2] != nil || got != want {
		t.Errorf("errors %v; the third has the numbers that it has alone: %v", errs, got == want)
	}
}

// An epoch's seconds are shares: together they are no more than the time that passed.
func TestCrewSharesSeconds(t *testing.T) {
	begin := time.Now().Add(-time.Second)
	c := &crew{settled: begin}
	a, b := &seat{}, &seat{}
	c.last = []part{{a, 30}, {b, 10}}
	c.settle()
	whole, passed := a.seconds+b.seconds, time.Since(begin).Seconds()
	if whole < 1-1e-9 || whole > passed+1e-9 {
		t.Errorf("shares of %g s, %g have passed", whole, passed)
	}
	if math.Abs(a.seconds-3*b.seconds) > 1e-9*whole {
		t.Errorf("shares %g and %g, want 3 to 1", a.seconds, b.seconds)
	}
}

// studyOn runs a study of so many workers on a device, over what dir has, and returns its outcomes.
func studyOn(t *testing.T, d device.Device[float32], dir string, workers int, settings ...string) ([]evolve.Outcome,
	[]evolve.Event, error) {
	t.Helper()
	b := trainBench(t, settings...)
	b.dev, b.about.Abreast = d, true
	var mu sync.Mutex
	var events []evolve.Event
	bench, err := b.In(dir, func(e evolve.Event) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, e)
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []evolve.Outcome
	keep := recorderOf(func(o *evolve.Outcome) error { got = append(got, *o); return nil })
	pool := evolve.Local(bench, evolve.LocalOptions{Window: workers, Procs: 1, Abreast: true})
	ctx, cancel := context.WithCancel(t.Context())
	defer pool.Drain()
	defer cancel()
	study := evolve.Study{Searcher: &drawn{}, Pool: pool, Problem: bench.Problem(), Recorder: keep, Trials: 12, Seed: 3}
	_, err = study.Run(ctx)
	return got, events, err
}

// drawn proposes architectures at random.
type drawn struct {
	p evolve.Problem
	r *rand.Rand
}

func (d *drawn) Init(p evolve.Problem, r *rand.Rand) error {
	d.p, d.r = p, r
	return nil
}

func (d *drawn) Ask(p *evolve.Proposal) bool {
	p.Arch = d.p.Space.Sample(d.r)
	return true
}

func (*drawn) Tell(*evolve.Trial, *evolve.Result) error { return nil }

type recorderOf func(*evolve.Outcome) error

func (f recorderOf) Record(o *evolve.Outcome) error { return f(o) }

// A search gives the same numbers with any number of processors, joined, crowded, or one at a time on the processor.
func TestBenchmarkAbreast(t *testing.T) {
	settings := []string{"space=nb201", "F=4", "N=1", "images=64", "batch=16", "epochs=1"}
	want, _, err := studyOn(t, device.CPU[float32](), "", 4, settings...)
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []int{1 << 24, 400_000} {
		d := newWide(room)
		got, events, err := studyOn(t, d, "", 4, settings...)
		if err != nil {
			t.Fatal(err)
		}
		most, crowded := slices.Max(d.sets), 0
		for _, e := range events {
			if _, ok := e.(Crowded); ok {
				crowded++
			}
		}
		if room == 1<<24 && (most != 4 || crowded != 0) || room < 1<<24 && crowded != 1 {
			t.Errorf("room %d: joined %d of 4, and %d times said that there is no room", room, most, crowded)
		}
		whole, last := 0.0, 0.0
		for i := range want {
			if got[i].Arch != want[i].Arch || got[i].Loss != want[i].Loss || got[i].Cost <= 0 {
				t.Errorf("room %d: trial %d: %+v, on the processor %+v", room, i+1, got[i], want[i])
			}
			if room == 1<<24 && i < 4 && got[i].End != got[0].End { // they end with the same step
				t.Errorf("trial %d ends at %g, trial 1 at %g", i+1, got[i].End, got[0].End)
			}
			whole, last = whole+got[i].Cost, max(last, got[i].End)
		}
		if math.Abs(whole-last) > 1e-9*whole {
			t.Errorf("room %d: the last ends at %g, all together cost %g", room, last, whole)
		}
	}
}

// When the device is lost the study ends, no trial in flight is told as failed, and each goes on from its last epoch.
func TestBenchmarkLosesDevice(t *testing.T) {
	settings := []string{"space=nb201", "F=4", "N=1", "images=64", "batch=16", "epochs=3"}
	want, _, err := studyOn(t, device.CPU[float32](), "", 4, settings...)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{1, 60, 100} {
		dir := t.TempDir()
		d := newWide(1 << 24)
		d.lose = at
		got, _, err := studyOn(t, d, dir, 4, settings...)
		if !errors.Is(err, device.ErrLost) || errors.Is(err, evolve.ErrFailed) || strings.Contains(err.Error(), "\n") {
			t.Fatalf("lost at step %d: %v", at, err)
		}
		for _, o := range got {
			if o.Err != nil {
				t.Errorf("lost at step %d: trial %d was told as failed: %v", at, o.ID, o.Err)
			}
		}
		again, _, err := studyOn(t, newWide(1<<24), dir, 4, settings...)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if again[i].Loss != want[i].Loss {
				t.Errorf("lost at step %d: trial %d ends at %g, want %g", at, i+1, again[i].Loss, want[i].Loss)
			}
		}
	}
}

// A promoted trial goes on from its predecessor's weights among others that begin, and ends as on the processor; a
// limit of seconds is one of a trial's share.
func TestBenchmarkPromotesAbreast(t *testing.T) {
	d := newWide(1 << 24)
	open := func(d device.Device[float32], settings ...string) *Benchmark {
		b := trainBench(t, append([]string{"space=nb201", "F=4", "N=1", "images=64", "batch=16", "epochs=3"}, settings...)...)
		b.dev = d
		return in(t, b, t.TempDir(), nil)
	}
	joint, one := open(d), open(device.CPU[float32]())
	archs := []evolve.Arch{"333333", "214201", "231430"}
	for i, a := range archs {
		evaluated(t, joint, trial(i+1, a, 1, 0))
		evaluated(t, one, trial(i+1, a, 1, 0))
	}
	trials := []*evolve.Trial{trial(4, archs[0], 3, 1), trial(5, archs[1], 2, 2), trial(6, "222222", 2, 0)}
	f := evolve.NewFlight(len(trials))
	f.Stand(len(trials))
	results := make([]evolve.Result, len(trials))
	var wg sync.WaitGroup
	for i, tr := range trials {
		wg.Go(func() {
			if err := joint.Evaluate(f.With(t.Context()), tr, &results[i]); err != nil {
				t.Error(err)
			}
			f.Stand(0) // the others do not wait for it
		})
	}
	wg.Wait()
	for i, tr := range trials {
		if want := evaluated(t, one, tr); results[i].Loss != want.Loss {
			t.Errorf("trial %d: %g, on the processor %g", tr.ID, results[i].Loss, want.Loss)
		}
	}
	if most := slices.Max(d.sets); most != 3 {
		t.Errorf("joined at most %d, want 3", most)
	}
	// It limits the epochs, and not the test after the last.
	b := open(d, "seconds=1000")
	run, _, err := b.begin(t.Context(), trial(1, archs[0], 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.next(t.Context(), run, 0); err != nil {
		t.Error(err)
	}
	run.seat.seconds += 2000
	if _, err := run.Test(t.Context()); err != nil {
		t.Errorf("a test beyond the limit: %v", err)
	}
	if err := run.Close(); err != nil {
		t.Error(err)
	}
	var r evolve.Result
	err = open(d, "seconds=1e-6").Evaluate(t.Context(), trial(1, archs[0], 1, 0), &r)
	if !errors.Is(err, evolve.ErrFailed) || !strings.Contains(err.Error(), "epoch 1 did not end within the limit") ||
		!(r.Cost > 0) {
		t.Errorf("a limit that is passed: %v, cost %g", err, r.Cost)
	}
}

// Seeds are trained all at a time whatever Procs, and a training that was stopped goes on.
func TestSeedsAbreast(t *testing.T) {
	j := cells(1)[0]
	j.Recipe.Epochs = 3
	tested := func(d device.Device[float32], dir string, watch evolve.Observer, ctx context.Context) ([]Tested, error) {
		s := Seeds{Job: j, Count: 3, Procs: 1, Dir: dir, Observer: watch}
		return s.Run(ctx, digits(t), d)
	}
	want, err := tested(device.CPU[float32](), t.TempDir(), nil, t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d, dir := newWide(1<<24), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err = tested(d, dir, evolve.On(func(e OfSeed) {
		if x, ok := e.Event.(Epoch); ok && x.Epoch == 2 {
			cancel()
		}
	}), ctx)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped: %v", err)
	}
	got, err := tested(d, dir, nil, t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if got[i].Test.Loss != want[i].Test.Loss || got[i].Chosen.ValCorrect != want[i].Chosen.ValCorrect {
			t.Errorf("seed %d: %+v, on the processor %+v", want[i].Seed, got[i].Test.Loss, want[i].Test.Loss)
		}
	}
	if most := slices.Max(d.sets); most != 3 {
		t.Errorf("joined at most %d, want all 3", most)
	}
}

// nothing is a step that does nothing.
type nothing struct{ device.Step }

func (*nothing) Run() error   { return nil }
func (*nothing) Close() error { return nil }

// idleDevice joins steps that do nothing.
type idleDevice struct{ *wide }

func (idleDevice) Join(...device.Step) (device.Step, error) { return &nothing{}, nil }

// However many trials come, go, fail, are refused or find no room, none waits for ever.
func TestCrewNeverHangs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		workers, room := rapid.IntRange(1, 9).Draw(t, "workers"), rapid.IntRange(4, 20).Draw(t, "room")
		seed := rapid.Uint64().Draw(t, "seed")
		c := &crew{dev: idleDevice{newWide(0)}, flights: map[*evolve.Flight]*flight{}}
		free := newWide(room)
		e := trials(func(ctx context.Context, tr *evolve.Trial, res *evolve.Result) error {
			r := rand.New(rand.NewPCG(seed, uint64(tr.ID)))
			if r.IntN(8) == 0 {
				return fmt.Errorf("refused: %w", evolve.ErrFailed)
			}
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			if r.IntN(8) == 0 {
				time.AfterFunc(time.Duration(r.IntN(300))*time.Microsecond, cancel)
			}
			// Two halves, so that trials which are opened at the same time are in each other's way.
			need := 1 + r.IntN(4)
			run, err := c.join(ctx, func(int) (*Run, error) {
				if _, err := free.Take(need); err != nil {
					return nil, err
				}
				runtime.Gosched()
				if r.IntN(4) == 0 {
					free.Give(make([]float32, need))
					return nil, errors.New("refused by the device")
				}
				if _, err := free.Take(need); err != nil {
					free.Give(make([]float32, need))
					return nil, err
				}
				return &Run{}, nil
			})
			if err != nil {
				return fmt.Errorf("%w: %w", err, evolve.ErrFailed)
			}
			defer run.seat.close(func() error { free.Give(make([]float32, 2*need)); return nil })
			step := &nothing{}
			for range r.IntN(4) {
				err := run.turn(ctx, func() error {
					for range r.IntN(5) {
						if err := run.seat.run(ctx, step, 1); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					return fmt.Errorf("%w: %w", err, evolve.ErrFailed)
				}
			}
			return nil
		})
		pool := evolve.Local(e, evolve.LocalOptions{Window: workers, Abreast: true})
		ended := make(chan error, 1)
		go func() {
			s := evolve.Study{Searcher: &drawn{}, Pool: pool, Problem: evolve.Problem{Space: oneSpace{}}, Trials: 40}
			_, err := s.Run(context.Background())
			ended <- err
		}()
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(20 * time.Second):
			c.mu.Lock()
			defer c.mu.Unlock()
			var states []state
			for _, s := range c.seats {
				states = append(states, s.state)
			}
			t.Fatalf("it hangs: seats %v, %d in line, freed %d", states, len(c.line), c.freed)
		}
		if len(c.seats) != 0 || len(c.line) != 0 || free.room != room || len(c.flights) != 0 {
			t.Fatalf("at the end there are %d seats, %d in line, %d flights, room %d of %d", len(c.seats), len(c.line),
				len(c.flights), free.room, room)
		}
	})
}

type trials func(context.Context, *evolve.Trial, *evolve.Result) error

func (f trials) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	return f(ctx, t, r)
}

type oneSpace struct{ evolve.Space }

func (oneSpace) Sample(*rand.Rand) evolve.Arch { return "1" }
