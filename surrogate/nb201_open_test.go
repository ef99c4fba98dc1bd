package surrogate

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/internal/benchtest"
)

func kind(t *testing.T, text string) string {
	t.Helper()
	return open(t, text).About().Kind
}

func TestNB201Source(t *testing.T) {
	home := t.TempDir()
	t.Setenv("AMOEBA_DATA", home)
	if got := kind(t, "nb201:cifar10"); got != "surrogate" {
		t.Errorf("auto without a table is the %s", got)
	}
	_, err := tryOpen("nb201:cifar10,source=table")
	oneLine(t, err, fs.ErrNotExist, "MB, licence of the sources: MIT, none", "amoeba data fetch nb201")

	table := needTable(t)
	if err := benchtest.Import("nb201"); err != nil {
		t.Fatal(err)
	}
	path, err := data.Path("nb201")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"nb201": "table", "nb201,source=table": "table", "nb201,source=surrogate": "surrogate"} {
		a := open(t, text).About()
		if a.Kind != want || a.Dataset != "cifar10" || a.Epochs != 200 {
			t.Errorf("%s is %+v, want the %s of cifar10 at 200 epochs", text, a, want)
		}
		if (a.Hash == table.Hash) != (want == "table") || len(a.Hash) != 64 {
			t.Errorf("%s: hash %s, the table's is %s", text, a.Hash, table.Hash)
		}
	}

	// A damaged table is never passed over in silence.
	if err := os.Truncate(path, 1_000_000); err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{"auto", "table"} {
		_, err := tryOpen("nb201,source=" + source)
		oneLine(t, err, evolve.ErrInvalid, path, "damaged", "amoeba data fetch nb201 again")
	}
	if got := kind(t, "nb201,source=surrogate"); got != "surrogate" {
		t.Errorf("the surrogate beside a damaged table is the %s", got)
	}
}

// A static binary may run where nobody has a home: there no table can be, and the surrogate
// must still open.
func TestNB201SourceWithoutHome(t *testing.T) {
	for _, name := range []string{"AMOEBA_DATA", "XDG_DATA_HOME", "HOME"} {
		t.Setenv(name, "")
	}
	if got := kind(t, "nb201"); got != "surrogate" {
		t.Errorf("auto without a home is the %s", got)
	}
	_, err := tryOpen("nb201,source=table")
	oneLine(t, err, nil, "set AMOEBA_DATA")
}

// What was left open is pinned, and opens the very same benchmark again.
func TestNB201Pinned(t *testing.T) {
	needTable(t)
	for _, text := range []string{"nb201", "nb201:cifar100,epochs=12", "nb201:imagenet16,source=surrogate", "nb201,permute=3"} {
		t.Run(text, func(t *testing.T) {
			first := open(t, text)
			spec, err := evolve.ParseSpec(text)
			if err != nil {
				t.Fatal(err)
			}
			for _, pin := range first.About().Pinned {
				spec.Set = append(slices.DeleteFunc(spec.Set, func(s evolve.Setting) bool { return s.Key == pin.Key }), pin)
			}
			if first.About().Kind == "surrogate" {
				t.Setenv("AMOEBA_DATA", t.TempDir()) // the pin must do without the table
			}
			second := open(t, spec.String())
			if d := cmp.Diff(first.About(), second.About()); d != "" {
				t.Errorf("%s: %s", spec, d)
			}
			if !slices.Equal(first.top().loss, second.top().loss) || !slices.Equal(first.top().cost, second.top().cost) || !slices.Equal(first.score, second.score) {
				t.Errorf("%s: other numbers than %s", spec, text)
			}
		})
	}
}

