package net

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

var (
	digits = Config{Input: Shape{1, 8, 8}, Classes: 10, N: 1, F: 8}
	spaces = map[string]evolve.Space{"nb101": space.NB101{Unique: true}, "nb201": space.NB201{}, "nasnet": space.NASNet{}, "darts": space.DARTS{}}
)

// check repeats what every net promises.
func check(t *testing.T, n *Net, c Config) {
	t.Helper()
	names := map[string]bool{}
	for i, l := range n.Layers {
		if names[l.Name] || l.Name == "" {
			t.Fatalf("layer %d: name %q a second time", i, l.Name)
		}
		names[l.Name] = true
		if l.Out.C < 1 || l.Out.H < 1 || l.Out.W < 1 {
			t.Fatalf("%s: shape %v", l.Name, l.Out)
		}
		if i == 0 {
			if l.Out != c.Input || l.In != nil {
				t.Fatal("input", l)
			}
			continue
		}
		var shapes []Shape
		for _, k := range l.In {
			if k < 0 || k >= i {
				t.Fatalf("%s reads layer %d of %d", l.Name, k, i)
			}
			shapes = append(shapes, n.Layers[k].Out)
		}
		if out, err := infer(l.Op, shapes); err != nil || out != l.Out {
			t.Fatalf("%s: %v, want %v (%v)", l.Name, l.Out, out, err)
		}
		for _, w := range n.Weights(i) {
			if slices.Min(w) < 1 {
				t.Fatalf("%s: weights %v", l.Name, w)
			}
		}
	}
	logits := Shape{c.Classes, 1, 1}
	if got := n.Layers[n.Output].Out; got != logits {
		t.Fatal("output", got)
	}
	if (n.Aux >= 0) != c.Aux {
		t.Fatal("auxiliary head", n.Aux)
	}
	if c.Aux && n.Layers[n.Aux].Out != logits {
		t.Fatal("auxiliary output", n.Layers[n.Aux].Out)
	}
}

// TestBuildAll builds 500 random architectures a space for both sizes of image.
func TestBuildAll(t *testing.T) {
	for _, name := range Spaces() {
		r := rand.New(rand.NewPCG(3, 4))
		for range 500 {
			a := spaces[name].Sample(r)
			for _, c := range []Config{digits, {Input: Shape{3, 32, 32}, Classes: 100, N: 2, F: 5}} {
				if name == "nasnet" || name == "darts" {
					c.Aux, c.DropPath = r.IntN(2) == 0, float64(r.IntN(2))/2
					of := c
					of.Skeleton = SkeletonTF
					check(t, build(t, name, a, of), of)
				}
				check(t, build(t, name, a, c), c)
			}
		}
	}
}

// TestTFOps builds every operation of the cell spaces at both strides, on inputs of the cell's width
// and of another, and on odd sides: each gives the cell's channels and divides the sides, rounded
// up.
func TestTFOps(t *testing.T) {
	for name := range edgeOps {
		for _, stride := range []int{1, 2} {
			for _, side := range []int{1, 2, 7, 8} {
				other := side + side%3 // odd and even together too
				for _, in := range []int{6, 18} {
					for _, f := range []int{2, 6} { // the first too narrow for a bottleneck
						if name == "none" && in != f { // reads an input of the cell's width
							continue
						}
						b := &blocks{NewBuilder(Shape{in, side, other}), BatchNorm{0.1, 1e-5, true}, 0.5}
						out := b.tfEdge("e", name, 0, f, stride)
						if b.err != nil {
							t.Fatal(b.err)
						}
						if want := (Shape{f, (side + stride - 1) / stride, (other + stride - 1) / stride}); b.Shape(out) != want {
							t.Errorf("%s with stride %d on %dx%d: %v, want %v", name, stride, side, other, b.Shape(out), want)
						}
						_, drop := b.net.Layers[out].Op.(DropPath)
						if free := name == "none" || name == "skip_connect"; drop == free {
							t.Errorf("%s with stride %d: drop path %v", name, stride, drop)
						}
					}
				}
			}
		}
	}
}

