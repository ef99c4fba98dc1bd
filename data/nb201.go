package data

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// NB201Sets are the data sets of NAS-Bench-201; imagenet16 is ImageNet16-120.
var NB201Sets = []string{"cifar10", "cifar100", "imagenet16"}

// nb201Classes are the classes of each set.
var nb201Classes = [3]int{10, 100, 120}

func init() {
	register(Table{
		Name: "nb201", Holds: "NAS-Bench-201: accuracy, size and seconds of every cell",
		Rows: space.NB201Size, Sets: NB201Sets, Fidelities: []int{12, 200},
		Objectives: []string{"error", "params", "flops", "latency:DEVICE (of nb201-hw)"},
		Measured:   fmt.Sprintf("accuracies; seconds of cells 0..%d", NB201Measured-1),
		Estimated:  "seconds of the other cells, by least squares on the six operations",
		Embedded:   "a surrogate fitted on it",
		Sources:    NB201Sources, Bytes: 4e6,
		importFrom: importNB201,
		check: func(f *Frame) error {
			t, err := nb201Of(f)
			if err != nil {
				return err
			}
			return t.check()
		},
	})
}

// NB201Measured is the number of cells whose seconds were measured: the official indexes
// below it. The official order is a shuffle, so they are a uniform sample.
const NB201Measured = 1000

// NB201 is the table of NAS-Bench-201. Every slice is indexed by the official index,
// 0..15624, that space.NB201's At and Index translate.
type NB201 struct {
	Sets [3]NB201Set // in the order of NB201Sets
	// Measured says whether a cell's EpochSeconds and TestSeconds were measured; those of
	// the other cells are estimated from its six operations.
	Measured []bool
	EpochFit Fit      // quality of the estimated EpochSeconds
	TestFit  Fit      // quality of the estimated TestSeconds
	Sources  []Source // the published files that it was made of
	Hash     string   // hex SHA-256 of the table: of its file but for the trailer that holds it
}

// NB201Set is what the table knows about one data set. Accuracies are per cent exactly as
// published; 12 and 200 epochs are two schedules, not two points of one run.
//
// On cifar10, validation is of a model trained on 25,000 of the 50,000 training images
// and tested on the others, test of a model trained on all of them. On cifar100 and
// imagenet16 the model is the same and validation and test are halves of the test set.
type NB201Set struct {
	Val12       []float64 // 12 epochs; one seed, but cifar10 the mean of two
	Test12      []float64 // 12 epochs; one seed
	Val200      []float64 // 200 epochs; mean over the seeds of NAS-Bench-201 v1.1
	Test200     []float64 // the same seeds
	Test200NATS []float64 // 200 epochs; mean over the seeds, some more, of NATS-Bench v1.0
	// Test200One is the 200-epoch test of one seed, drawn at random, of the measured cells
	// alone; NaN elsewhere. Against Test200 it shows the noise of one training.
	Test200One []float64
	Params     []float64 // trainable parameters, millions
	FLOPs      []float64 // multiply-adds of one image, millions; computed
	// EpochSeconds is the training time of one epoch over the full training set; a model
	// trained on half of cifar10 takes half.
	EpochSeconds []float64
	// TestSeconds is one pass over 10,000 (cifar10), 5,000 or 3,000 images.
	TestSeconds []float64
}

// Set returns the columns of a data set, or an error that names the nearest.
func (t *NB201) Set(name string) (*NB201Set, error) {
	for i, s := range NB201Sets {
		if s == name {
			return &t.Sets[i], nil
		}
	}
	return nil, evolve.Unknown("data set of nb201", name, NB201Sets)
}

// Column returns a column by its name in the file, such as val_200.
func (s *NB201Set) Column(name string) ([]float64, error) {
	for _, p := range s.places() {
		if p.name == name {
			return *p.data, nil
		}
	}
	return nil, fmt.Errorf("nb201: no column %s: %w", name, evolve.ErrUnknown)
}

// place is where a column goes, under its name in the file.
type place struct {
	name string
	data *[]float64
}

// places are the set's columns in the order of the file.
func (s *NB201Set) places() []place {
	return []place{
		{"val_12", &s.Val12}, {"test_12", &s.Test12},
		{"val_200", &s.Val200}, {"test_200", &s.Test200}, {"test_200_nats", &s.Test200NATS},
		{"test_200_one", &s.Test200One},
		{"params_m", &s.Params}, {"flops_m", &s.FLOPs},
		{"epoch_s", &s.EpochSeconds}, {"test_s", &s.TestSeconds},
	}
}

// places are all columns of the file but the last, which is Measured.
func (t *NB201) places() []place {
	var all []place
	for i := range t.Sets {
		for _, c := range t.Sets[i].places() {
			all = append(all, place{NB201Sets[i] + "_" + c.name, c.data})
		}
	}
	return all
}

// NB201Complexity is the parameters and multiply-adds of a cell's network on a set, counted
// from the architecture: stem, three stages of five cells, classifier.
func NB201Complexity(a evolve.Arch, set int) (params, flops int) {
	var conv1, conv3 int
	for i := range a {
		switch a[i] {
		case '2':
			conv1++
		case '3':
			conv3++
		}
	}
	shrink := 1
	if NB201Sets[set] == "imagenet16" {
		shrink = 4 // images of half the width and height
	}
	classes := nb201Classes[set]
	params = 72656 + 28000*conv1 + 243040*conv3 + 65*classes
	flops = (7782400+3932160*conv1+35389440*conv3)/shrink + 65*classes
	return params, flops
}

// check says which value of the table cannot be right.
func (t *NB201) check() error {
	bad := func(i int, column string, got float64, want string) error {
		return fmt.Errorf("nb201: cell %d, %s, has %s %v, want %s: %w", i, space.NB201{}.At(i), column, got, want,
			evolve.ErrInvalid)
	}
	for s := range t.Sets {
		for k, c := range t.Sets[s].places() {
			name := NB201Sets[s] + "_" + c.name
			for i, x := range *c.data {
				params, flops := NB201Complexity(space.NB201{}.At(i), s)
				switch accuracy := k < 6; {
				case c.name == "test_200_one" && i >= NB201Measured:
					if !math.IsNaN(x) {
						return bad(i, name, x, "none")
					}
				case !(x > 0) || math.IsInf(x, 1):
					return bad(i, name, x, "a positive number")
				case accuracy && x > 100:
					return bad(i, name, x, "at most 100 per cent")
				case c.name == "params_m" && x != float64(params)/1e6:
					return bad(i, name, x, fmt.Sprint(float64(params)/1e6, " as counted"))
				case c.name == "flops_m" && x != float64(flops)/1e6:
					return bad(i, name, x, fmt.Sprint(float64(flops)/1e6, " as counted"))
				}
			}
		}
	}
	for i, m := range t.Measured {
		if m != (i < NB201Measured) {
			return fmt.Errorf("nb201: cell %d has measured %t, want the cells below %d: %w",
				i, m, NB201Measured, evolve.ErrInvalid)
		}
	}
	return nil
}
