package data

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// The runs on WikiText-2 of NAS-Bench-NLP (Klyuchnikov et al., IEEE Access 2022,
// arXiv:2006.07116), as its authors published them.
var nlpSource = Source{"fmsnew/nas-bench-nlp-release", "a6d90a3b19e3966b1d009c0970b3761aa46707d1",
	"train_logs_wikitext-2/logs.zip", 879000, "f5052d6bea6398001e32c986322a243e8cdedffa906caf242eb0a62ee105aa12",
	"Apache-2.0", ""}

// The source has 345 runs of 344 recipes, of which only one, 1002429, has two runs. But the
// authors sampled cells again and again: to space.NLP's Canon the recipes are 265 cells. The
// table has every run, in the order of the archive, under its cell's canonical genome.
const (
	nlpRows   = 345
	nlpCells  = 265
	nlpEpochs = 50
)

// What a run may end with.
const (
	nlpOK  = "OK"
	nlpNaN = "loss is nan!"
)

// nlpCurves are the kinds of columns that have one for each epoch: validation and test loss
// in nats a token, NaN from the epoch on in which the loss is NaN; seconds since the start,
// which then stay what was spent.
var nlpCurves = []string{"val_", "test_", "seconds_"}

func init() {
	epochs := make([]int, nlpEpochs)
	for i := range epochs {
		epochs[i] = i + 1
	}
	register(Table{
		Name: "nlp",
		Holds: "NAS-Bench-NLP: loss of every epoch, seconds and size of 344 recurrent recipes, 265 " +
			"different cells, on WikiText-2",
		Rows: nlpRows, Sets: []string{"wikitext2"}, Fidelities: epochs, Objectives: []string{"loss", "params"},
		Measured: "validation and test loss (nats a token) and seconds by epoch, of every run; those that ended " +
			"with a loss that is NaN are kept",
		Estimated:  "parameters, counted by the authors",
		Sources:    []Source{nlpSource},
		Bytes:      560e3,
		importFrom: importNLP,
		check:      checkNLP,
	})
}

// nlpTable is the table in the making.
type nlpTable struct {
	*sheet
	status   []string
	recipe   []uint32            // number of the recipe of the run
	first    map[evolve.Arch]int // run of each cell
	recipes  map[int]bool
	squares  float64 // of the differences between the last validation losses of a cell's runs
	compared int
}

func newNLPTable() *nlpTable {
	var names []string
	for _, curve := range nlpCurves {
		for e := range nlpEpochs {
			names = append(names, nlpName(curve, e+1))
		}
	}
	return &nlpTable{sheet: newSheet(append(names, "params")...), first: map[evolve.Arch]int{}, recipes: map[int]bool{}}
}

func nlpName(curve string, epoch int) string { return fmt.Sprint(curve, epoch) }

func importNLP(im *importing) (*Frame, string, error) {
	t := newNLPTable()
	if err := im.read(nlpSource, func(b []byte) error {
		if err := t.parse(b); err != nil {
			return err
		}
		if len(t.archs) != nlpRows {
			return fmt.Errorf("%d runs, want %d", len(t.archs), nlpRows)
		}
		if len(t.first) != nlpCells {
			return fmt.Errorf("%d cells, want %d", len(t.first), nlpCells)
		}
		return nil
	}); err != nil {
		return nil, "", err
	}
	f := t.frame()
	f.AddText("status", t.status)
	f.AddUint32s("recipe", t.recipe)
	failed := 0
	for _, s := range t.status {
		if s != nlpOK {
			failed++
		}
	}
	return f, fmt.Sprintf("%d runs of %d recipes, which are %d different cells; %d runs failed; further runs of a "+
		"cell end %.3f nats from its first (root mean square of %d)",
		nlpRows, len(t.recipes), nlpCells, failed, math.Sqrt(t.squares/float64(t.compared)), t.compared), nil
}

// add takes in a run.
func (t *nlpTable) add(r *nlpRun) error {
	a, err := space.NLP{}.Parse(r.Recipe)
	if err == nil {
		a, err = space.NLP{}.Canon(a)
	}
	if err != nil {
		return err
	}
	numbers, err := r.numbers()
	if err != nil {
		return err
	}
	t.recipes[r.ID] = true
	t.status = append(t.status, r.Status)
	t.recipe = append(t.recipe, uint32(r.ID))
	t.sheet.append(a, numbers...)
	row, again := t.first[a]
	if !again {
		t.first[a] = len(t.archs) - 1
		return nil
	}
	last := len(t.columns) - 1
	if first := t.columns[last][row]; first != r.Params {
		return fmt.Errorf("%v parameters, recipe %d, which is the same cell, has %v", r.Params, t.recipe[row], first)
	}
	if d := numbers[nlpEpochs-1] - t.columns[nlpEpochs-1][row]; !math.IsNaN(d) {
		t.squares += float64(d * d)
		t.compared++
	}
	return nil
}

func checkNLP(f *Frame) error {
	spans := []span{positive("params", "recipe")}
	for _, curve := range nlpCurves {
		for e := 1; e <= nlpEpochs; e++ {
			s := positive(nlpName(curve, e))
			if curve != "seconds_" {
				s = s.orNone()
			}
			spans = append(spans, s)
		}
	}
	if err := checkRows(f, nlpRows, nil, spans...); err != nil { // a cell has several rows
		return err
	}
	archs, err := f.Text("arch")
	if err != nil {
		return err
	}
	for i, a := range archs {
		if _, err := (space.NLP{}).Canon(evolve.Arch(a)); err != nil {
			return fmt.Errorf("nlp: row %d: %w", i, err)
		}
	}
	status, err := f.Text("status")
	if err != nil {
		return err
	}
	last, err := f.Floats(nlpName("val_", nlpEpochs))
	if err != nil {
		return err
	}
	for i, s := range status {
		if s != nlpOK && s != nlpNaN || (s == nlpOK) == math.IsNaN(last[i]) {
			return fmt.Errorf("nlp: row %d: status %q with a last validation loss of %v: %w",
				i, s, last[i], evolve.ErrInvalid)
		}
	}
	return nil
}
