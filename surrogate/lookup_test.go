package surrogate

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

// optionsOf are the settings of a benchmark that has the given options.
func optionsOf(t testing.TB, params []evolve.Param, set ...evolve.Setting) evolve.Options {
	t.Helper()
	r := new(evolve.Registry[evolve.Benchmark])
	r.Register(evolve.Entry[evolve.Benchmark]{Name: "tiny", Params: params})
	_, o, err := r.Resolve(evolve.Spec{Name: "tiny", Set: set})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// finished settles a lookup with the settings of permute and moves.
func finished(t testing.TB, b *lookup, set ...evolve.Setting) error {
	t.Helper()
	return b.finish(optionsOf(t, []evolve.Param{permuteParam, eachParam, movesParam, wrap.ObjectivesParam(evolve.ErrorObjective)}, set...))
}

// tinyLookup is of three cells of nb201 with two schedules, the longer of one run of the first
// cell and two of the others.
func tinyLookup(t testing.TB, resumes bool) *lookup {
	t.Helper()
	pool, err := space.NewPool(space.NB201{}, []evolve.Arch{"000000", "222222", "333333"}, space.PoolRefuse, "")
	if err != nil {
		t.Fatal(err)
	}
	return &lookup{
		about: evolve.About{Title: "tiny", Source: "by hand"}, space: pool.(Indexed),
		levels: []level{
			{epochs: 4, resumes: resumes, loss: []float64{.8, .7, .6}, cost: []float64{10, 20, 30}},
			{epochs: 12, resumes: resumes, loss: []float64{.5, .25, .375}, cost: []float64{25, 50, 75}, runs: [][]float64{{.5}, {.125, .375}, {.25, .5}}},
		},
		score:  []evolve.Score{{Val: .5, Test: .75}, {Val: .25, Test: .5}, {Val: .375, Test: .25}},
		others: []objective{{evolve.NewObjective("latency"), []float64{1, 2, 3}}, {evolve.NewObjective("params"), []float64{7, 8, 9}}},
		facts: []fact{
			{"val", "%", kept([]float64{50, 75, 62.5}), always("measured"), result},
			{"latency", "ms", kept([]float64{1, math.NaN(), 3}), always("measured"), plain},
			{"params", "", kept([]float64{7, 8, 9}), always("counted"), proxy},
			{"naswot", "", kept([]float64{math.Inf(-1), 5, 6}), always("computed"), proxy},
		},
	}
}

func TestLookupLevels(t *testing.T) {
	for _, resumes := range []bool{false, true} {
		b := tinyLookup(t, resumes)
		if err := finished(t, b); err != nil {
			t.Fatal(err)
		}
		p := b.Problem()
		if d := cmp.Diff([]evolve.Fidelity{{Epochs: 4, Resumes: resumes}, {Epochs: 12, Resumes: resumes}}, p.Fidelities); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"error", "latency", "params"}, evolve.ObjectiveNames(p.Objectives)); d != "" {
			t.Error(d)
		}
		if a := b.About(); a.Epochs != 12 || a.BestVal != .25 || a.BestTest != .25 || a.Source != "by hand" {
			t.Errorf("%+v", a)
		}
		charged := 50.0
		if resumes {
			charged = 30
		}
		for _, c := range []struct {
			epochs, trained int
			loss, cost      float64
		}{{0, 0, .125, 50}, {12, 0, .125, 50}, {4, 0, .7, 20}, {12, 4, .125, charged}, {0, 4, .125, charged}} {
			tr := of("222222")
			tr.Epochs, tr.Trained = c.epochs, c.trained
			want := evolve.Result{Loss: c.loss, Cost: c.cost, Others: []float64{2, 8}}
			if d := cmp.Diff(want, asks(t, b, tr)); d != "" {
				t.Errorf("resumes %t, %d epochs after %d: %s", resumes, c.epochs, c.trained, d)
			}
		}
		if s := scored(t, b, "333333"); s != (evolve.Score{Val: .375, Test: .25}) {
			t.Errorf("score %+v", s)
		}
		wrong := []struct{ epochs, trained int }{{13, 0}, {-1, 0}}
		if resumes {
			wrong = append(wrong, struct{ epochs, trained int }{12, 5})
			for _, c := range []struct{ epochs, trained int }{{12, 12}, {4, 12}} { // nothing is left to be trained
				tr := of("222222")
				tr.Epochs, tr.Trained = c.epochs, c.trained
				var r evolve.Result
				oneLine(t, b.Evaluate(context.Background(), &tr, &r), evolve.ErrUnsupported, "tiny", fmt.Sprintf("%d epochs of what was trained for 12", c.epochs))
			}
		}
		for _, c := range wrong {
			tr := of("222222")
			tr.Epochs, tr.Trained = c.epochs, c.trained
			var r evolve.Result
			oneLine(t, b.Evaluate(context.Background(), &tr, &r), evolve.ErrUnsupported, "tiny", "[4 12]")
		}
	}
}

