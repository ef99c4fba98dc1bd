package surrogate

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:   "digits201",
		Doc:    "our own: the NAS-Bench-201 cell trained whole on 8×8 digits, three runs of 20 epochs each, every epoch kept",
		Paper:  "this project, docs/digits201.md; the cells: Dong and Yang, ICLR 2020, arXiv:2001.00326",
		Params: []evolve.Param{metricParam, noiseParam, {Name: "epochs", Default: "20", Doc: "longest schedule of the search, 1 to 20; every one before it is a prefix of it"}, permuteParam},
		New:    openDigits201,
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
	return openClasses(t, o)
}

// openClasses opens runs of the classes of nb201, of which none may be missing.
func openClasses(t *ownruns.Table, o evolve.Options) (*lookup, error) {
	s := space.NB201{}
	row := make(map[evolve.Arch]int, len(t.Cells))
	for i, a := range t.Cells {
		row[a] = i
	}
	at := make([]int, s.Size())
	missing := map[evolve.Arch]bool{}
	for i := range at {
		c, err := s.Canon(s.At(i))
		if err != nil {
			return nil, err
		}
		var known bool
		if at[i], known = row[c]; !known {
			missing[c] = true
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("digits201: %d of its networks were not trained: want a pack of the whole build: %w", len(missing), evolve.ErrInvalid)
	}
	b := &lookup{space: s}
	b.about = evolve.About{Title: "Digits-201, 8×8 digits", Kind: "table", Hash: t.Hash,
		Source: fmt.Sprintf("%d cells were trained, one of each class of isomorphic ones, for which it answers", len(t.Cells))}
	if err := b.addRuns(t, at, o); err != nil {
		return nil, err
	}
	return b, b.finish(o)
}
