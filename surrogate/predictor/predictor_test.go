package predictor

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	_ "github.com/amoeba-nas/amoeba/surrogate"
)

// Two bits with accuracies 60, 70, 85 and 95, of which models see each combination 20 times: all of them order the four
// as they are. The rows to predict are in another order.
func TestPredictorsKnowWhatTheySaw(t *testing.T) {
	var train [2][]uint8
	var y []float64
	for range 20 {
		for k, acc := range []float64{60, 70, 85, 95} {
			train[0], train[1], y = append(train[0], uint8(k/2)), append(train[1], uint8(k%2)), append(y, acc)
		}
	}
	test, want := [][]uint8{{1, 0, 1, 0}, {1, 0, 0, 1}}, []float64{95, 60, 85, 70}
	for name, p := range predictors {
		got, err := p(train[:], test, y, 1)
		if err != nil {
			t.Fatal(err)
		}
		if rho := stats.Spearman(got, want); rho != 1 {
			t.Errorf("%s: %v, of accuracies %v: rho %g", name, got, want, rho)
		}
	}
	// Boosting without chance ends at the means of the leaves, but for the penalty of 1 on 20 rows, which 500 rounds
	// at a rate of 0.3 shrink to nothing.
	got, err := trees(train[:], test, y, 0)
	for i := range got {
		if err != nil || math.Abs(got[i]-want[i]) > .01 {
			t.Errorf("trees: %v, want %v; %v", got, want, err)
		}
	}
}

// Scores become numbers of bins: by hand where they are few, and about equally many a bin where they are many.
func TestBins(t *testing.T) {
	inf := math.Inf(-1)
	limits := quantiles([]float64{3, inf, 1, 3})
	if !slices.Equal(limits, []float64{inf, 1, 3}) {
		t.Errorf("limits %v", limits)
	}
	if got := bins([]float64{inf, 0, 1, 2.9, 3, 9}, limits); !slices.Equal(got, []uint8{1, 1, 2, 2, 3, 3}) {
		t.Errorf("bins %v", got)
	}
	many := make([]float64, 2550)
	for i := range many {
		many[i] = float64(i * 7 % 2550)
	}
	count := map[uint8]int{}
	for _, b := range bins(many, quantiles(many)) {
		count[b]++
	}
	for b, n := range count {
		if n != 10 || len(count) != 255 {
			t.Errorf("bin %d of %d has %d of 2550 values, want 10", b, len(count), n)
		}
	}
}

// The limits of bins come from what a model is shown alone, and each kind of inputs has its own columns.
func TestSplit(t *testing.T) {
	in := &inputs{encoded: [][]uint8{{0, 1, 0, 1}}, scores: [][]float64{{5, 6, 7, 6.5}}}
	for which, want := range map[string][2][][]uint8{
		encodingOnly: {{{0, 1}}, {{1}}},
		proxiesOnly:  {{{1, 2}}, {{2}}},
		both:         {{{0, 1}, {1, 2}}, {{1}, {2}}},
	} {
		train, test := in.split(which, 2, 3)
		if !equal(train, want[0]) || !equal(test, want[1]) {
			t.Errorf("%s: %v and %v, want %v", which, train, test, want)
		}
	}
}

func equal(a, b [][]uint8) bool {
	return slices.EqualFunc(a, b, func(x, y []uint8) bool { return slices.Equal(x, y) })
}

func measure(t *testing.T, text string, procs int) (map[string]papers.Sample, error) {
	t.Helper()
	spec, err := evolve.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := papers.Measurements.Open(spec)
	if err != nil {
		return nil, err
	}
	found, err := m.Measure(context.Background(), papers.Asked{Repeats: 4, Seed: 1, Procs: procs})
	if err != nil {
		return nil, err
	}
	all := map[string]papers.Sample{}
	for _, s := range found.Samples {
		all[s.Label] = s
	}
	return all, nil
}

// The number of ones of ten bits is a sum, which boosting learns from 400 of 1,024 strings; with more architectures it
// ranks better than with a few. Where accuracies are shuffled over architectures nothing can be learnt.
func TestPredictors(t *testing.T) {
	all, err := measure(t, "predictors,benchmark=(bits,length=10),training=20+400,test=300,inputs=encoding", 2)
	if err != nil {
		t.Fatal(err)
	}
	few, many := all["trees encoding 20"].Values, all["trees encoding 400"].Values
	if len(few) != 4 || slices.Min(many) < .95 || slices.Min(many) <= slices.Max(few) {
		t.Errorf("from 20 %v, from 400 %v", few, many)
	}
	again, err := measure(t, "predictors,benchmark=(bits,length=10),training=20+400,test=300,inputs=encoding", 1)
	if err != nil || !slices.Equal(again["trees encoding 20"].Values, few) {
		t.Errorf("on one core %v, on two %v; %v", again["trees encoding 20"].Values, few, err)
	}
	shuffled, err := measure(t, "predictors,benchmark=(digits201,noise=mean,permute=1),training=100,test=400", 2)
	if err != nil {
		t.Fatal(err)
	}
	for label, s := range shuffled {
		// Of 400 unrelated pairs a coefficient has the standard deviation 1/√399, of four in the mean 0.025.
		if mean := stats.Mean(s.Values); math.Abs(mean) > .1 {
			t.Errorf("%s of shuffled accuracies: %v", label, s.Values)
		}
	}
}

func TestPredictorsRefuse(t *testing.T) {
	for text, is := range map[string]error{
		"predictors,training=1":                                         evolve.ErrInvalid,
		"predictors,training=x":                                         evolve.ErrInvalid,
		"predictors,models=oak":                                         evolve.ErrUnknown,
		"predictors,inputs=names":                                       evolve.ErrUnknown,
		"predictors,benchmark=bits":                                     evolve.ErrUnsupported, // no scores
		"predictors,benchmark=bits,encoding=morse":                      evolve.ErrUnknown,
		"predictors,benchmark=(bits,length=5),inputs=encoding,test=300": evolve.ErrUnsupported, // 32 strings
	} {
		if _, err := measure(t, text, 1); !errors.Is(err, is) {
			t.Errorf("%s: %v, want %v", text, err, is)
		}
	}
}