// The seed draws the run, each as often; nothing else of a trial does.
func TestLookupDraws(t *testing.T) {
	b := tinyLookup(t, false)
	b.levels[1].runs[1] = []float64{.125, .375, .75}
	if err := finished(t, b); err != nil {
		t.Fatal(err)
	}
	const third = math.MaxUint64 / 3
	for seed, want := range map[uint64]float64{0: .125, third: .125, third + 1: .375, 2 * third: .375, 2*third + 1: .75, math.MaxUint64: .75} {
		tr := of("222222")
		tr.ID, tr.Seed = 5, seed
		if r := asks(t, b, tr); r.Loss != want {
			t.Errorf("seed %d draws %g, want %g", seed, r.Loss, want)
		}
	}
	drawn := map[float64]int{}
	const queries = 6000
	for i := range uint64(queries) {
		tr := of("222222")
		tr.Seed = evolve.Mix(1, i)
		drawn[asks(t, b, tr).Loss]++
	}
	for loss, n := range drawn {
		if math.Abs(float64(n-queries/3)) > 240 { // six standard deviations
			t.Errorf("%g was drawn %d times of %d", loss, n, queries)
		}
	}
	// A schedule without runs has one answer.
	tr := of("222222")
	tr.Epochs = 4
	for tr.Seed = range uint64(10) {
		if r := asks(t, b, tr); r.Loss != .7 {
			t.Errorf("%+v", r)
		}
	}
}

// Where each run's seconds are known the draw pays those of its run, and the permutation leaves
// them.
func TestLookupPaysItsRun(t *testing.T) {
	for _, permute := range []string{"no", "1", "2"} {
		b := tinyLookup(t, false)
		b.levels[1].runs[0] = []float64{.5, .625}
		b.levels[1].paid = [][]float64{{24, 26}, {49, 51}, {74, 76}}
		if err := finished(t, b, evolve.Setting{Key: "permute", Value: permute}); err != nil {
			t.Fatal(err)
		}
		for seed, want := range map[uint64]float64{0: 49, math.MaxUint64: 51} {
			tr := of("222222")
			tr.Seed = seed
			if r := asks(t, b, tr); r.Cost != want {
				t.Errorf("permute=%s: %+v, want %g s", permute, r, want)
			}
		}
	}
}

func TestByRow(t *testing.T) {
	nan := math.NaN()
	rows := byRow([][]float64{{1, 2, nan}, {3, nan, nan}, {5, 6, 7}})
	if d := cmp.Diff([][]float64{{1, 3, 5}, {2, 6}, {7}}, rows); d != "" {
		t.Error(d)
	}
	if _ = append(rows[1], 99); rows[2][0] != 7 {
		t.Error("a row grows over the next")
	}
}

// What a searcher keeps of a result it cannot grow over the next row.
func TestLookupOthersAreApart(t *testing.T) {
	b := tinyLookup(t, false)
	if err := finished(t, b); err != nil {
		t.Fatal(err)
	}
	r := asks(t, b, of("000000"))
	_ = append(r.Others, 99)
	if next := asks(t, b, of("222222")); !slices.Equal(next.Others, []float64{2, 8}) {
		t.Errorf("the next row has %v", next.Others)
	}
}

// A permutation moves losses, runs, scores and the facts of results together; costs, further
// objectives and what is known without training stay.
func TestLookupPermute(t *testing.T) {
	archs := []evolve.Arch{"000000", "222222", "333333"}
	moved := false
	for _, seed := range []string{"0", "1", "2", "18446744073709551615"} {
		plain, b := tinyLookup(t, true), tinyLookup(t, true)
		if err := finished(t, plain); err != nil {
			t.Fatal(err)
		}
		if err := finished(t, b, evolve.Setting{Key: "permute", Value: seed}); err != nil {
			t.Fatal(err)
		}
		if a := b.About(); a.Title != "tiny, shuffled (negative control)" || !strings.Contains(a.Source, "by hand; NEGATIVE CONTROL") || a.BestVal != .25 || a.BestTest != .25 {
			t.Errorf("%+v", a)
		}
		for i, a := range archs {
			from := archs[b.show(i)]
			moved = moved || from != a
			for _, epochs := range []int{4, 12} {
				for _, draw := range []uint64{0, math.MaxUint64} {
					ours, theirs := of(a), of(from)
					ours.Epochs, theirs.Epochs, ours.Seed, theirs.Seed = epochs, epochs, draw, draw
					own := asks(t, plain, ours)
					want := evolve.Result{Loss: asks(t, plain, theirs).Loss, Cost: own.Cost, Others: own.Others}
					if d := cmp.Diff(want, asks(t, b, ours)); d != "" {
						t.Errorf("seed %s, %s shows %s: %s", seed, a, from, d)
					}
				}
			}
			if got, want := scored(t, b, a), scored(t, plain, from); got != want {
				t.Errorf("seed %s, %s shows %s: %+v, want %+v", seed, a, from, got, want)
			}
			facts, err := b.Query(a)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]float64{}
			for _, f := range facts {
				got[f.Name] = f.Value
			}
			if got["val"] != 100*(1-plain.score[b.show(i)].Val) || got["params"] != float64(7+i) || got["row"] != float64(i) {
				t.Errorf("seed %s, %s shows %s: %v", seed, a, from, got)
			}
		}
	}
	if !moved {
		t.Error("no seed moves anything")
	}
}

func TestLookupFinishRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*lookup)
		parts []string
	}{
		"NaN":           {func(b *lookup) { b.levels[0].loss[1] = math.NaN() }, []string{"row 1", "no loss at 4 epochs"}},
		"infinite":      {func(b *lookup) { b.levels[1].loss[2] = math.Inf(1) }, []string{"row 2", "no loss at 12 epochs"}},
		"free":          {func(b *lookup) { b.levels[1].cost[0] = 0 }, []string{"row 0", "costs 0", "12 epochs", "positive"}},
		"negative":      {func(b *lookup) { b.levels[0].cost[0] = -1 }, []string{"row 0", "costs -1"}},
		"NaN cost":      {func(b *lookup) { b.levels[0].cost[0] = math.NaN() }, []string{"row 0", "costs NaN"}},
		"infinite cost": {func(b *lookup) { b.levels[0].cost[2] = math.Inf(1) }, []string{"row 2", "costs +Inf"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := tinyLookup(t, false)
			c.spoil(b)
			oneLine(t, finished(t, b), evolve.ErrInvalid, c.parts...)
		})
	}
}

func TestLookupQuery(t *testing.T) {
	b := tinyLookup(t, false)
	for a, want := range map[evolve.Arch][]evolve.Fact{
		"000000": {factOf("row", 0, "", "of the pool"), factOf("val", 50, "%", "measured"), factOf("latency", 1, "ms", "measured"), factOf("params", 7, "", "counted"), factOf("naswot", math.Inf(-1), "", "computed")},
		"222222": {factOf("row", 1, "", "of the pool"), factOf("val", 75, "%", "measured"), factOf("params", 8, "", "counted"), factOf("naswot", 5, "", "computed")}, // nobody measured its latency
	} {
		facts, err := b.Query(a)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, facts); d != "" {
			t.Errorf("%s: %s", a, d)
		}
		// A score of −Inf has no place in JSON, and must not take the other facts with it.
		text, err := json.Marshal(facts)
		if err != nil || strings.Contains(string(text), `"value":null`) != (a == "000000") {
			t.Errorf("%s, %v", text, err)
		}
	}
	b.facts[0].column = func() ([]float64, error) { return nil, evolve.ErrUnknown }
	_, err := b.Query("000000")
	oneLine(t, err, evolve.ErrUnknown)
}

// Searches may rank by what is known without training, and by nothing else.
func TestLookupProxies(t *testing.T) {
	b := tinyLookup(t, false)
	p := b.Problem().Proxies
	if len(p) != 2 || p[0].Name != "params" || p[1].Name != "naswot" {
		t.Fatalf("proxies %+v", p)
	}
	for a, want := range map[evolve.Arch]float64{"000000": math.Inf(-1), "333333": 6} {
		if x, err := p[1].Score(a); err != nil || x != want {
			t.Errorf("%s scores %g, %v, want %g", a, x, err, want)
		}
	}
	asked := 0
	b.facts[2].column = func() ([]float64, error) { asked++; return nil, evolve.ErrUnknown }
	score := b.Problem().Proxies[0].Score
	for range 3 {
		_, err := score("000000")
		oneLine(t, err, evolve.ErrUnknown)
	}
	if asked != 1 {
		t.Errorf("a column was asked for %d times", asked)
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	b := tinyLookup(t, true)
	if err := finished(t, b); err != nil {
		t.Fatal(err)
	}
	tr, ctx := of("222222"), context.Background()
	tr.Epochs, tr.Trained = 12, 4
	var r evolve.Result
	if n := testing.AllocsPerRun(100, func() {
		if err := b.Evaluate(ctx, &tr, &r); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%g allocations a trial", n)
	}
}