// TestEdgeOps builds every operation of the cell spaces at both strides and on the smallest
// image: each keeps the channels and divides the sides.
func TestEdgeOps(t *testing.T) {
	names := append(slices.Clone(space.DARTSOps[:]), space.NASNetOps[:]...)
	for name := range edgeOps {
		if !slices.Contains(names, name) {
			t.Errorf("%s is in no space", name)
		}
	}
	for _, name := range names {
		for _, stride := range []int{1, 2} {
			for _, side := range []int{2, 8} {
				b := &blocks{NewBuilder(Shape{6, side, side}), BatchNorm{0.1, 1e-5, true}, 0.5}
				out := b.edge("e", name, 0, stride)
				if b.err != nil {
					t.Fatal(b.err)
				}
				if want := (Shape{6, side / stride, side / stride}); b.Shape(out) != want {
					t.Errorf("%s with stride %d: %v, want %v", name, stride, b.Shape(out), want)
				}
				_, drop := b.net.Layers[out].Op.(DropPath)
				if free := name == "none" || name == "skip_connect" && stride == 1; drop == free {
					t.Errorf("%s with stride %d: drop path %v", name, stride, drop)
				}
			}
		}
	}
}

// TestEdgeParams counts operations of 8 channels by hand.
func TestEdgeParams(t *testing.T) {
	const c = 8
	for name, want := range map[string]int{
		"none": 0, "max_pool_3x3": 0, "avg_pool_2x2": 0, "skip_connect": c*c + 2*c,
		"sep_conv_3x3": 2 * (9*c + c*c + 2*c), "sep_conv_7x7": 2 * (49*c + c*c + 2*c),
		"dil_2_sep_conv_5x5": 2 * (25*c + c*c + 2*c), "dil_conv_5x5": 25*c + c*c + 2*c,
		"conv_1x1": c*c + 2*c, "conv_3x3": 9*c*c + 2*c, "conv_1x7_7x1": 14*c*c + 2*c, "conv_1x3_3x1": 6*c*c + 2*c,
	} {
		b := &blocks{NewBuilder(Shape{c, 4, 4}), BatchNorm{0.1, 1e-5, true}, 0}
		n, err := b.Net(b.edge("e", name, 0, 2), -1)
		if err != nil {
			t.Fatal(err)
		}
		if n.Params() != want {
			t.Errorf("%s: %d parameters, want %d", name, n.Params(), want)
		}
	}
}

