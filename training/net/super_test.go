package net

import (
	"errors"
	"fmt"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestSuper(t *testing.T) {
	s, err := Super("darts", Config{Input: cifar, Classes: 10, Layers: 8, F: 16, Unscaled: true})
	if err != nil {
		t.Fatal(err)
	}
	// "param size = 1.930618MB" is what cnn/train_search.py of quark0/darts logs of its search network.
	if got := s.Params(); got != 1930618 {
		t.Errorf("darts: %d parameters", got)
	}
	if s.Gate(27, 7) != 28*8-1 {
		t.Errorf("darts: the last gate is %d", s.Gate(27, 7))
	}

	config := Config{Input: cifar, Classes: 10, N: 2, F: 4}
	s, err = Super("nb201", config)
	if err != nil {
		t.Fatal(err)
	}
	all, err := Build("nb201", "333333", config)
	if err != nil {
		t.Fatal(err)
	}
	pointwise := 0 // the 1×1 convolutions of six edges, with scales and shifts
	for _, c := range []int{4, 8, 16} {
		pointwise += config.N * 6 * (c*c + 2*c)
	}
	if got, want := s.Params(), all.Params()+pointwise; got != want {
		t.Errorf("nb201: %d parameters, want %d", got, want)
	}
	for _, arch := range []evolve.Arch{"333333", "000000", "214310"} {
		open, err := s.Path(arch)
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range s.Gates {
			if want := g < 0 || int(arch[g/5]-'0') == g%5; open[i] != want {
				t.Errorf("%s: %s is open: %v", arch, s.Layers[i].Name, open[i])
			}
		}
	}

	enas, err := Super("enas", config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enas.Path("0b0b0b0b0b0b0b0b0b0b-0b0b0b0b0b0b0b0b0b0h"); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("enas has a crossed convolution: %v", err)
	}
	open, err := enas.Path("0b1c0b1c0b1c0b1c0b1c-0b1c0b1c0b1c2b3e4f5a")
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range enas.Layers { // the states that no block reads are the output's
		for state, want := range []bool{false, false, true, true, true, true, true} {
			if l.Name == fmt.Sprintf("cell0/out%d/conv", state) && open[i] != want {
				t.Errorf("%s is open: %v", l.Name, open[i])
			}
		}
	}
	if got := enas.Loose + enas.Edges*len(enas.Ops); got != 14+80*5 {
		t.Errorf("enas has %d gates", got)
	}

	for _, c := range []struct {
		space  string
		config Config
		want   error
	}{
		{"nb101", config, evolve.ErrUnknown},
		{"nb201", Config{Input: cifar, Classes: 10, N: 1, F: 4, Aux: true}, evolve.ErrUnsupported},
		{"nb201", Config{Input: cifar, Classes: 10, N: 1}, evolve.ErrInvalid},
		{"darts", Config{Input: cifar, Classes: 10, N: 1, F: 4, DropPath: 0.2}, evolve.ErrUnsupported},
		{"darts", Config{Input: cifar, Classes: 10, N: 1, F: 4, Skeleton: SkeletonTF}, evolve.ErrUnsupported},
	} {
		if _, err := Super(c.space, c.config); !errors.Is(err, c.want) {
			t.Errorf("%s %+v: %v", c.space, c.config, err)
		}
	}
	if _, err := Build("nb101", "", Config{Input: cifar, Classes: 10, N: 1, F: 4, Unscaled: true}); !errors.Is(err,
		evolve.ErrUnsupported) {
		t.Errorf("nb101 without scales: %v", err)
	}
}
