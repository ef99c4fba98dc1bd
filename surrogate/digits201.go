package surrogate

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

func init() {
	ownruns.Embed("digits201", readDigits201)
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name: "digits201",
		Doc: "our own: the NAS-Bench-201 cell trained whole on 8×8 digits, three runs of 20 epochs each, " +
			"every epoch kept",
		Paper: "this project, docs/digits201.md; the cells: Dong and Yang, ICLR 2020, arXiv:2001.00326",
		Params: []evolve.Param{metricParam, noiseParam,
			evolve.Int("epochs", 20, 1, 20, "longest schedule of the search; every one before it is a prefix of it"),
			wrap.ObjectivesParam(wrap.Auto, evolve.ParamsObjective, evolve.FLOPsObjective), wrap.ReferenceParam,
			wrap.DeadParam,
			permuteParam, eachParam},
		New: offering(openDigits201),
	})
}

// The runs that `amoeba table build` made and `amoeba table pack` sealed. docs/digits201.md is
// their card.
//
//go:embed digits201.bin
var digits201Runs []byte

var readDigits201 = sync.OnceValues(func() (*ownruns.Table, error) { return ownruns.Read(digits201Runs) })

// openDigits201 opens the table of this project: one cell of each class of isomorphic cells was
// trained, and its runs answer for the class.
func openDigits201(o evolve.Options) (evolve.Benchmark, error) {
	t, err := readDigits201()
	if err != nil {
		return nil, fmt.Errorf("the embedded table of digits201: %w", err)
	}
	return openRuns(t, "Digits-201, 8×8 digits", ownTable, space.NB201{}, "", o)
}
