package training

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// late is the processor as a device of its own: it does nothing before it must, copies what it is given, and has room
// enough to plan without reuse. What a run reads too early, or overwrites too early, it gets wrong here.
type late struct {
	device.Device[float32]
	mu      sync.Mutex
	pending []func() error
	failed  error
	waits   int
}

func newLate() *late { return &late{Device: device.CPU[float32]()} }

func (*late) Name() string      { return "late, " + kernel.Name() }
func (*late) Wide() (int, bool) { return 1 << 30, true }

func (d *late) add(f func() error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pending = append(d.pending, f)
}

func (d *late) Upload(dst, src []float32) {
	src = slices.Clone(src)
	d.add(func() error { copy(dst, src); return nil })
}

// Give runs what may use the memory that it takes back.
func (d *late) Give(slab []float32) {
	d.flush()
	d.Device.Give(slab)
}

func (d *late) flush() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.pending {
		if err := f(); err != nil && d.failed == nil {
			d.failed = err
		}
	}
	d.pending = nil
}

func (d *late) Wait() error {
	d.flush()
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.failed
	d.failed = nil
	d.waits++
	return err
}

func (d *late) Download(dst, src []float32) error {
	err := d.Wait()
	copy(dst, src)
	return err
}

func (d *late) Record(calls []device.Call) (device.Step, error) {
	s, err := d.Device.Record(calls)
	return &lateStep{s, d}, err
}

func (d *late) Join(steps ...device.Step) (device.Step, error) {
	var inner []device.Step
	for _, s := range steps {
		inner = append(inner, s.(*lateStep).Step)
	}
	s, err := d.Device.Join(inner...)
	return &lateStep{s, d}, err
}

type lateStep struct {
	device.Step
	dev *late
}

func (s *lateStep) Run() error {
	s.dev.add(s.Step.Run)
	return nil
}

// Results that are read some time later, from a device that runs behind the host, are those of the processor.
func TestDeviceBehindTheHost(t *testing.T) {
	for name, edit := range map[string]func(*Job){
		"sgd":                    nil,
		"accumulated, averaged":  func(j *Job) { j.Recipe.Accumulate, j.Recipe.Average, j.Recipe.Batch = 3, 0.9, 16 },
		"adamw, augmented":       func(j *Job) { j.Recipe.Solver, j.Recipe.Augment = "adamw", images.Augment{Pad: 1, Flip: true} },
		"dropped paths and head": func(j *Job) { chained(j); j.Recipe.Batch = 16 },
	} {
		t.Run(name, func(t *testing.T) {
			j := digitsJob("nb201", "231430", 2, func(j *Job) {
				j.Net.F, j.Recipe.Batch = 4, 8 // 134 batches, so that rows are used again
				j.Recipe.LR = 0.01
				if edit != nil {
					edit(j)
				}
			})
			dev := newLate()
			behind := on(t, dev, j)
			next(t, behind, 2)
			// An evaluation waits for a download, some batches of training once.
			want := 2 * (1 + (1079/j.Recipe.Batch/j.Recipe.Accumulate*j.Recipe.Accumulate+collectEvery-1)/collectEvery)
			if j.Recipe.Average > 0 {
				want++ // which begins as a copy of the weights
			}
			if dev.waits != want {
				t.Errorf("%d waits, want %d", dev.waits, want)
			}
			if a := trained(t, j); !sameNumbers(a, behind) {
				t.Errorf("the processor: %+v, behind the host: %+v", measured(a), measured(behind))
			}
			test, err := behind.Test(context.Background())
			if err != nil || test.Images != 359 {
				t.Errorf("%d images, %v", test.Images, err)
			}
		})
	}
	goesOnExactly(t, newLate(), digitsJob("nb201", "231430", 4, func(j *Job) { j.Net.F, j.Recipe.Average = 4, 0.9 }))
}

