package oneshot

import (
	"context"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Sharing is the shared weights of one study, which the benchmark oneshot offers. It makes nothing before Begin.
type Sharing struct {
	setting
	dir   string // of the checkpoints; "" keeps none
	watch evolve.Observer
}

// SharingOf is what a problem offers. The error wraps evolve.ErrUnsupported where that is nothing.
func SharingOf(p evolve.Problem) (*Sharing, error) {
	s, ok := p.Sharing.(*Sharing)
	if !ok {
		return nil, fmt.Errorf("there are no shared weights to train: want benchmark oneshot without weights=: %w",
			evolve.ErrUnsupported)
	}
	return s, nil
}

// Supernet is the space of the supernet's architectures, as options take it.
func (s *Sharing) Supernet() string { return spelled(s.supernet) }

// Epochs are those that Begin gives the course of a plan. The error is Begin's, of what is wrong with the plan.
func (s *Sharing) Epochs(p Plan) (int, error) {
	p, err := p.settled()
	if err != nil {
		return 0, err
	}
	c := &Course{Plan: p, setting: s.setting}
	if err := c.open(); err != nil {
		return 0, err
	}
	if n := c.horizon(); n > 0 {
		return n, nil
	}
	return 0, fmt.Errorf("neither epochs nor steps to train the shared weights: want epochs or steps above 0: %w",
		evolve.ErrInvalid)
}

// Network is the supernet that a plan trains, without weights. The error is as that of [net.Super].
func (s *Sharing) Network(p Plan) (*net.Supernet, error) { return s.super(p) }

// Mixes is the error, which wraps evolve.ErrUnsupported, of a supernet that has paths and no mixtures.
func (s *Sharing) Mixes() error { return mixes(s.outline()) }

// Fits is the error of a plan whose supernet cannot be made, or has no mixtures.
func (s *Sharing) Fits(p Plan) error {
	super, err := s.super(p)
	if err != nil {
		return err
	}
	return mixes(super)
}

// Begin makes the supernet and its images as they are after so many told trials: from the folder of the study, or new
// of no trials where that keeps nothing. Within the first trial it goes on from the latest epoch that was kept. state
// is nil of a new one. The error is that of ctx where it is done; it wraps evolve.ErrInvalid for a plan or a checkpoint
// that does not fit, evolve.ErrUnsupported for a device without paths, and evolve.ErrFailed where there is no room.
func (s *Sharing) Begin(ctx context.Context, seed uint64, p Plan, trials int) (c *Course, state State, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	kept, err := s.find(trials)
	if err != nil {
		return nil, nil, err
	}
	if kept == nil && trials > 0 {
		return nil, nil, fmt.Errorf("the shared weights after trial %d are not there: %w", trials, evolve.ErrInvalid)
	}
	if c, err = s.course(ctx, p, seed, origin{}); err != nil {
		return nil, nil, err
	}
	c.sharing = s
	if kept != nil {
		if err := c.goOn(kept); err != nil {
			c.Close()
			return nil, nil, s.Foreign(err)
		}
		c.seconds, state = s.pastSeconds(c.done), kept.state
	}
	c.takeTurn(trials)
	return c, state, nil
}