func TestNB201Refuses(t *testing.T) {
	for _, c := range []struct {
		text  string
		is    error
		parts []string
	}{
		{"nb201:cifar11", evolve.ErrUnknown, []string{`"cifar11"`, `did you mean "cifar10"?`, "imagenet16"}},
		{"nb201,epochs=100", evolve.ErrUnknown, []string{"epochs", `did you mean "200"?`}},
		{"nb201,epochs=13", evolve.ErrUnknown, []string{`did you mean "12"?`}},
		{"nb201,noise=non", evolve.ErrUnknown, []string{"noise", `did you mean "none"?`}},
		{"nb201,noise=seeds", evolve.ErrUnknown, []string{"(known: none)"}},
		{"nb201,source=tabel", evolve.ErrUnknown, []string{`did you mean "table"?`}},
		{"nb201,sauce=table", evolve.ErrUnknown, []string{`did you mean "source"?`}},
		{"nb201,source=surrogate,permute=abc", evolve.ErrInvalid, []string{"permute=abc", "want no or a seed"}},
		{"nb201,source=surrogate,permute=-1", evolve.ErrInvalid, []string{"permute=-1"}},
		{"nb20", evolve.ErrUnknown, []string{`did you mean "nb201"?`}},
	} {
		_, err := tryOpen(c.text)
		oneLine(t, err, c.is, c.parts...)
	}
}

// Both schedules can be asked for, each charged in full.
func TestNB201Schedules(t *testing.T) {
	b, short := open(t, "nb201,source=surrogate"), open(t, "nb201,source=surrogate,epochs=12")
	if f := b.Problem().Fidelities; !slices.Equal(f, []evolve.Fidelity{{Epochs: 12}, {Epochs: 200}}) {
		t.Errorf("fidelities %+v", f)
	}
	tr := trial(5)
	tr.Epochs = 12
	var r evolve.Result
	if err := b.Evaluate(context.Background(), tr, &r); err != nil || r.Loss != short.top().loss[5] || r.Cost != short.top().cost[5] {
		t.Errorf("12 epochs: %+v, %v", r, err)
	}
}

// One study trains with one schedule: another is refused, not answered with the wrong number.
func TestNB201OtherEpochs(t *testing.T) {
	b := open(t, "nb201,source=surrogate,epochs=12")
	if f := b.Problem().Fidelities; len(f) != 1 || f[0] != (evolve.Fidelity{Epochs: 12}) {
		t.Errorf("fidelities %+v, want one schedule of 12 epochs", f)
	}
	for _, epochs := range []int{0, 12} {
		tr := trial(5)
		tr.Epochs = epochs
		var r evolve.Result
		if err := b.Evaluate(context.Background(), tr, &r); err != nil || r.Loss != b.top().loss[5] || r.Cost != b.top().cost[5] {
			t.Errorf("%d epochs: %+v, %v", epochs, r, err)
		}
	}
	s := evolve.Study{Problem: b.Problem(), Searcher: epochs200{new(search.Random)}, Pool: evolve.Simulate(b, 1), Trials: 3}
	_, err := s.Run(context.Background())
	oneLine(t, err, evolve.ErrUnsupported, "trial 1", "200 epochs", "[12]")
}

// epochs200 asks for the long schedule whatever the problem offers.
type epochs200 struct{ evolve.Searcher }

func (s epochs200) Ask(p *evolve.Proposal) bool {
	p.Epochs = 200
	return s.Searcher.Ask(p)
}

