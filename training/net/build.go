package net

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Config is how a cell becomes a network.
type Config struct {
	Input   Shape // of the images
	Classes int   // logits
	// Cells a stage of nb201, cells a stack of nb101, normal cells a stack of nasnet and darts: 3N+2 cells in all.
	N        int
	F        int    // channels of the first cells; they double twice
	Layers   int    // nasnet, darts: cells in all, instead of N; 0: 3N+2
	Skeleton string `json:",omitzero"` // nasnet, darts: "" for SkeletonDARTS, or SkeletonTF
	// SkeletonTF: channels of the first convolution of an ImageNet stem; 0: CIFAR's stem, 3F.
	Stem     int     `json:",omitzero"`
	Aux      bool    // nasnet, darts: auxiliary head
	DropPath float64 // nasnet, darts: largest rate, 0..1; never on an identity
	Momentum float64 // of batch norms; 0: as published
	Epsilon  float64 // of batch norms; 0: as published
	// nb201, nasnet, darts: batch norms of cells have no learned scale and shift, as in searches with shared weights.
	Unscaled bool `json:",omitzero"`
}

// What a Config may ask for at most: far above every published network, and counts stay within an int.
const (
	MaxN        = 1000
	MaxF        = 1 << 14
	MaxLayers   = 3000
	MaxSide     = 1 << 12 // pixels of an image's height or width
	MaxDropPath = 0.99    // a path that is always dropped has no gradient
)

// A spaceNet is how a space's architectures become networks.
type spaceNet struct {
	space     string
	published Config
	chained   bool // as Chained says
	build     func(*blocks, evolve.Arch, Config) (output, aux int, err error)
}

// cifar is the input of all the published networks below.
var cifar = Shape{C: 3, H: 32, W: 32}

// The batch norms of nb101 are TensorFlow's with momentum 0.997, which is 0.003 here; those
// of the others are PyTorch's default.
var spaceNets = []spaceNet{
	// nasbench, lib/config.py
	{"nb101", Config{Input: cifar, Classes: 10, N: 3, F: 128, Momentum: 0.003, Epsilon: 1e-5}, false, buildNB101},
	// Dong and Yang, ICLR 2020, section 2.1
	{"nb201", Config{Input: cifar, Classes: 10, N: 5, F: 16, Momentum: 0.1, Epsilon: 1e-5}, false, buildNB201},
	// Real et al., AAAI 2019: the larger of the small models; the search has N 3 and F 24
	{"nasnet", Config{Input: cifar, Classes: 10, N: 6, F: 36, Momentum: 0.1, Epsilon: 1e-5}, true, buildNASNet},
	// quark0/darts, cnn/train.py: 20 cells
	{"darts", Config{Input: cifar, Classes: 10, N: 6, F: 36, Momentum: 0.1, Epsilon: 1e-5}, true, buildDARTS},
}

// Spaces are the spaces whose architectures Build takes.
func Spaces() []string {
	var names []string
	for _, s := range spaceNets {
		names = append(names, s.space)
	}
	return names
}

// Chained says whether every cell of a space's networks reads the outputs of the last two: where a
// Config's Layers, Skeleton, Aux and DropPath mean something.
func Chained(space string) bool {
	s, _ := spaceNetOf(space)
	return s.chained
}

func spaceNetOf(name string) (spaceNet, bool) {
	i := slices.IndexFunc(spaceNets, func(s spaceNet) bool { return s.space == name })
	if i < 0 {
		return spaceNet{}, false
	}
	return spaceNets[i], true
}

// Default is a space's published network for CIFAR-10, without auxiliary head and drop path.
// It is the zero Config for a space that Build does not take.
func Default(spaceName string) Config {
	s, _ := spaceNetOf(spaceName)
	return s.published
}

// Build makes the network of an architecture. The error wraps evolve.ErrUnknown for a space
// that it does not take, evolve.ErrUnsupported for what the space's networks do not have, and
// evolve.ErrInvalid for an architecture or a Config that cannot be built.
func Build(spaceName string, a evolve.Arch, c Config) (*Net, error) {
	s, ok := spaceNetOf(spaceName)
	if !ok {
		return nil, evolve.Unknown("space to build networks of", spaceName, Spaces())
	}
	return s.net(c, func(b *blocks, c Config) (output, aux int, err error) { return s.build(b, a, c) })
}

