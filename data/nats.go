package data

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data/nats"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

var natsObjectives = []string{"error", "params", "flops", "latency:recorded"}

func init() {
	const measured = "validation and test accuracy of every run, seconds, latency; parameters and " +
		"multiply-adds are counted"
	register(Table{
		Name: "nats-tss", Holds: "NATS-Bench topology: every run of every cell, at points of its training",
		Rows: space.NB201Size, Sets: NB201Sets, Fidelities: []int{12, 200},
		Objectives: natsObjectives, Measured: measured,
		Official: "the folder of NATS-tss-v1_0-3ffb9-simple.tar, Google Drive 17_saCsj_krKjlCBLOJEpNtzPXArMCqxU " +
			"(MIT), or a part of its files, a pool",
		Bytes:      15e6,
		importFrom: func(im *importing) (*Frame, string, error) { return importNATS(im, nats.Topology) },
		check: func(f *Frame) error {
			if err := checkNATS(f, nats.Topology); err != nil {
				return err
			}
			return countNATS(f)
		},
	})
	register(Table{
		Name: "nats-sss", Holds: "NATS-Bench size: every run of every network, at points of its training",
		Rows: nats.Size.Size, Sets: NB201Sets, Fidelities: []int{1, 12, 90},
		Objectives: natsObjectives, Measured: measured,
		Official: "the folder of NATS-sss-v1_0-50262-simple.tar, Google Drive 1scOMTUwcQhAMa_IMedp9lTzwmgqHLGgA " +
			"(MIT), or a part of its files, a pool",
		Bytes:      30e6,
		importFrom: func(im *importing) (*Frame, string, error) { return importNATS(im, nats.Size) },
		check:      func(f *Frame) error { return checkNATS(f, nats.Size) },
	})
}

// NATSSets are the data sets of NATS-Bench (Dong et al., TPAMI 2021, arXiv:2009.00437) as the
// columns name them. The networks of cifar10-valid train on half of CIFAR-10's training
// images and validate on the others; those of cifar10 train on all and have no validation;
// imagenet16 is ImageNet16-120. The columns, per cent and seconds as float64, since the
// files' numbers are float64 and the means that the official API makes of them need every
// digit:
//
//	SET_val_SCHEDULE@EPOCH_RUN   validation after an epoch of a schedule, see [NATSVal]
//	SET_test_SCHEDULE_RUN        test after the last epoch, see [NATSTest]
//	SET_seconds_SCHEDULE@EPOCH   see [NATSSeconds]
//	SET_train_s_SCHEDULE         seconds of an epoch, mean of epochs and runs
//	SET_pass_s_SCHEDULE          seconds of a validation pass, likewise
//	SET_params_m, SET_flops_m    millions, of one image; these and the latency as the official
//	SET_latency_s                API gives them under 12 epochs: seconds of a batch; NaN: not measured
//
// RUN counts the seeds from 0 in the order of the file; it is NaN where an architecture has
// fewer runs than others. [NATSRuns] reads them with their mean. Rows are by official index, which
// is the row's number, or, of a table of a part of the space, what [NATSIndices] says.
var NATSSets = []string{"cifar10-valid", "cifar10", "cifar100", "imagenet16"}

// natsIndex is the column of the official indices, in tables of a part of the space alone.
const natsIndex = "index"

// NATSIndices are the official indices of the rows of a table of a part of a space of so many
// architectures, ascending; nil for a table of the whole.
func NATSIndices(f *Frame, size int) ([]int, error) {
	if !f.Has(natsIndex) {
		if f.Rows != size {
			return nil, fmt.Errorf("%s: %d rows, want %d: %w", f.Table, f.Rows, size, evolve.ErrInvalid)
		}
		return nil, nil
	}
	column, err := f.Uint32s(natsIndex)
	if err != nil {
		return nil, err
	}
	indices := make([]int, len(column))
	for row, x := range column {
		indices[row] = int(x)
		if row > 0 && indices[row] <= indices[row-1] || int(x) >= size {
			return nil, fmt.Errorf("%s: row %d has index %d, want rising ones below %d: %w",
				f.Table, row, x, size, evolve.ErrInvalid)
		}
	}
	return indices, nil
}

// natsName is the official name of a set.
func natsName(set string) string {
	if set == "imagenet16" {
		return "ImageNet16-120"
	}
	return set
}