func TestBuildErrors(t *testing.T) {
	set := func(f func(*Config)) Config {
		c := digits
		f(&c)
		return c
	}
	darts, _ := space.DARTS{}.Parse("01120112011201120112011201120112")
	for _, e := range []struct {
		space string
		arch  evolve.Arch
		c     Config
		is    error
		says  string
	}{
		{"nb301", "000000", digits, evolve.ErrUnknown, "nb301"},
		{"nb201", "000009", digits, evolve.ErrInvalid, "character 6"},
		{"nb101", "000000-00000", digits, evolve.ErrInvalid, "no path"},
		{"nasnet", "x", digits, evolve.ErrInvalid, "dash"},
		{"darts", "x", digits, evolve.ErrInvalid, "32 digits"},
		{"nb201", "000000", set(func(c *Config) { c.Input = Shape{1, 2, 2} }), evolve.ErrInvalid, "an image of 2x2 cannot be halved twice"},
		{"nb201", "000000", set(func(c *Config) { c.Input = Shape{1, 8, 30} }), evolve.ErrInvalid, "divisible by 4"},
		{"nb201", "000000", set(func(c *Config) { c.Input.C = 0 }), evolve.ErrInvalid, "channels of the input 0"},
		{"nb201", "000000", set(func(c *Config) { c.N = 0 }), evolve.ErrInvalid, "N 0"},
		{"nb201", "000000", set(func(c *Config) { c.F = -1 }), evolve.ErrInvalid, "F -1"},
		{"nb201", "000000", set(func(c *Config) { c.Classes = 0 }), evolve.ErrInvalid, "classes 0"},
		{"nb201", "000000", set(func(c *Config) { c.Aux = true }), evolve.ErrUnsupported, "auxiliary head"},
		{"nb101", "008000-00000", set(func(c *Config) { c.DropPath = 0.1 }), evolve.ErrUnsupported, "drop path"},
		{"nb101", "0f004b-00000", set(func(c *Config) { c.F = 2 }), evolve.ErrInvalid, "F 2: want at least 4, as an output that joins"},
		{"darts", darts, set(func(c *Config) { c.DropPath = math.NaN() }), evolve.ErrInvalid, "drop path"},
		{"darts", darts, set(func(c *Config) { c.DropPath = 1 }), evolve.ErrInvalid, "drop path"},
		{"nb201", "000000", set(func(c *Config) { c.Skeleton = SkeletonTF }), evolve.ErrUnsupported, "a skeleton of their own: tf is one of nasnet and darts"},
		{"nb201", "000000", set(func(c *Config) { c.Stem = 32 }), evolve.ErrUnsupported, "a skeleton of their own"},
		{"darts", darts, set(func(c *Config) { c.Skeleton = "tff" }), evolve.ErrInvalid, `skeleton "tff": did you mean "tf"?`},
		{"darts", darts, set(func(c *Config) { c.Stem = 32 }), evolve.ErrUnsupported, "the skeleton darts has no ImageNet stem: want tf"},
		{"darts", darts, set(func(c *Config) { c.Stem, c.Skeleton, c.F = 32, SkeletonTF, 7 }), evolve.ErrInvalid, "F=7: want at least 8"},
		{"darts", darts, set(func(c *Config) { c.Stem, c.Skeleton = -1, SkeletonTF }), evolve.ErrInvalid, "channels of the stem -1"},
		{"darts", darts, set(func(c *Config) { c.Stem, c.Skeleton, c.Input = 32, SkeletonTF, Shape{1, 2, 8} }), evolve.ErrInvalid, "an image of 2x8 is too small"},
		{"darts", darts, set(func(c *Config) { c.Aux, c.Skeleton, c.Layers = true, SkeletonTF, 1 }), evolve.ErrInvalid, "the cell before the second reduction"},
		{"darts", darts, set(func(c *Config) { c.Layers = -1 }), evolve.ErrInvalid, "layers -1"},
		{"darts", darts, set(func(c *Config) { c.Momentum = 2 }), evolve.ErrInvalid, "momentum"},
		{"darts", darts, set(func(c *Config) { c.Epsilon = -1 }), evolve.ErrInvalid, "epsilon"},
		{"darts", darts, set(func(c *Config) { c.Aux, c.Input = true, Shape{1, 4, 4} }), evolve.ErrInvalid, "2x2 or more"},
		{"darts", darts, set(func(c *Config) { c.Aux, c.Input = true, Shape{1, 8, 16} }), evolve.ErrInvalid, "square"},
	} {
		n, err := Build(e.space, e.arch, e.c)
		if n != nil || !errors.Is(err, e.is) || !strings.Contains(err.Error(), e.says) {
			t.Errorf("%s %s %+v: %v, want %q", e.space, e.arch, e.c, err, e.says)
		}
	}
	if Default("nb301") != (Config{}) {
		t.Error("a default for a space that is not there")
	}
}

// TestChainReductions checks where the reductions are and what N and Layers mean.
func TestChainReductions(t *testing.T) {
	a, _ := space.DARTS{}.Parse("01120112011201120112011201120112")
	for _, e := range []struct {
		n, layers int
		sides     []int // of each cell's output, for images of 32×32
	}{
		{1, 0, []int{32, 16, 16, 8, 8}},
		{2, 0, []int{32, 32, 16, 16, 16, 8, 8, 8}},
		{0, 8, []int{32, 32, 16, 16, 16, 8, 8, 8}},
		{7, 7, []int{32, 32, 16, 16, 8, 8, 8}},
		{1, 2, []int{16, 8}},
		{1, 1, []int{16}},
	} {
		n := build(t, "darts", a, Config{Input: cifar, Classes: 10, N: e.n, Layers: e.layers, F: 4})
		var sides, channels []int
		for _, l := range n.Layers {
			if strings.HasSuffix(l.Name, "/out") {
				sides, channels = append(sides, l.Out.H), append(channels, l.Out.C)
			}
		}
		if !slices.Equal(sides, e.sides) {
			t.Errorf("N %d, %d layers: sides %v, want %v", e.n, e.layers, sides, e.sides)
		}
		for i, c := range channels {
			if c != 4*4*32/sides[i] {
				t.Errorf("N %d, %d layers: cell %d has %d channels", e.n, e.layers, i, c)
			}
		}
	}
}

