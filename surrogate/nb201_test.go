package surrogate

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/benchtest"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

func TestMain(m *testing.M) { benchtest.Main(m) }

// Short names of what all tests of benchmarks share.
var (
	needTable    = benchtest.NB201
	needImported = benchtest.Tables
	tryOpen      = benchtest.Open
	of           = benchtest.Of
	asks         = benchtest.Asks
	scored       = benchtest.Scored
	near         = benchtest.Near
	oneLine      = benchtest.OneLine
	userFile     = benchtest.UserFile
)

func open(t testing.TB, text string) *NB201 {
	t.Helper()
	b, err := tryOpen(text)
	if err != nil {
		t.Fatal(err)
	}
	return unwrapped(b).(*NB201)
}

func trial(index int) *evolve.Trial {
	return &evolve.Trial{ID: 1, Proposal: evolve.Proposal{Arch: space.NB201{}.At(index)}}
}

// ask is both doors of a benchmark: what a searcher pays and what is reported.
func ask(t testing.TB, b *NB201, index int) (evolve.Result, evolve.Score) {
	t.Helper()
	var r evolve.Result
	if err := b.Evaluate(context.Background(), trial(index), &r); err != nil {
		t.Fatal(err)
	}
	s, err := b.Score(trial(index))
	if err != nil {
		t.Fatal(err)
	}
	return r, s
}

// The optima of NATS-Bench's Table 4 and its text, each on its own, and the cells known by
// number to hold them.
func TestNB201KnownCells(t *testing.T) {
	needTable(t)
	for _, c := range []struct {
		set       string
		val, test float64
	}{
		{"cifar10", 91.6067, 94.3733}, {"cifar100", 73.4933, 73.5133}, {"imagenet16", 46.7333, 47.3111},
	} {
		a := open(t, "nb201:"+c.set+",source=table").About()
		near(t, c.set+" best val", 100*(1-a.BestVal), c.val, 5e-5)
		near(t, c.set+" best test", 100*(1-a.BestTest), c.test, 5e-5)
	}
	for _, c := range []struct {
		index           int
		set, epochs     string
		bestBy          string // the best cell of the space by this, "" for none
		loss, val, test float64
	}{
		{9930, "cifar100", "200", "val", 73.4933, 73.4933, 73.5133},
		{10676, "imagenet16", "200", "val", 46.7333, 46.7333, 46.20},
		{857, "imagenet16", "200", "test", 46.3778, 46.3778, 47.3111},
		{13714, "cifar10", "12", "loss", 84.892, 91.496, 94.3733},
		{6111, "cifar10", "200", "val", 91.6067, 91.6067, 94.3733},
	} {
		b := open(t, "nb201:"+c.set+",source=table,epochs="+c.epochs)
		r, s := ask(t, b, c.index)
		near(t, "loss", 100*(1-r.Loss), c.loss, 5e-5)
		near(t, "val", 100*(1-s.Val), c.val, 5e-5)
		near(t, "test", 100*(1-s.Test), c.test, 5e-5)
		for by, best := range map[string]bool{
			"loss": r.Loss == slices.Min(b.top().loss), "val": s.Val == b.About().BestVal, "test": s.Test == b.About().BestTest,
		} {
			if by == c.bestBy && !best {
				t.Errorf("cell %d of %s is not the best by %s", c.index, c.set, by)
			}
		}
	}
}

// official is a line of the answers of the authors' own program.
type official struct {
	Space, Dataset, HP string
	Index              int
	Arch               string
	Cost, Mean         map[string]float64
}

