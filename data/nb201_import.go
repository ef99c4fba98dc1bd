package data

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/amoeba-nas/amoeba/data/pickle"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// importNB201 makes the table from the published files. Other files there are ignored. A file
// that is not byte for byte the published one is refused, and so is a cell that is invalid,
// missing or there twice.
func importNB201(im *importing) (*Frame, string, error) {
	t := newNB201()
	for _, step := range []struct {
		source Source
		parse  func([]byte) error
	}{
		{nb201Short, t.parseShort}, {nb201NATS, t.parseNATS},
		{nb201Genius[0], t.Sets[0].parseGenius}, {nb201FreeREA[0], t.Sets[0].crossCheck},
		{nb201Genius[1], t.Sets[1].parseGenius}, {nb201FreeREA[1], t.Sets[1].crossCheck},
		{nb201Genius[2], t.Sets[2].parseGenius}, {nb201FreeREA[2], t.Sets[2].crossCheck},
		{nb201Params, t.parseParams}, {nb201Times, t.parseTimes},
	} {
		if err := im.read(step.source, step.parse); err != nil {
			return nil, "", err
		}
	}
	if err := t.estimateTimes(); err != nil {
		return nil, "", err
	}
	// Cells of each set whose Test200NATS is not Test200: NATS-Bench ran more seeds. The two
	// publications round means over the same seeds differently.
	var reseeded [3]int
	for i := range t.Sets {
		for j, x := range t.Sets[i].Test200 {
			if math.Abs(x-t.Sets[i].Test200NATS[j]) > 1e-6 {
				reseeded[i]++
			}
		}
	}
	f, err := t.frame()
	return f, fmt.Sprintf("%d cells from %d files; %d numbers cross-checked between sources; NATS-Bench, with more "+
		"seeds, has another mean for %d, %d and %d cells; seconds measured for %d cells, estimated for the rest "+
		"(held-out R² %.4f, mean error %.1f %%)",
		space.NB201Size, len(im.used), 3*space.NB201Size, reseeded[0], reseeded[1], reseeded[2], NB201Measured,
		t.EpochFit.R2, 100*t.EpochFit.MeanRelativeError), err
}

// invalid has an error wrap evolve.ErrInvalid, once.
func invalid(err error) error {
	if errors.Is(err, evolve.ErrInvalid) {
		return err
	}
	return fmt.Errorf("%w: %w", err, evolve.ErrInvalid)
}

// newNB201 is a table of zeros but for the multiply-adds, which no file gives.
func newNB201() *NB201 {
	t := &NB201{Measured: make([]bool, space.NB201Size)}
	for _, c := range t.places() {
		*c.data = make([]float64, space.NB201Size)
	}
	for i := range space.NB201Size {
		for s := range t.Sets {
			_, flops := NB201Complexity(space.NB201{}.At(i), s)
			t.Sets[s].FLOPs[i] = float64(flops) / 1e6
			t.Sets[s].Test200One[i] = math.NaN()
		}
	}
	return t
}

// cells checks that a file has the cells 0..n-1, each once.
type cells struct {
	seen []bool
	got  int
}

func newCells(n int) *cells { return &cells{seen: make([]bool, n)} }

// claim returns the official index of a published architecture string.
func (c *cells) claim(text string) (int, error) {
	a, err := space.NB201{}.Parse(text)
	if err != nil {
		return 0, err
	}
	return c.claimIndex(space.NB201{}.Index(a))
}

func (c *cells) claimIndex(i int) (int, error) {
	if i < 0 || i >= len(c.seen) {
		return 0, fmt.Errorf("index %d, want 0..%d", i, len(c.seen)-1)
	}
	if c.seen[i] {
		return 0, fmt.Errorf("cell %d, %s, is there twice", i, space.NB201{}.At(i))
	}
	c.seen[i] = true
	c.got++
	return i, nil
}

// complete names the first cell that is missing.
func (c *cells) complete() error {
	for i, seen := range c.seen {
		if !seen {
			return fmt.Errorf("%d of %d cells, the first missing is %d, %s", c.got, len(c.seen), i, space.NB201{}.At(i))
		}
	}
	return nil
}

// parseGenius reads {"ARCH": {"val_acc_200": %, "test_acc_200": %}}.
func (s *NB201Set) parseGenius(b []byte) error {
	c := newCells(space.NB201Size)
	type scores struct {
		Val  float64 `json:"val_acc_200"`
		Test float64 `json:"test_acc_200"`
	}
	err := eachMember(b, func(arch string, v scores) error {
		i, err := c.claim(arch)
		if err != nil {
			return err
		}
		s.Val200[i], s.Test200[i] = v.Val, v.Test
		return nil
	})
	if err != nil {
		return err
	}
	return c.complete()
}