// TestAuxiliary checks the head's pool: the published one on 8×8, and 2×2 from all others.
func TestAuxiliary(t *testing.T) {
	a, _ := space.DARTS{}.Parse("01120112011201120112011201120112")
	for side, want := range map[int]Op{8: nil, 12: AvgPool{K: 2, Stride: 1}, 28: AvgPool{K: 5, Stride: 2}, 32: AvgPool{K: 5, Stride: 3}, 64: AvgPool{K: 10, Stride: 6}} {
		c := Config{Input: Shape{3, side, side}, Classes: 10, N: 1, F: 4, Aux: true}
		n := build(t, "darts", a, c)
		check(t, n, c)
		var pool Op
		for _, l := range n.Layers {
			if l.Name == "aux/pool" {
				pool = l.Op
			}
		}
		if pool != want {
			t.Errorf("images of %d: %v, want %v", side, pool, want)
		}
	}
}

// TestNormDefaults checks that a zero Config takes the space's batch norms.
func TestNormDefaults(t *testing.T) {
	for name, want := range map[string]BatchNorm{"nb101": {0.003, 1e-5, true}, "nb201": {0.1, 1e-5, true}} {
		a := spaces[name].Sample(rand.New(rand.NewPCG(1, 1)))
		for _, c := range []Config{digits, {Input: digits.Input, Classes: 2, N: 1, F: 8, Momentum: 0.5, Epsilon: 0.25}} {
			if c.Momentum != 0 {
				want = BatchNorm{c.Momentum, c.Epsilon, true}
			}
			for _, l := range build(t, name, a, c).Layers {
				if bn, ok := l.Op.(BatchNorm); ok && bn != want {
					t.Fatalf("%s: %v, want %v", name, bn, want)
				}
			}
		}
	}
}

func TestFactorised(t *testing.T) {
	b := &blocks{NewBuilder(Shape{3, 8, 6}), BatchNorm{0.1, 1e-5, true}, 0}
	if got := b.Shape(b.factorised("f", 0, 7)); got != (Shape{7, 4, 3}) || b.err != nil {
		t.Error(got, b.err)
	}
	odd := &blocks{NewBuilder(Shape{3, 7, 7}), BatchNorm{0.1, 1e-5, true}, 0}
	if got := odd.Shape(odd.factorised("f", 0, 8)); got != (Shape{8, 4, 4}) || odd.err != nil { // rounded up
		t.Error(got, odd.err)
	}
}

func FuzzBuild(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for i, name := range Spaces() {
		f.Add(uint8(i), string(spaces[name].Sample(r)), 1, 8, 8, 8, 0, i > 1, 0.0, false, 0)
		f.Add(uint8(i), string(spaces[name].Sample(r)), 2, 3, 16, 12, 7, false, 0.5, false, 0)
		f.Add(uint8(i), string(spaces[name].Sample(r)), 2, 11, 19, 33, 0, true, 0.5, true, 3)
	}
	f.Fuzz(func(t *testing.T, which uint8, arch string, n, width, height, side, layers int, aux bool, drop float64, tf bool, stem int) {
		name := Spaces()[int(which)%len(Spaces())]
		c := Config{Input: Shape{1, height, side}, Classes: 3, N: n % 4, F: width, Layers: layers % 9, Aux: aux, DropPath: drop}
		if tf {
			c.Skeleton, c.Stem = SkeletonTF, stem%9
		}
		got, err := Build(name, evolve.Arch(arch), c)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnsupported) {
				t.Fatal(err)
			}
			return
		}
		check(t, got, c)
	})
}

func BenchmarkBuild(b *testing.B) {
	for _, name := range Spaces() {
		a := spaces[name].Sample(rand.New(rand.NewPCG(7, 8)))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Build(name, a, Default(name)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
