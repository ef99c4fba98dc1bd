package papers

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/notes"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// placed is a benchmark of which the space alone is asked.
type placed struct {
	evolve.Benchmark
	space evolve.Space
}

func (p placed) Problem() evolve.Problem { return evolve.Problem{Space: p.space} }

// The skip connections of answers are counted in every notation of cells, and a cell has collapsed where it has nothing
// else. What methods favoured is the mean over edges, at the last epoch and beside the first; runs without notes or
// without an answer have no value.
func TestGenotypes(t *testing.T) {
	const dartsV2 = "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), " +
		"('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5], " +
		"reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), " +
		"('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])"
	darts, err := space.DARTS{}.Parse(dartsV2)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		space     evolve.Space
		arch      evolve.Arch
		skips     float64
		collapsed float64
	}{
		{space.NB201{}, "111111", 6, 1}, {space.NB201{}, "101112", 4, 0}, {space.NB201{}, "000000", 0, 0},
		{space.DARTS{}, darts, 5, 0}, {space.NB201{}, "", math.NaN(), math.NaN()},
	} {
		o := &lab.Outcome{Experiment: &lab.Experiment{Bench: placed{space: c.space}}}
		arm := &trace.Arm{Runs: []trace.Run{{Final: journal.Entry{Arch: string(c.arch)}}}}
		for metric, want := range map[string]float64{Skips: c.skips, Collapsed: c.collapsed} {
			got, err := genotypes(o, arm, metric)
			if err != nil || len(got) != 1 || got[0] != want && !(math.IsNaN(got[0]) && math.IsNaN(want)) {
				t.Errorf("%s of %q: %v, %v, want %g", metric, c.arch, got, err, want)
			}
		}
	}
	bits := &lab.Outcome{Experiment: &lab.Experiment{Bench: placed{space: space.Bits{Length: 4}}}}
	one := &trace.Arm{Runs: []trace.Run{{Final: journal.Entry{Arch: "0110"}}}}
	if _, err := genotypes(bits, one, Collapsed); !errors.Is(err, evolve.ErrUnsupported) {
		t.Errorf("a space without operations: %v", err)
	}
	noted := &notes.Notes{Ops: []string{"none", skip}, Edges: 2, Epochs: []notes.Epoch{
		{Epoch: 1, Shares: []float64{.5, .5, .75, .25}}, {Epoch: 2}, {Epoch: 3, Shares: []float64{.25, .75, 0, 1}}}}
	o := &lab.Outcome{Set: &trace.Set{RunNotes: func(_ string, run int) (*notes.Notes, error) {
		if run == 1 {
			return nil, fmt.Errorf("no notes: %w", fs.ErrNotExist)
		}
		return noted, nil
	}}}
	for metric, want := range map[string]float64{SkipShare: .875, SkipRise: .5} {
		got, err := genotypes(o, &trace.Arm{Runs: make([]trace.Run, 3)}, metric)
		if err != nil || len(got) != 3 || !slices.Equal(got[:1], got[2:]) || got[0] != want || !math.IsNaN(got[1]) {
			t.Errorf("%s: %v, %v, want %g", metric, got, err, want)
		}
	}
}