// The negative control of several fidelities shuffles each schedule by itself, the last one as without it: of 15,625
// cells the values of two schedules are then no more alike than by chance. A query's facts move with their schedules.
func TestNB201PermuteEach(t *testing.T) {
	plain, whole := open(t, "nb201,source=surrogate"), open(t, "nb201,source=surrogate,permute=1")
	each := open(t, "nb201,source=surrogate,permute=1,each=yes")
	if !slices.Equal(each.top().loss, whole.top().loss) || !slices.Equal(each.score, whole.score) {
		t.Error("the last schedule is another permutation than without each")
	}
	if !slices.Equal(slices.Sorted(slices.Values(each.levels[0].loss)), slices.Sorted(slices.Values(plain.levels[0].loss))) {
		t.Error("the first schedule is no permutation")
	}
	if !slices.Equal(each.levels[0].cost, plain.levels[0].cost) {
		t.Error("costs moved")
	}
	rank := func(b *NB201) float64 { return stats.Spearman(b.levels[0].loss, b.top().loss) }
	// Of unlike values ρ has a standard deviation of 1/√15,624 = 0.008.
	if p, w, e := rank(plain), rank(whole), rank(each); p < .8 || math.Abs(w-p) > 1e-12 || math.Abs(e) > .03 {
		t.Errorf("ranks of 12 and 200 epochs agree by %.3f, shuffled as a whole %.3f, each by itself %.3f", p, w, e)
	}
	if !strings.Contains(each.About().Source, "NEGATIVE CONTROL: results shuffled over architectures, each schedule by itself") {
		t.Error(each.About().Source)
	}
	a := space.NB201{}.At(77)
	facts, err := each.Query(a)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"val_12", "val_200"} {
		at := slices.IndexFunc(facts, func(f evolve.Fact) bool { return f.Name == name })
		if got, want := facts[at].Value/100, 1-each.levels[i].loss[77]; math.Abs(got-want) > 1e-9 {
			t.Errorf("a query tells %s = %g, a trial %g", name, got, want)
		}
	}
}

// Where there is one schedule, or no permutation, each has no effect and is refused.
func TestPermuteEachRefuses(t *testing.T) {
	for _, text := range []string{"nb201,source=surrogate,each=yes", "nb201,source=surrogate,epochs=12,permute=1,each=yes", "nb101,source=surrogate,permute=1,each=yes"} {
		spec, err := evolve.ParseSpec(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := evolve.Benchmarks.Open(spec); !errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(err.Error(), "each=yes has no effect here, it is of permute=SEED and several schedules") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The negative control moves whole cells, observed and reported together, and leaves costs.
func TestNB201Permute(t *testing.T) {
	plain := open(t, "nb201,source=surrogate,epochs=12")
	one, again, two := open(t, "nb201,source=surrogate,epochs=12,permute=1"), open(t, "nb201,source=surrogate,epochs=12,permute=1"), open(t, "nb201,source=surrogate,epochs=12,permute=2")
	if !slices.Equal(one.top().loss, again.top().loss) || !slices.Equal(one.score, again.score) {
		t.Error("one seed gives two permutations")
	}
	if slices.Equal(one.top().loss, two.top().loss) {
		t.Error("two seeds give one permutation")
	}
	if !slices.Equal(one.top().cost, plain.top().cost) || !slices.Equal(two.top().cost, plain.top().cost) {
		t.Error("costs moved")
	}
	moved := 0
	for i, j := range one.shown {
		if one.top().loss[i] != plain.top().loss[j] || one.score[i] != plain.score[j] {
			t.Fatalf("cell %d shows %v and %v, cell %d has %v and %v", i, one.top().loss[i], one.score[i], j, plain.top().loss[j], plain.score[j])
		}
		if i != j {
			moved++
		}
	}
	if moved < space.NB201Size-10 { // one cell stays in the mean
		t.Errorf("only %d cells moved", moved)
	}
	if !slices.Equal(slices.Sorted(slices.Values(one.top().loss)), slices.Sorted(slices.Values(plain.top().loss))) {
		t.Error("not a permutation")
	}
	a, b := plain.About(), one.About()
	if !strings.Contains(b.Source, "NEGATIVE CONTROL") || strings.Contains(a.Source, "NEGATIVE CONTROL") {
		t.Errorf("sources %q and %q", a.Source, b.Source)
	}
	if a.BestVal != b.BestVal || a.BestTest != b.BestTest {
		t.Errorf("bests %v %v and %v %v", a.BestVal, a.BestTest, b.BestVal, b.BestTest)
	}
	facts, err := one.Query(space.NB201{}.At(7))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if f.Name == "val_12" {
			near(t, "val_12 as shown", f.Value, 100*(1-one.top().loss[7]), 1e-9)
		}
	}
}