// net makes a network of a space by a Config in which what was published is filled in.
func (s spaceNet) net(c Config, build func(*blocks, Config) (output, aux int, err error)) (*Net, error) {
	if c.Momentum == 0 {
		c.Momentum = s.published.Momentum
	}
	if c.Epsilon == 0 {
		c.Epsilon = s.published.Epsilon
	}
	err := c.check(s.chained)
	if err == nil && c.Unscaled && (s.space == "nb101" || c.Skeleton == SkeletonTF) {
		err = fmt.Errorf("its batch norms have a scale and a shift: %w", evolve.ErrUnsupported)
	}
	if err != nil {
		return nil, fmt.Errorf("network of %s: %w", s.space, err)
	}
	b := &blocks{NewBuilder(c.Input), BatchNorm{c.Momentum, c.Epsilon, true}, c.DropPath}
	output, aux, err := build(b, c)
	if err != nil {
		return nil, err
	}
	n, err := b.Net(output, aux)
	if err != nil {
		return nil, fmt.Errorf("network of %s: %w", s.space, err)
	}
	return n, nil
}

// check says what of a Config cannot be built.
func (c *Config) check(chained bool) error {
	if !chained && (c.Layers != 0 || c.Aux || c.DropPath != 0) {
		return fmt.Errorf("it has no number of layers, auxiliary head or drop path of its own: %w",
			evolve.ErrUnsupported)
	}
	switch {
	case !chained && (c.Skeleton != "" || c.Stem != 0):
		return fmt.Errorf("its networks have a skeleton of their own: %s is one of nasnet and darts: %w",
			cmp.Or(c.Skeleton, SkeletonTF), evolve.ErrUnsupported)
	case c.Skeleton != "" && c.Skeleton != SkeletonTF:
		return fmt.Errorf("%v: %w", evolve.Unknown("skeleton", c.Skeleton, Skeletons), evolve.ErrInvalid)
	case c.Stem != 0 && c.Skeleton != SkeletonTF:
		return fmt.Errorf("the skeleton %s has no ImageNet stem: want %s: %w",
			SkeletonDARTS, SkeletonTF, evolve.ErrUnsupported)
	case c.Stem != 0 && c.F < minStemF:
		return fmt.Errorf("channels F=%d: want at least %d, since the cells of an ImageNet stem have F/4 and F/2 "+
			"channels: %w", c.F, minStemF, evolve.ErrInvalid)
	}
	if c.Layers > 0 {
		c.N = max(c.N, 1) // not read
	}
	for _, f := range []struct {
		name      string
		value     int
		low, high int
	}{
		{"N", c.N, 1, MaxN},
		{"F", c.F, 1, MaxF},
		{"classes", c.Classes, 1, 1 << 20},
		{"layers", c.Layers, 0, MaxLayers},
		{"channels of the stem", c.Stem, 0, MaxF},
		{"channels of the input", c.Input.C, 1, MaxF},
		{"height of the input", c.Input.H, 1, MaxSide},
		{"width of the input", c.Input.W, 1, MaxSide},
	} {
		if f.value < f.low || f.value > f.high {
			return fmt.Errorf("%s %d: want %d..%d: %w", f.name, f.value, f.low, f.high, evolve.ErrInvalid)
		}
	}
	if c.Skeleton != SkeletonTF && (c.Input.H%4 != 0 || c.Input.W%4 != 0) { // that one rounds up
		return fmt.Errorf("an image of %dx%d cannot be halved twice: want sides divisible by 4: %w",
			c.Input.H, c.Input.W, evolve.ErrInvalid)
	}
	if !(c.DropPath >= 0 && c.DropPath <= MaxDropPath) {
		return fmt.Errorf("drop path %g: want a probability, 0 to %g: %w", c.DropPath, MaxDropPath, evolve.ErrInvalid)
	}
	if !(c.Momentum > 0 && c.Momentum <= 1) {
		return fmt.Errorf("batch norm momentum %g: want it above 0, at most 1: %w", c.Momentum, evolve.ErrInvalid)
	}
	if !(c.Epsilon > 0 && c.Epsilon <= 1) {
		return fmt.Errorf("batch norm epsilon %g: want it above 0, at most 1: %w", c.Epsilon, evolve.ErrInvalid)
	}
	return nil
}
