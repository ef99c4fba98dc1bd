package oneshot

import (
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

// setting is a supernet and its images.
type setting struct {
	supernet string // as net.SuperSpaces names it
	space    evolve.Space
	config   net.Config // Unscaled is the plan's
	data     *training.Data
	images   int // of the training part; 0 all
	batch    int
	device   device.Device[float32]
}

// complete fills in the supernet of the space, the images of a data set, and what the network takes from them. The
// error wraps evolve.ErrUnknown for a space without a supernet, else it is that of [training.OpenData].
func (s *setting) complete(data string) (err error) {
	if s.supernet, err = supernetOf(s.space); err != nil {
		return err
	}
	if s.data, err = training.OpenData(data); err != nil {
		return err
	}
	s.config.Input, s.config.Classes = s.data.Shape(), s.data.Set.Classes
	return nil
}

// super is the supernet of a plan.
func (s *setting) super(p Plan) (*net.Supernet, error) {
	c := s.config
	c.Unscaled = !p.Affine
	switch {
	case p.Part > 0:
		return net.Partial(s.supernet, c, p.Part)
	case p.Probed:
		return net.Probed(s.supernet, c)
	}
	return net.Super(s.supernet, c)
}

// outline is the supernet without scales, for what its plan does not decide.
func (s *setting) outline() *net.Supernet {
	super, err := s.super(Plan{})
	if err != nil {
		return &net.Supernet{} // of a setting that was refused when it was made
	}
	return super
}

// spaceOf is the space of a supernet's architectures.
func spaceOf(supernet string) (evolve.Space, error) {
	switch supernet {
	case "nb201":
		return space.NB201{}, nil
	case "darts":
		return space.DARTS{}, nil
	case "nasnet":
		return space.NASNet{Identity: space.NASNetIdentity}, nil
	case "enas":
		return space.NASNet{Identity: space.NASNetIdentity, Ops: space.ENASOps}, nil
	}
	return nil, evolve.Unknown("supernet", supernet, net.SuperSpaces())
}

// supernetOf is the supernet of a space's architectures.
func supernetOf(s evolve.Space) (string, error) {
	name := s.Name()
	if n, ok := s.(space.NASNet); ok && n.Ops == space.ENASOps {
		name = "enas"
	}
	return name, hasSupernet(s.Name())
}

// hasSupernet is the error of a space, by its name, that has no supernet.
func hasSupernet(space string) error {
	if with := []string{"nb201", "darts", "nasnet"}; !slices.Contains(with, space) {
		return evolve.Unknown("space that has a supernet", space, with)
	}
	return nil
}

// spelled is a supernet's space as options and flags take it.
func spelled(supernet string) string {
	if supernet == "enas" {
		return "(nasnet,ops=" + space.ENASOps + ")"
	}
	return supernet
}
