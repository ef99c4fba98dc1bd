package plots

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	optionsOf["parallel"] = func() Options { return Options{Benchmark: convs{}, BenchmarkSpec: "convs"} }
}

// convs is a benchmark of cells of nb201 whose accuracy is the share of 3×3 convolutions. After one epoch of three it
// is reversed, after two it is what it will be.
type convs struct{}

func (convs) Problem() evolve.Problem {
	return evolve.Problem{Space: space.NB201{},
		Objectives: []evolve.Objective{evolve.TrainedObjective(evolve.Accuracy)},
		Fidelities: []evolve.Fidelity{{Epochs: 1}, {Epochs: 2}, {Epochs: 3}}}
}

func (convs) About() evolve.About {
	return evolve.About{Title: "Convolutions", Kind: "synthetic", Epochs: 3, Source: "share of convolutions"}
}

func (b convs) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	s, err := b.Score(t)
	if r.Loss = s.Val; t.Epochs == 1 {
		r.Loss = 1 - s.Val
	}
	return err
}

func (convs) Score(t *evolve.Trial) (evolve.Score, error) {
	loss := 1 - float64(strings.Count(string(t.Arch), "3"))/6
	return evolve.Score{Val: loss, Test: loss}, nil
}

// The best is the cell of convolutions alone, the next 24 its neighbours: 4 differ from it in each edge.
func TestParallel(t *testing.T) {
	d, err := drawing("parallel,n=25", Options{Benchmark: convs{}, BenchmarkSpec: "convs"})
	if err != nil {
		t.Fatal(err)
	}
	rows := d.Data().Rows
	for j, edge := range []string{"edge0-1", "edge0-2", "edge1-2", "edge0-3", "edge1-3", "edge2-3"} {
		if d := cmp.Diff([]string{"1", "333333", "100", edge, "3", "nor_conv_3x3"}, rows[j]); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		chosen := 0
		for _, row := range rows {
			if row[3] == edge && row[5] == "nor_conv_3x3" {
				chosen++
			}
		}
		if chosen != 21 {
			t.Errorf("%d chose the convolution at %s, want 21", chosen, edge)
		}
	}
	if len(rows) != 25*6 || !strings.Contains(d.(*scene).note, "The 25 best by validation accuracy of 15,625 architectures") {
		t.Errorf("%d rows; %q", len(rows), d.(*scene).note)
	}
}

// Lines of an option lie in the order of their ranks and within a place as high as the share that chose it.
func TestParallelHeights(t *testing.T) {
	p := &parallelScene{decisions: space.NB201{}.Decisions(), ranked: []ranked{{"333333", 0}, {"033333", .1}, {"300000", .2}}}
	p.layOut(space.NB201{}, space.NB201{})
	// Edge 0-1: ranks 1 and 3 chose option 3, the fourth of five places around .7, 2/3 · .85 / 5 high.
	high := 2. / 3 * .85 / 5
	for i, want := range []float64{.7 + high/4, .1, .7 - high/4} {
		if got := p.heights[i][0]; math.Abs(got-want) > 1e-12 {
			t.Errorf("line %d crosses at %g, want %g", i+1, got, want)
		}
	}
	if d := cmp.Diff([]float64{1. / 3, 0, 0, 2. / 3, 0}, p.bars[0], approx); d != "" {
		t.Error(d)
	}
}

// An incumbent of several runs is one architecture, and one without a result none.
func TestParallelFound(t *testing.T) {
	s := twoArms()
	of := func(arch string, val, test float64) journal.Entry {
		return journal.Entry{Arch: arch, ValError: val, TestError: test}
	}
	s.Arms[0].Runs = []trace.Run{{Steps: []journal.Entry{of("a", .3, .5), of("b", .2, .6)}, Final: of("b", .2, .6)},
		{Final: of("a", .3, .5)}, {Final: of("", math.NaN(), math.NaN())}}
	s.Arms = s.Arms[:1]
	want := []ranked{{"a", .5}, {"b", .6}}
	if d := cmp.Diff(want, parallel{test: true}.found([]*trace.Set{s, s}, space.Bits{Length: 1}), cmp.AllowUnexported(ranked{})); d != "" {
		t.Error(d)
	}
}

// Isomorphic cells with one result are one architecture, in its representative; with two results they are two.
func TestParallelIsomorphic(t *testing.T) {
	s := twoArms()
	of := func(arch string, val float64) journal.Entry { return journal.Entry{Arch: arch, ValError: val} }
	s.Arms = s.Arms[:1]
	if a, b := (space.NB101{}).Hash("0cc7c7-10001"), (space.NB101{}).Hash("04803f-10000"); a != b {
		t.Fatalf("the cells' published hashes are %s and %s", a, b)
	}
	for _, c := range []struct {
		val  float64 // of the second genome
		want []ranked
	}{
		{.1, []ranked{{"04803f-10000", .1}, {"0883cd-01000", .2}}},
		{.3, []ranked{{"04803f-10000", .1}, {"04803f-10000", .3}, {"0883cd-01000", .2}}},
	} {
		s.Arms[0].Runs = []trace.Run{{Final: of("0cc7c7-10001", .1)}, {Final: of("04803f-10000", c.val)},
			{Final: of("0883cd-01000", .2)}}
		got := parallel{}.found([]*trace.Set{s}, space.NB101{})
		if d := cmp.Diff(c.want, got, cmp.AllowUnexported(ranked{})); d != "" {
			t.Error(d)
		}
	}
}

func TestParallelRefuses(t *testing.T) {
	for spec, c := range map[string]struct {
		b    evolve.Benchmark
		want string
	}{
		"ones,length=100": {ones(100), "have 100 decisions, and the figure has room for 2 to 40"},
		"ones":            {ones(20), "has too many architectures to look at all: want the folders of experiments"},
		"train:digits":    {training{20}, "trains each architecture"},
	} {
		_, err := drawing("parallel", Options{Benchmark: c.b, BenchmarkSpec: spec})
		if !errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v, want %q", spec, err, c.want)
		}
	}
}
