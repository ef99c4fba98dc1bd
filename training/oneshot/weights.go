package oneshot

import (
	"context"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device"
)

// Weights are shared weights as a checkpoint has them, which answer and are trained no more.
type Weights struct {
	Meta
	Path string
	// Space is that of the architectures, Fair and Mixture how the command drew paths, see Samplings.
	Space         evolve.Space
	Fair, Mixture bool

	course *Course
}

// Scorer makes one, as [Course.Scorer] says.
func (w *Weights) Scorer(o Scoring) (*Scorer, error) { return w.course.Scorer(o) }

// Close gives the memory back.
func (w *Weights) Close() error { return w.course.Close() }

// Open reads a checkpoint of `amoeba oneshot train`, or of a study, of any engine and kernels. The error wraps
// evolve.ErrInvalid for what is none, or of other images than those of its data set here.
func Open(path string) (*Weights, error) {
	k, err := readSealed(path)
	if err != nil {
		return nil, err
	}
	return k.open()
}

// open makes the supernet of a checkpoint, with its weights.
func (k *checkpoint) open() (*Weights, error) {
	path := k.path
	s, err := k.setting()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c, err := s.course(context.Background(), k.Plan, k.Seed, origin{k.Sampling, k.Shuffled})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := c.restore(k); err != nil {
		c.Close()
		return nil, err
	}
	return &Weights{k.Meta, path, s.space, k.Sampling == Fair, k.Sampling == Mixture, c}, nil
}

// setting is the supernet of a checkpoint on the processor, with its images.
func (k *checkpoint) setting() (s setting, err error) {
	s = setting{supernet: k.Supernet, config: k.Net, images: k.Images, batch: k.Batch, device: device.CPU[float32]()}
	s.config.Unscaled = false
	if s.space, err = spaceOf(k.Supernet); err != nil {
		return s, err
	}
	if s.data, err = training.OpenData(k.Data); err != nil {
		return s, err
	}
	if in, have := k.Net.Input, s.data.Shape(); in != have || k.Net.Classes != s.data.Set.Classes {
		return s, fmt.Errorf("is of %d classes of %dx%dx%d images, %s has %d of %dx%dx%d: %w", k.Net.Classes, in.C,
			in.H, in.W, k.Data, s.data.Set.Classes, have.C, have.H, have.W, evolve.ErrInvalid)
	}
	return s, nil
}
