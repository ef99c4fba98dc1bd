package data

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// NAS-Bench-Macro (Su et al., CVPR 2021, arXiv:2103.11922), as its authors published it.
var macroSource = Source{"xiusu/NAS-Bench-Macro", "61a2bfc2ca0dce04d0997e6cf498047c27d6acf2",
	"data/nas-bench-macro_cifar10.json", 1178821, "686dee8363cc21cca8c1f321ad5749454f2d9b9ca5972682e137e539bc522297",
	"Apache-2.0", ""}

// macroRuns are the trainings of each network in the tables of Su et al.
const macroRuns = 3

// Columns: test_acc_s0..2 are per cent, mean theirs, std the source's deviation of them
// (divided by 3 here, by 2 in the table channel).
var macroNames = []string{"test_acc_s0", "test_acc_s1", "test_acc_s2", "mean", "std", "params", "flops"}

func init() {
	register(Table{
		Name: "macro", Holds: "NAS-Bench-Macro: test accuracy of three runs and size of every network on CIFAR-10",
		Rows: space.Macro{}.Size(), Sets: []string{"cifar10"}, Fidelities: []int{50},
		Objectives: []string{"error", "params", "flops"},
		Measured:   "test accuracies, each that of its run's best epoch; there is no validation accuracy",
		Estimated:  "parameters and FLOPs, counted by the authors",
		Sources:    []Source{macroSource},
		Bytes:      447e3,
		importFrom: importMacro,
		check: func(f *Frame) error {
			if err := checkRows(f, space.Macro{}.Size(), space.Macro{}, runSpans("")...); err != nil {
				return err
			}
			return checkMean(f, "", 1e-4)
		},
	})
}

func importMacro(im *importing) (*Frame, string, error) {
	s, err := im.sheet(macroSource, space.Macro{}.Size(), parseMacro)
	if err != nil {
		return nil, "", err
	}
	distinct := map[evolve.Arch]bool{}
	for _, a := range s.archs {
		canon, err := space.Macro{}.Canon(evolve.Arch(a))
		if err != nil {
			return nil, "", err
		}
		distinct[canon] = true
	}
	return s.frame(), fmt.Sprintf("%d networks, %d runs each; %d distinct by identity",
		len(s.archs), macroRuns, len(distinct)), nil
}

// parseMacro reads {"ARCH": {"test_acc": [% of each run], "mean_acc", "std", "params", "flops"}}.
func parseMacro(b []byte) (*sheet, error) {
	type record struct {
		Test   []float64 `json:"test_acc"`
		Mean   float64   `json:"mean_acc"`
		Std    float64   `json:"std"`
		Params float64   `json:"params"`
		FLOPs  float64   `json:"flops"`
	}
	s := newSheet(macroNames...)
	err := eachMember(b, func(arch string, r record) error {
		a, err := space.Macro{}.Parse(arch) // the genome itself, not its network's first
		if err != nil {
			return err
		}
		if len(r.Test) != macroRuns {
			return fmt.Errorf("%s: test_acc has %d runs, want %d", arch, len(r.Test), macroRuns)
		}
		return s.add(a, append(r.Test, r.Mean, r.Std, r.Params, r.FLOPs)...)
	})
	if err != nil {
		return nil, err
	}
	return s, s.covers(space.Macro{})
}

// runSpans are what the columns of three runs may be.
func runSpans(prefix string) []span {
	names := make([]string, len(macroNames))
	for i, name := range macroNames {
		names[i] = prefix + name
	}
	return []span{between(0, 100, names[:macroRuns+2]...), positive(names[macroRuns+2:]...)}
}

// checkMean says where a published mean is not that of the runs but for its rounding.
func checkMean(f *Frame, prefix string, tolerance float64) error {
	mean, err := f.Floats(prefix + "mean")
	if err != nil {
		return err
	}
	sum := make([]float64, f.Rows)
	for _, name := range macroNames[:macroRuns] {
		xs, err := f.Floats(prefix + name)
		if err != nil {
			return err
		}
		for i, x := range xs {
			sum[i] += x
		}
	}
	for i, x := range mean {
		if want := sum[i] / macroRuns; !(math.Abs(x-want) <= tolerance) {
			return fmt.Errorf("%s: row %d: %smean is %v, of its runs it is %v: %w",
				f.Table, i, prefix, x, want, evolve.ErrInvalid)
		}
	}
	return nil
}
