package oneshot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Training trains a supernet along paths that nobody searches for, into a file: the same again goes on where it was
// stopped.
type Training struct {
	Data     string
	Space    evolve.Spec
	F, N     int
	Batch    int
	Images   int // of the training part; 0 all
	Plan     Plan
	Sampling string // one of Samplings
	Shuffled bool   // the control: the labels of the training part in random order
	Seed     uint64
	Out      string // file of the checkpoint
	Every    int    // keeps a checkpoint of each so many epochs beside it as well; 0 of none
	// Observer, which may be nil, is called with a [Trained] before the first epoch and after each.
	Observer evolve.Observer
}

// Trained is the event of epochs that are trained.
type Trained struct {
	Done, Of int
	Loss     float64 // mean cross entropy of the last one; NaN of none
	Seconds  float64 // of all
}

// Unsaved is the error of a training that was stopped, whose last epochs could not be written.
type Unsaved struct{ Err, Stopped error }

func (u *Unsaved) Error() string {
	return fmt.Sprintf("%v; the last epochs are lost: %v", u.Stopped, u.Err)
}
func (u *Unsaved) Unwrap() []error { return []error{u.Err, u.Stopped} }

// Beside is the file of the checkpoint of an epoch that Every keeps.
func (t *Training) Beside(epoch int) string {
	return fmt.Sprintf("%s-%06d%s", strings.TrimSuffix(t.Out, keptSuffix), epoch, keptSuffix)
}

// Run trains what the file lacks. Where ctx ends it writes the last epoch that has ended and returns the context's
// error. The error wraps evolve.ErrInvalid for a file that is of another training or damaged, evolve.ErrUnknown and
// evolve.ErrUnsupported for a supernet that cannot be, and evolve.ErrFailed where training diverges.
func (t *Training) Run(ctx context.Context) error {
	c, err := t.begin(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	t.report(c)
	var last []byte // of the last epoch, until it is written
	saved := time.Now()
	for c.done < c.Plan.Epochs {
		if err := c.epoch(ctx, t.Sampling); err != nil {
			if last != nil {
				if lost := SealKind.WriteBytes(t.Out, last); lost != nil {
					return &Unsaved{lost, err}
				}
			}
			return err
		}
		t.report(c)
		if last, err = c.marshal(0, false, nil); err != nil {
			return err
		}
		if t.Every > 0 && c.done%t.Every == 0 {
			if err := SealKind.WriteBytes(t.Beside(c.done), last); err != nil {
				return err
			}
		}
		if c.done == c.Plan.Epochs || time.Since(saved) >= training.SaveEvery {
			if err := SealKind.WriteBytes(t.Out, last); err != nil {
				return err
			}
			last, saved = nil, time.Now()
		}
	}
	if c.Plan.Epochs > 0 {
		return nil
	}
	if last, err = c.marshal(0, false, nil); err != nil {
		return err
	}
	return SealKind.WriteBytes(t.Out, last)
}

func (t *Training) report(c *Course) {
	e := Trained{Done: c.done, Of: c.Plan.Epochs, Loss: math.NaN(), Seconds: c.Seconds()}
	if n := len(c.notes); n > 0 {
		e.Loss = float64(c.notes[n-1].Loss)
	}
	t.Observer.Report(e)
}

// begin makes the course as the file has it, or a new one.
func (t *Training) begin(ctx context.Context) (*Course, error) {
	s, err := t.setting()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(Samplings, t.Sampling) {
		return nil, evolve.Unknown("sampling of paths", t.Sampling, Samplings)
	}
	if err := SealKind.Check(t.Out); err != nil {
		return nil, err
	}
	if err := durable.Writable(t.Out); err != nil { // before hours of training, not after
		return nil, err
	}
	if t.Sampling == Mixture {
		if err := mixes(s.outline()); err != nil {
			return nil, err
		}
	}
	c, err := s.course(ctx, t.Plan, t.Seed, origin{t.Sampling, t.Shuffled})
	if err != nil {
		return nil, err
	}
	if err = t.resume(c); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// resume gives a course what the file has.
func (t *Training) resume(c *Course) error {
	if info, err := os.Stat(t.Out); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	k, err := readSealed(t.Out)
	if err != nil {
		return err
	}
	if err := c.goOn(k); err != nil {
		return fmt.Errorf("%s; want another --out: %w", words.Line(err), evolve.ErrInvalid)
	}
	return nil
}

// setting is the supernet with its images.
func (t *Training) setting() (s setting, err error) {
	s = setting{batch: t.Batch, images: t.Images, config: net.Config{N: t.N, F: t.F}, device: device.CPU[float32]()}
	if err := hasSupernet(t.Space.Name); err != nil {
		return s, err
	}
	if s.space, _, err = evolve.Spaces.Open(t.Space); err != nil {
		return s, err
	}
	return s, s.complete(t.Data)
}