func officialRecords(t *testing.T) map[string]official {
	path := shared.Path(t, "vectors", "nats_sample_records.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []official
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	by := map[string]official{}
	for _, r := range all {
		if r.Space == "tss" {
			by[strings.Join([]string{r.Arch, r.Dataset, r.HP}, " ")] = r
		}
	}
	if len(by) != 3*4*2 {
		t.Fatalf("%d records, want three cells on four data sets at two schedules", len(by))
	}
	return by
}

// Accuracies, sizes and costs are those that the official API answers. CIFAR-10 is searched
// on cifar10-valid, half of the training images, and tested on cifar10, all of them.
func TestNB201OfficialAnswers(t *testing.T) {
	needTable(t)
	records := officialRecords(t)
	for _, set := range []struct{ ours, searched, tested string }{
		{"cifar10", "cifar10-valid", "cifar10"},
		{"cifar100", "cifar100", "cifar100"},
		{"imagenet16", "ImageNet16-120", "ImageNet16-120"},
	} {
		for _, hp := range []string{"12", "200"} {
			b := open(t, "nb201:"+set.ours+",source=table,epochs="+hp)
			for _, index := range []int{0, 11, 284} {
				a := space.NB201{}.At(index)
				name := space.NB201{}.Format(a)
				search, full := records[name+" "+set.searched+" "+hp], records[name+" "+set.tested+" "+hp]
				if search.Index != index || full.Index != index {
					t.Fatalf("%s is official cells %d and %d, want %d", name, search.Index, full.Index, index)
				}
				what := func(s string) string { return set.ours + " " + hp + " cell " + name + ": " + s }
				r, s := ask(t, b, index)
				// The published tables print two to eight digits after the point.
				near(t, what("observed accuracy"), 100*(1-r.Loss), search.Mean["valid-accuracy"], 1e-5)
				if hp == "200" {
					near(t, what("val"), 100*(1-s.Val), search.Mean["valid-accuracy"], 1e-5)
					near(t, what("test"), 100*(1-s.Test), full.Mean["test-accuracy"], 1e-5)
				}
				near(t, what("cost"), r.Cost, search.Mean["train-all-time"]+search.Mean["valid-per-time"], 1e-3)
				facts, err := b.Query(a)
				if err != nil {
					t.Fatal(err)
				}
				got := map[string]float64{}
				for _, f := range facts {
					got[f.Name] = f.Value
				}
				near(t, what("test_"+hp), got["test_"+hp], full.Mean["test-accuracy"], 1e-5)
				near(t, what("val_"+hp), got["val_"+hp], search.Mean["valid-accuracy"], 1e-5)
				near(t, what("epoch_s"), got["epoch_s"], full.Mean["train-per-time"], 1e-5)
				near(t, what("test_s"), got["test_s"], full.Mean["test-per-time"], 1e-5)
				near(t, what("params"), got["params"]/1e6, full.Cost["params"], 1e-9)
				near(t, what("flops"), got["flops"]/1e6, full.Cost["flops"], 1e-9)
			}
		}
	}
}

// Multiply-adds are the closed form of the published tables, parameters the sum over the
// layers of the network: stem, 15 cells, two residual blocks, last normalisation, classifier.
func TestNB201SizesByHand(t *testing.T) {
	table := needTable(t)
	conv := func(in, out, kernel int) int { return in*out*kernel*kernel + 2*out } // with the two weights of its normalisation
	for set, classes := range []int{10, 100, 120} {
		fixed := conv(3, 16, 3) + 2*64 + 64*classes + classes
		for c := 16; c < 64; c *= 2 {
			fixed += conv(c, 2*c, 3) + conv(2*c, 2*c, 3) + c*2*c // and a 1×1 downsample without normalisation
		}
		per := func(kernel int) int { return 5 * (conv(16, 16, kernel) + conv(32, 32, kernel) + conv(64, 64, kernel)) }
		smaller := 1
		if set == 2 {
			smaller = 4
		}
		for i := range space.NB201Size {
			a := string(space.NB201{}.At(i))
			n1, n3 := strings.Count(a, "2"), strings.Count(a, "3")
			params, flops := data.NB201Complexity(evolve.Arch(a), set)
			if want := fixed + n1*per(1) + n3*per(3); params != want {
				t.Fatalf("%s, set %d: %d parameters, want %d", a, set, params, want)
			}
			if want := (7782400+3932160*n1+35389440*n3)/smaller + 65*classes; flops != want {
				t.Fatalf("%s, set %d: %d multiply-adds, want %d", a, set, flops, want)
			}
			if s := &table.Sets[set]; s.Params[i] != float64(params)/1e6 || s.FLOPs[i] != float64(flops)/1e6 {
				t.Fatalf("%s, set %d: the table has %v and %v", a, set, s.Params[i], s.FLOPs[i])
			}
		}
	}
}

// A trial pays its own schedule in full and one pass over the validation images.
func TestNB201Cost(t *testing.T) {
	table := needTable(t)
	for set, name := range data.NB201Sets {
		s := &table.Sets[set]
		short, long := open(t, "nb201:"+name+",source=table,epochs=12"), open(t, "nb201:"+name+",source=table")
		train, pass := 1.0, 1.0
		if name == "cifar10" {
			train, pass = .5, 2.5
		}
		for i := range space.NB201Size {
			near(t, name+" at 12", short.top().cost[i], train*12*s.EpochSeconds[i]+pass*s.TestSeconds[i], 1e-9)
			near(t, name+" at 200", long.top().cost[i], train*200*s.EpochSeconds[i]+pass*s.TestSeconds[i], 1e-9)
		}
	}
}

func TestNB201QuerySaysHow(t *testing.T) {
	needTable(t)
	for _, c := range []struct {
		source        string
		index         int
		accuracy, sec string
	}{
		{"table", data.NB201Measured - 1, "measured", "measured"},
		{"table", data.NB201Measured, "measured", "estimated"},
		{"surrogate", 0, "predicted", "predicted"},
	} {
		b := open(t, "nb201,source="+c.source)
		facts, err := b.Query(space.NB201{}.At(c.index))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"index": "of the space", "val_12": c.accuracy, "test_12": c.accuracy, "val_200": c.accuracy, "test_200": c.accuracy,
			"epoch_s": c.sec, "test_s": c.sec, "params": "counted", "flops": "counted", "cost": c.sec,
		}
		for _, f := range facts {
			if f.How != want[f.Name] {
				t.Errorf("%s, cell %d: %s is %q, want %q", c.source, c.index, f.Name, f.How, want[f.Name])
			}
			delete(want, f.Name)
		}
		if len(want) > 0 {
			t.Errorf("%s: nothing said of %v", c.source, want)
		}
	}
}

// top is the longest schedule.
func (b *lookup) top() *level { return &b.levels[len(b.levels)-1] }
