package card

import (
	"encoding/json"
	"io/fs"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/benchtest"
	"github.com/amoeba-nas/amoeba/surrogate"
)

func TestMain(m *testing.M) { benchtest.Main(m) }

// tinyCard is of four cells of nb201, of which the first two are one network: nothing passes. Of
// the first and the last architecture there are two runs of two epochs, of the others one.
func tinyCard(t *testing.T) Set {
	t.Helper()
	pool, err := space.NewPool(space.NB201{}, []evolve.Arch{"000000", "100000", "000300", "333333"}, space.PoolNearest, "onehot")
	if err != nil {
		t.Fatal(err)
	}
	l := &landscape{&surrogate.Landscape{
		About: evolve.About{Title: "tiny"}, Space: pool.(surrogate.Indexed), Full: space.NB201{}, Pooled: true, Rows: []int{0, 1, 2, 3},
		Metrics: []surrogate.Series{
			{Of: surrogate.OfValidation, Epochs: 1, Values: []float64{.5, .6, .4, .45}},
			{Of: surrogate.OfValidation, Epochs: 2, Values: []float64{.9, .8, .3, .1}},
			{Of: surrogate.OfTest, Epochs: 2, Values: []float64{.9, .82, .25, .12}},
		},
		Val: 1, Test: 2, Shape: 1,
		Columns: []surrogate.Series{
			{Name: "params", Unit: "M", Values: []float64{1, 2, 3, math.NaN()}},
			{Name: "naswot", Values: []float64{math.Inf(-1), 5, 6, 7}},
		},
		Seconds: []surrogate.Series{{Epochs: 2, Unit: "s", Values: []float64{10, 20, 30, 44}}},
		Runs:    [][]float64{{12, 8}, {20}, {70}, {91, 89}}, RunsUnit: "%",
		Frame: &data.Frame{Table: "tiny", Rows: 4},
	}, true}
	s, err := l.card()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func num(t *testing.T, what string, got number.Short, want float64) {
	t.Helper()
	if math.IsNaN(float64(got)) != math.IsNaN(want) || math.Abs(float64(got)-want) > 1e-9*max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestCardByHand(t *testing.T) {
	s := tinyCard(t)
	if s.Architectures != 4 || s.Distinct != 3 || s.Genomes != 4 {
		t.Errorf("%d architectures, %d distinct, %d genomes", s.Architectures, s.Distinct, s.Genomes)
	}
	var names []string
	for _, m := range s.Metrics {
		names = append(names, m.Metric)
	}
	if d := cmp.Diff([]string{"validation, 1 epoch", "validation, 2 epochs", "test, 2 epochs"}, names); d != "" {
		t.Fatal(d)
	}
	m := s.Metrics[1] // 10, 20, 70, 90 %
	num(t, "best", m.Best.Value, 90)
	if b := m.Best; b.Arch != "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|" || b.Genome != "333333" || b.Index != 3 || b.Equals != 1 {
		t.Errorf("best %+v", b)
	}
	num(t, "mean", m.Mean, 47.5)
	num(t, "sd", m.SD, math.Sqrt(4475./3)) // deviations −37.5, −27.5, 22.5, 42.5
	num(t, "min", m.Min, 10)
	num(t, "max", m.Max, 90)
	for k, want := range []float64{11.5, 17.5, 45, 75, 87} { // at 0.15, 0.75, 1.5, 2.25 and 2.85 steps
		num(t, "quantile", m.Quantiles[k], want)
	}
	num(t, "near", m.Near, .25)

	find := func(of, with string) Correlation {
		for _, c := range s.Correlations {
			if c.Of == of && c.With == with {
				return c
			}
		}
		t.Fatalf("no correlation of %s with %s in %+v", of, with, s.Correlations)
		return Correlation{}
	}
	for _, c := range []struct {
		of, with  string
		n         int
		tau, rank float64
	}{
		// Both pairs (first, second) and (third, fourth) change places.
		{"validation, 1 epoch", "validation, 2 epochs", 4, 1. / 3, .6},
		{"validation, 2 epochs", "test, 2 epochs", 4, 1, 1},
		{"params", "test, 2 epochs", 3, 1, 1},
		{"naswot", "validation, 2 epochs", 4, 1, 1}, // −∞ is a rank
	} {
		got := find(c.of, c.with)
		if got.N != c.n {
			t.Errorf("%s: n %d, want %d", c.of, got.N, c.n)
		}
		num(t, c.of+" tau", got.Tau, c.tau)
		num(t, c.of+" rho", got.Spearman, c.rank)
	}
	if len(s.Columns) != 2 || s.Columns[1].Infinite != 1 || s.Columns[0].N != 3 {
		t.Errorf("columns %+v", s.Columns)
	}
	num(t, "mean of the finite", s.Columns[1].Mean, 6)

	if len(s.Noise) != 3 {
		t.Fatalf("noise %+v", s.Noise)
	}
	runs, twins := s.Noise[0], s.Noise[1]
	if runs.Kind != NoiseRuns || runs.Groups != 2 || runs.Differing != 2 || twins.Kind != NoiseTwins || twins.Groups != 1 || twins.Differing != 1 {
		t.Errorf("noise %+v", s.Noise)
	}
	num(t, "runs, mean sd", runs.MeanSD, 3/math.Sqrt2) // 4/√2 and 2/√2
	num(t, "runs, pooled", runs.PooledSD, math.Sqrt(5))
	num(t, "runs, range", runs.MaxRange, 4)
	num(t, "twins, sd", twins.MeanSD, 10/math.Sqrt2)
	num(t, "twins, of a pair", twins.Tau, math.NaN())

	// 6, 6, 5 and 0 edges differ from the best.
	num(t, "fitness-distance", s.FDC.Correlation, 2.775/math.Sqrt(.4475*24.75))
	num(t, "distance", s.FDC.MeanDistance, 4.25)
	if !s.FDC.All || s.FDC.Sample != 4 || s.FDC.Best != 1 {
		t.Errorf("%+v", s.FDC)
	}
	if w := s.Walk; w.Mutation != "near" || !w.Pool || w.Steps != 10000 || w.Visited > 4 {
		t.Errorf("%+v", w)
	}
	if len(s.Seconds) != 1 || s.Seconds[0].Epochs != 2 {
		t.Fatalf("seconds %+v", s.Seconds)
	}
	num(t, "median", s.Seconds[0].Median, 25)
	num(t, "total", s.Seconds[0].Total, 104)
}

func TestCardJSON(t *testing.T) {
	if _, err := json.Marshal(tinyCard(t)); err != nil {
		t.Error(err)
	}
}

func TestCardRefuses(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir())
	_, err := New("nb202", "")
	benchtest.OneLine(t, err, evolve.ErrUnknown, `did you mean "nb201"`)
	_, err = New("macro", "")
	benchtest.OneLine(t, err, fs.ErrNotExist, "macro", "is not imported")
}

func card(t *testing.T, name, set string) *Card {
	t.Helper()
	c, err := New(name, set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCardNB201(t *testing.T) {
	benchtest.Tables(t, "nb201", "nb201-hw", "nb201-zc")
	c := card(t, "nb201", "cifar10")
	if len(c.Sets) != 1 || c.Rows != space.NB201Size || !slices.Equal(c.Licences, []string{"MIT", "none"}) {
		t.Fatalf("%d sets, %d rows, %v", len(c.Sets), c.Rows, c.Licences)
	}
	s := c.Sets[0]
	if s.Architectures != 15625 || s.Distinct != 6466 {
		t.Errorf("%d architectures, %d networks", s.Architectures, s.Distinct)
	}
	last := s.Metrics[len(s.Metrics)-1]
	if b := last.Best; last.Metric != "test, 200 epochs" || math.Abs(float64(b.Value)-94.3733) > 1e-4 || b.Index != 6111 ||
		b.Arch != "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|" {
		t.Errorf("%+v", last)
	}
	pair := s.Noise[0]
	if pair.Kind != NoisePair || pair.Groups != data.NB201Measured || pair.SDDifference < .2 || pair.SDDifference > .4 {
		t.Errorf("one seed: %+v", pair)
	}
	// The latencies have a card of their own, the scores are known without training.
	has := func(name string) bool {
		return slices.ContainsFunc(s.Columns, func(c Column) bool { return c.Name == name })
	}
	if !has("naswot") || !has("params") || has("latency:fpga") {
		t.Errorf("columns %+v", s.Columns)
	}
	again, _ := json.Marshal(card(t, "nb201", "cifar10"))
	if text, err := json.Marshal(c); err != nil || string(text) != string(again) {
		t.Errorf("a second card differs, %v", err)
	}
	if n := len(card(t, "nb201", "").Sets); n != 3 {
		t.Errorf("%d sets of all", n)
	}
	_, err := New("nb201", "cifar")
	benchtest.OneLine(t, err, evolve.ErrUnknown, `did you mean "cifar10"`)

	hw := card(t, "nb201-hw", "").Sets[0]
	if len(hw.Columns) != len(data.NB201Devices) || len(hw.Correlations) != 3*len(data.NB201Devices) || hw.Correlations[0].N != 15625 {
		t.Errorf("nb201-hw: %d columns, %d correlations", len(hw.Columns), len(hw.Correlations))
	}
	zc := card(t, "nb201-zc", "imagenet16").Sets[0]
	if len(zc.Columns) != 3 || zc.Columns[0].Infinite != 201 || zc.Correlations[1].With != "test, 200 epochs" {
		t.Errorf("nb201-zc: %+v", zc.Columns)
	}
}

// Without the accuracies a table of cells has its statistics alone.
func TestCardOfColumnsAlone(t *testing.T) {
	benchtest.Tables(t, "nb201-zc")
	if s := card(t, "nb201-zc", "cifar10").Sets[0]; len(s.Columns) != 4 || len(s.Correlations) != 0 {
		t.Errorf("%d columns, %d correlations", len(s.Columns), len(s.Correlations))
	}
}

func TestCardMacro(t *testing.T) {
	benchtest.Tables(t, "macro")
	s := card(t, "macro", "cifar10").Sets[0]
	if s.Architectures != 6561 || s.Distinct != 3969 || len(s.Metrics) != 1 || s.Metrics[0].Of != surrogate.OfResult || len(s.Seconds) != 0 {
		t.Errorf("%+v", s)
	}
	runs, twins := s.Noise[0], s.Noise[1]
	if runs.Groups != 6561 || runs.Kind != NoiseRuns || twins.Kind != NoiseTwins || twins.Differing != 0 {
		t.Errorf("%+v", s.Noise)
	}
}

// Of a row that many genomes share there is one architecture, the recorded.
func TestCardGraph(t *testing.T) {
	benchtest.Tables(t, "graph-proteins")
	s := card(t, "graph-proteins", "").Sets[0]
	if s.Benchmark != "graph:proteins" || s.Architectures != 2021 || s.Distinct != 2021 || s.Genomes != 5616 || s.Metrics[0].N != 2021 {
		t.Errorf("%+v", s)
	}
	a := evolve.Arch(s.Metrics[0].Best.Genome)
	if c, err := space.NewGraph(true).Canon(a); err != nil || c != a {
		t.Errorf("best %s is recorded as %s, %v", a, c, err)
	}
}

func TestCardPools(t *testing.T) {
	benchtest.Tables(t, "nlp", "tnb101-macro", "darts")
	s := card(t, "nlp", "").Sets[0]
	if s.FDC != nil || s.Walk == nil || !s.Walk.Pool || s.Noise[0].Kind != NoiseRepeats || s.Metrics[0].Name != "perplexity" {
		t.Errorf("nlp: %+v", s)
	}
	if b := s.Metrics[0]; b.Best.Value != b.Min {
		t.Errorf("the best perplexity is %v, the least %v", b.Best.Value, b.Min)
	}
	s = card(t, "tnb101-macro", "room_layout").Sets[0]
	if m := s.Metrics[0]; m.Name != "loss" || m.Within != .01 || m.Best.Value != m.Min {
		t.Errorf("room_layout: %+v", m)
	}
	if s = card(t, "darts", "").Sets[0]; s.Architectures != 725 || len(s.Noise) != 0 {
		t.Errorf("darts: %d architectures, noise %+v", s.Architectures, s.Noise)
	}
}

func TestCardNB101(t *testing.T) {
	benchtest.Tables(t, "nb101")
	s := card(t, "nb101", "").Sets[0]
	if s.Architectures != space.NB101Size || s.Distinct != space.NB101Size || len(s.Metrics) != 5 {
		t.Fatalf("%d architectures, %d networks, %d metrics", s.Architectures, s.Distinct, len(s.Metrics))
	}
	val, test := s.Metrics[3], s.Metrics[4]
	if val.N != data.NB101Measured || test.N != space.NB101Size || math.Abs(float64(test.Best.Value)-94.3176) > 1e-4 {
		t.Errorf("%+v, %+v", val, test)
	}
	if n := s.Noise; len(n) != 1 || n[0].Kind != NoisePair || n[0].Groups != data.NB101Measured {
		t.Errorf("%+v", n)
	}
	if s.FDC.Sample != fdcSample || s.FDC.All || s.Walk.Mutation != "notebook" || s.Walk.Pool {
		t.Errorf("%+v, %+v", s.FDC, s.Walk)
	}
}