// NATSPoints are the epochs of a schedule at which the tables have the validation accuracy,
// wherever the official files do. They are points of one training.
func NATSPoints(schedule int) []int {
	points := []int{1, 2, 4, 8, 12, 25, 50, 100, 200}
	at, there := slices.BinarySearch(points, schedule)
	if there {
		return points[:at+1]
	}
	return append(points[:at], schedule)
}

// NATSVal names the columns of validation accuracy after an epoch, from 1, of a schedule.
func NATSVal(set string, schedule, epoch int) string {
	return fmt.Sprintf("%s_val_%d@%d", set, schedule, epoch)
}

// NATSTest names the columns of test accuracy after the last epoch of a schedule.
func NATSTest(set string, schedule int) string { return fmt.Sprintf("%s_test_%d", set, schedule) }

// NATSSeconds names the column of what the official simulate_train_eval charges for training to
// an epoch's end and one validation pass, mean of the runs.
func NATSSeconds(set string, schedule, epoch int) string {
	return fmt.Sprintf("%s_seconds_%d@%d", set, schedule, epoch)
}

// NATSRuns returns the runs of a result, the columns name_0, name_1, …, and their mean, which
// is the official API's to the last digit: the runs there are, summed in the order of the file.
func NATSRuns(f *Frame, name string) (runs [][]float64, mean []float64, err error) {
	for k := 0; k == 0 || k < natsMaxRuns && f.Has(fmt.Sprintf("%s_%d", name, k)); k++ {
		xs, err := f.Floats(fmt.Sprintf("%s_%d", name, k))
		if err != nil {
			return nil, nil, err
		}
		runs = append(runs, xs)
	}
	mean = make([]float64, f.Rows)
	for i := range mean {
		sum, n := 0.0, 0
		for k, run := range runs {
			if math.IsNaN(run[i]) {
				continue
			}
			if n++; n != k+1 {
				return nil, nil, fmt.Errorf("%s: row %d has run %d of %s, and not those before: %w",
					f.Table, i, k, name, evolve.ErrInvalid)
			}
			sum += run[i]
		}
		mean[i] = sum / float64(n) // NaN of none
	}
	return runs, mean, nil
}

// natsAccuracy matches the columns of per cent.
var natsAccuracy = regexp.MustCompile(`_(val|test)_[0-9]+(@[0-9]+)?_[0-9]+$`)

// checkNATS looks for values that cannot be right.
func checkNATS(f *Frame, s *nats.Space) error {
	if _, err := NATSIndices(f, s.Size); err != nil {
		return err
	}
	return checkNATSValues(f)
}

func checkNATSValues(f *Frame) error {
	for _, name := range f.Columns() {
		if name == natsIndex {
			continue
		}
		xs, err := f.Floats(name)
		if err != nil {
			return err
		}
		// Later runs and points of the curve may be missing, and so may the latency.
		optional := strings.Contains(name, "@") || strings.HasSuffix(name, "_latency_s") ||
			natsAccuracy.MatchString(name) && !strings.HasSuffix(name, "_0")
		for i, x := range xs {
			want := ""
			switch accuracy := natsAccuracy.MatchString(name); {
			case math.IsNaN(x) && optional:
			case accuracy && !(x >= 0 && x <= 100):
				want = "0 to 100 per cent"
			case !accuracy && !(x > 0 && x <= math.MaxFloat64):
				want = "a positive number"
			}
			if want != "" {
				return fmt.Errorf("%s: row %d has %s %v, want %s: %w", f.Table, i, name, x, want, evolve.ErrInvalid)
			}
		}
	}
	return nil
}

// countNATS compares parameters and multiply-adds of the topology space with those counted.
// Means over runs may have another last digit.
func countNATS(f *Frame) error {
	indices, err := NATSIndices(f, space.NB201Size)
	if err != nil {
		return err
	}
	for _, set := range NATSSets {
		params, err := f.Floats(set + "_params_m")
		if err != nil {
			return err
		}
		flops, err := f.Floats(set + "_flops_m")
		if err != nil {
			return err
		}
		k := slices.Index(NB201Sets, strings.TrimSuffix(set, "-valid"))
		for row := range params {
			i := row
			if indices != nil {
				i = indices[row]
			}
			p, m := NB201Complexity(space.NB201{}.At(i), k)
			if math.Round(1e6*params[row]) != float64(p) || math.Round(1e6*flops[row]) != float64(m) {
				return fmt.Errorf("%s: cell %d has %v million parameters and %v million multiply-adds on %s, counted "+
					"are %d and %d: %w",
					f.Table, i, params[row], flops[row], set, p, m, evolve.ErrInvalid)
			}
		}
	}
	return nil
}
