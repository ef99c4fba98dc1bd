package data

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// The cells of NASLib's file of zero-cost scores on NAS-Bench-301 (Zela et al., ICLR 2022,
// arXiv:2008.09777), git blob 4487b7ba9657687bdcc2d7c21dae900d7a1a0e6e.
var dartsSource = Source{"automl/NASLib", "6639fd1579010457885c641553c55b0c153045aa", "naslib/data/zc_nasbench301.json",
	63614, "8f78d98b1b025909c6be9330baa25098fb74600583b4e32ca2461e52fecb2970", "Apache-2.0",
	"nasbench301-subset/nb301_725.csv.gz"}

const dartsRows = 725

// Columns: per cent, millions, millions, and the scores of untrained networks.
var dartsNames = []string{"val_acc", "flops_m", "params_m", "zc_synflow", "zc_nwot", "zc_jacov", "zc_grad_norm",
	"zc_l2_norm"}

func init() {
	register(Table{
		Name: "darts",
		Holds: "NAS-Bench-301: what its surrogate says of 725 cells of the DARTS space on CIFAR-10, " +
			"with size and training-free scores",
		Rows: dartsRows, Sets: []string{"cifar10"}, Objectives: []string{"error", "params", "flops"},
		Estimated: "parameters and FLOPs, counted by NASLib; its scores of untrained networks",
		Modelled:  "validation accuracy: the output of NAS-Bench-301's surrogate, no training",
		Sources:   []Source{dartsSource}, Bytes: 74e3,
		importFrom: func(im *importing) (*Frame, string, error) {
			s, err := im.sheet(dartsSource, dartsRows, parseDARTS)
			if err != nil {
				return nil, "", err
			}
			return s.frame(), fmt.Sprintf("%d pairs of cells; their accuracy is a surrogate's output", dartsRows), nil
		},
		check: func(f *Frame) error {
			return checkRows(f, dartsRows, space.DARTS{}, between(0, 100, dartsNames[0]), positive(dartsNames[1:3]...),
				between(-math.MaxFloat64, math.MaxFloat64, dartsNames[3:]...))
		},
	})
}

// parseDARTS reads a line for each pair of cells, numbered from 0.
func parseDARTS(b []byte) (*sheet, error) {
	next := 0
	return readSheet(b, "idx,arch,"+strings.Join(dartsNames, ","), 2, func(texts []string) (evolve.Arch, error) {
		if texts[0] != strconv.Itoa(next) {
			return "", fmt.Errorf("column idx: %q, want %d", texts[0], next)
		}
		next++
		return space.DARTSFromNASLib(texts[1])
	})
}