// parseNATS reads a line of three accuracies and the architecture for each cell.
func (t *NB201) parseNATS(b []byte) error {
	const header = "CIFAR10TestAccuracy200Epochs,CIFAR100TestAccuracy200Epochs,ImageNetTestAccuracy200Epochs," +
		"ArchitectureString,UniqueString"
	c := newCells(space.NB201Size)
	err := eachRecord(b, header, func(r []string) error {
		i, err := c.claim(r[3])
		if err != nil {
			return err
		}
		for k := range t.Sets {
			if t.Sets[k].Test200NATS[i], err = strconv.ParseFloat(r[k], 64); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.complete()
}

// eachIndexed reads lines of an official index and a number.
func eachIndexed(b []byte, header string, f func(i int, x float64) error) error {
	c := newCells(space.NB201Size)
	err := eachRecord(b, header, func(r []string) error {
		i, err := strconv.Atoi(r[0])
		if err != nil {
			return err
		}
		if _, err := c.claimIndex(i); err != nil {
			return err
		}
		x, err := strconv.ParseFloat(r[1], 64)
		if err != nil {
			return err
		}
		return f(i, x)
	})
	if err != nil {
		return err
	}
	return c.complete()
}

// crossCheck compares Test200NATS with another publication of the same numbers.
func (s *NB201Set) crossCheck(b []byte) error {
	return eachIndexed(b, "index,accuracy", func(i int, x float64) error {
		if x != s.Test200NATS[i] {
			return fmt.Errorf("cell %d has accuracy %v, %s says %v", i, x, nb201NATS.Repository, s.Test200NATS[i])
		}
		return nil
	})
}

// parseParams reads the parameters on cifar10; on the other sets only the classifier is
// larger, by 64 weights and a bias for each class more.
func (t *NB201) parseParams(b []byte) error {
	return eachIndexed(b, "index,params", func(i int, millions float64) error {
		t.Sets[0].Params[i] = millions
		for k := 1; k < len(t.Sets); k++ {
			params, _ := NB201Complexity(space.NB201{}.At(i), k)
			t.Sets[k].Params[i] = float64(params) / 1e6
		}
		return nil
	})
}

// parseShort reads the DataFrame of 12-epoch accuracies.
func (t *NB201) parseShort(b []byte) error {
	v, err := pickle.Load(b, pickle.Limits{Allow: pickle.PandasGlobals})
	if err != nil {
		return err
	}
	f, err := pickle.DecodeFrame(v)
	if err != nil {
		return err
	}
	c := newCells(space.NB201Size)
	index := make([]int, f.Rows)
	archs := f.Strings["cellstr"]
	if archs == nil {
		return errors.New("a column of text cellstr is missing")
	}
	for row, arch := range archs {
		if index[row], err = c.claim(arch); err != nil {
			return fmt.Errorf("row %d: %w", row, err)
		}
	}
	if err := c.complete(); err != nil {
		return err
	}
	for k, set := range []string{"cifar10", "cifar100", "imagenet"} {
		for _, to := range []place{{set + "-val", &t.Sets[k].Val12}, {set + "-test", &t.Sets[k].Test12}} {
			from := f.Floats[to.name]
			if from == nil {
				return fmt.Errorf("a column of numbers %s is missing", to.name)
			}
			for row, x := range from {
				(*to.data)[index[row]] = x
			}
		}
	}
	return nil
}

// parseTimes reads {"ARCH": {SET: {EPOCHS: [train loss, train accuracy, train seconds,
// train seconds, test accuracy, test seconds]}}}, seconds being sums over the epochs. The
// source calls the third number a test loss, but it repeats the fourth.
func (t *NB201) parseTimes(b []byte) error {
	const epochs = 200
	c := newCells(NB201Measured)
	err := eachMember(b, func(arch string, runs map[string]map[string][6]float64) error {
		i, err := c.claim(arch)
		if err != nil {
			return err
		}
		for k, set := range []string{"cifar10", "cifar100", "ImageNet16-120"} {
			run := runs[set]["200"]
			if run[2] != run[3] {
				return fmt.Errorf("%s: %s: train seconds %v and %v, want the same number twice",
					arch, set, run[2], run[3])
			}
			t.Sets[k].EpochSeconds[i] = run[3] / epochs
			t.Sets[k].TestSeconds[i] = run[5] / epochs
			t.Sets[k].Test200One[i] = run[4]
		}
		t.Measured[i] = true
		return nil
	})
	if err != nil {
		return err
	}
	return c.complete()
}