// What diverges is told with its own epoch and batch, however many were trained after it, and nothing has moved since.
func TestDivergenceIsToldLater(t *testing.T) {
	j := digitsJob("nb201", "333333", 2, func(j *Job) {
		j.Net.F, j.Recipe.LR, j.Recipe.Clip, j.Recipe.Schedule, j.Recipe.Batch = 4, 100, 0, "constant", 32
		j.Recipe.WeightDecay = 1
	})
	once, behind := start(t, j), on(t, newLate(), j)
	_, want := once.Next(context.Background())
	e, err := behind.Next(context.Background())
	if !errors.Is(err, evolve.ErrFailed) || err.Error() != want.Error() || !strings.HasPrefix(err.Error(), "epoch 1, batch ") {
		t.Errorf("%v, of the processor %v", err, want)
	}
	if e.Seconds <= 0 {
		t.Errorf("%g seconds were spent", e.Seconds)
	}
	if math.IsNaN(e.TrainLoss) {
		t.Error("the loss that is no number is among the sum")
	}
	a, err1 := once.host()
	b, err2 := behind.host()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	for k, what := range []string{"weights", "moments"} {
		if !slices.Equal(a[k], b[k]) {
			t.Errorf("the %s have moved since", what)
		}
	}
}

// A checkpoint of one device is not gone on with on another, which may round otherwise.
func TestOtherDeviceRefused(t *testing.T) {
	j := digitsJob("nb201", "100000", 2, func(j *Job) { j.Net.F = 1 })
	r := on(t, newLate(), j)
	next(t, r, 1)
	c, err := parse("some/file.ckpt", saved(t, r))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Resume(c, digits(t), device.CPU[float32]())
	refused(t, "another device", err, "was trained with kernels late, "+kernel.Name()+", this is "+kernel.Name())
	// It may be evaluated.
	other, err := c.Open(digits(t), device.CPU[float32]())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	a, err1 := r.Test(context.Background())
	b, err2 := other.Test(context.Background())
	if err1 != nil || err2 != nil || a.Loss != b.Loss {
		t.Errorf("test loss %g, %v, on the processor %g, %v", a.Loss, err1, b.Loss, err2)
	}
}

// Memory on a device is what it really takes.
func TestMemoryOfADevice(t *testing.T) {
	dev := &counted{late: newLate()}
	j := digitsJob("", "", 1, chained)
	j.Recipe.Solver, j.Recipe.LR, j.Recipe.Average = "adam", 0.01, 0.9
	r, err := Start(j, digits(t), dev)
	if err != nil {
		t.Fatal(err)
	}
	planned := r.Memory()
	next(t, r, 1)
	if r.Memory() != planned || planned != 4*dev.held {
		t.Errorf("%d bytes said before and %d after an epoch, %d taken", planned, r.Memory(), 4*dev.held)
	}
	if err := r.Close(); err != nil || dev.held != 0 {
		t.Errorf("%d numbers are not given back, %v", dev.held, err)
	}
	// Within a limit memory is used again, which changes no number.
	for _, j.Memory = range []int{planned - 1, planned * 2 / 3} {
		narrow, err := Start(j, digits(t), dev)
		if err != nil {
			t.Fatal(err)
		}
		if m := narrow.Memory(); m > j.Memory {
			t.Errorf("%d bytes, at most %d are allowed", m, j.Memory)
		}
		next(t, narrow, 1)
		if measured(narrow)[0] != measured(r)[0] {
			t.Errorf("in %d bytes %+v, want %+v", j.Memory, measured(narrow)[0], measured(r)[0])
		}
		if err := narrow.Close(); err != nil {
			t.Error(err)
		}
	}
	j.Memory, j.Room = planned-1, 1
	small, err := Start(j, digits(t), dev)
	if err != nil {
		t.Fatal(err)
	}
	j.Memory = small.Memory() - 1
	if err := small.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(j, digits(t), dev); !errors.Is(err, evolve.ErrFailed) || dev.held != 0 {
		t.Errorf("a byte less than the least: %v, %d numbers are not given back", err, dev.held)
	}
	dev.most, j.Memory = 0, 4*r.Params()
	if _, err := Start(j, digits(t), dev); !errors.Is(err, evolve.ErrFailed) || dev.most > 0 {
		t.Errorf("memory for weights alone: %v, and %d numbers were taken", err, dev.most)
	}
}

// counted knows what it has given out.
type counted struct {
	*late
	held, most int
}

func (d *counted) Take(n int) ([]float32, error) {
	d.held += n
	d.most = max(d.most, d.held)
	return d.late.Take(n)
}

func (d *counted) Give(s []float32) {
	d.held -= len(s)
	d.late.Give(s)
}
