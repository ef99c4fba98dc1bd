package surrogate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/benchtest"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

// natsAnswers are the official API's for one data set and schedule of one architecture.
type natsAnswer struct {
	Space, Dataset, HP string
	Index              int
	Mean, Cost         map[string]float64
	Seeds              map[string]map[string]float64
}

func natsAnswers(t *testing.T, space string) map[string]natsAnswer {
	t.Helper()
	path := shared.Path(t, "vectors", "nats_sample_records.json")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []natsAnswer
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	byName := map[string]natsAnswer{}
	for _, a := range all {
		if a.Space == space {
			epochs, _ := strconv.Atoi(a.HP)
			byName[fmt.Sprintf("%d %s %d", a.Index, a.Dataset, epochs)] = a
		}
	}
	return byName
}

// natsFake is a table as large as the imported one. The rows of the three architectures of the
// official answers have the official numbers at the end of each schedule; others follow a rule.
type natsFake struct {
	f       *data.Frame
	answers map[string]natsAnswer
}

// writeNATS has the test see a table, which is made once, in a home of its own.
func writeNATS(t *testing.T, table, short string, rows int, schedules ...int) {
	t.Helper()
	if testing.Short() {
		t.Skip("writes a whole table")
	}
	dir := filepath.Join(benchtest.Home(), table+"-fake")
	t.Setenv("AMOEBA_DATA", dir)
	if _, err := os.Stat(filepath.Join(dir, table+".tbl")); err == nil {
		return
	}
	n := natsFake{&data.Frame{Table: table, Rows: rows}, natsAnswers(t, short)}
	for s, set := range data.NATSSets {
		for _, schedule := range schedules {
			n.addSchedule(set, s, schedule)
		}
		for _, c := range []string{"params_m", "flops_m", "latency_s"} {
			n.add(set+"_"+c, func(i int) float64 { return 1 + float64(i%97)/100 })
		}
	}
	if _, err := n.f.Write(); err != nil {
		t.Fatal(err)
	}
}

func (n natsFake) add(name string, of func(row int) float64) {
	xs := make([]float64, n.f.Rows)
	for i := range xs {
		xs[i] = of(i)
	}
	n.f.AddFloats(name, xs)
}

func (n natsFake) addSchedule(set string, s, schedule int) {
	official := map[string]string{"imagenet16": "ImageNet16-120"}[set]
	if official == "" {
		official = set
	}
	answer := func(i int) (natsAnswer, bool) {
		a, ok := n.answers[fmt.Sprintf("%d %s %d", i, official, schedule)]
		return a, ok
	}
	seed := func(k int) string { // as the official files have them
		if schedule == 12 && n.f.Table == "nats-tss" {
			return []string{"111", "777", ""}[k]
		}
		return []string{"777", "888", "999"}[k]
	}
	// Row i without an answer has one run, two or three, by i%3.
	run := func(i, k int, key string, x float64) float64 {
		if a, ok := answer(i); ok {
			if r, ok := a.Seeds[seed(k)]; ok {
				return r[key]
			}
			return math.NaN()
		}
		if k > i%3 {
			return math.NaN()
		}
		return x
	}
	for k := range 3 {
		for _, e := range data.NATSPoints(schedule) {
			if set != "cifar10" && (schedule <= 12 || set == "cifar10-valid" || e == schedule) {
				n.add(fmt.Sprintf("%s_%d", data.NATSVal(set, schedule, e), k), func(i int) float64 {
					x := 20 + float64((i*31+s*7+k*1009)%5000)/100 + float64(e)/8
					if e == schedule {
						return run(i, k, "valid-accuracy", x)
					} else if k > 0 {
						return math.NaN()
					}
					return x
				})
			}
		}
		n.add(fmt.Sprintf("%s_%d", data.NATSTest(set, schedule), k), func(i int) float64 {
			return run(i, k, "test-accuracy", 19+float64((i*37+s*7+k*1013)%5000)/100)
		})
	}
	mean := func(key string, x float64) func(int) float64 {
		return func(i int) float64 {
			if a, ok := answer(i); ok {
				return a.Mean[key]
			}
			return x
		}
	}
	n.add(fmt.Sprintf("%s_train_s_%d", set, schedule), mean("train-per-time", 8))
	if set == "cifar10" {
		return
	}
	n.add(fmt.Sprintf("%s_pass_s_%d", set, schedule), mean("valid-per-time", 3))
	for _, e := range data.NATSPoints(schedule) {
		n.add(data.NATSSeconds(set, schedule, e), func(i int) float64 {
			return mean("train-all-time", 8*float64(schedule))(i)*float64(e)/float64(schedule) + mean("valid-per-time", 3)(i)
		})
	}
}

func writeTopology(t *testing.T) { writeNATS(t, "nats-tss", "tss", space.NB201Size, 12, 200) }

// WriteTopology is for the external test of its datasheet.
var WriteTopology = writeTopology

func writeSizes(t *testing.T) { writeNATS(t, "nats-sss", "sss", 32768, 1, 12, 90) }

func openNATS(t *testing.T, text string) *NATS {
	t.Helper()
	b, err := tryOpen(text)
	if err != nil {
		t.Fatal(err)
	}
	return b.(*NATS)
}

func TestNATSAbsent(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir())
	for name, table := range map[string]string{"nats-tss": "nats-tss", "size": "nats-sss"} {
		_, err := tryOpen(name)
		oneLine(t, err, fs.ErrNotExist, table, "is not imported", "run amoeba data import "+table+" --from DIR")
	}
}

// The official files that are there are a pool, and what it says of an architecture is what the
// official API says.
func TestNATSPool(t *testing.T) {
	from := shared.Path(t, "data", "nats-official-samples")
	answers := natsAnswers(t, "tss")
	t.Setenv("AMOEBA_DATA", t.TempDir())
	table, err := data.Lookup("nats-tss")
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := table.Import(context.Background(), from)
	if err == nil {
		_, err = f.Write()
	}
	if err != nil {
		t.Fatal(err)
	}
	b := openNATS(t, "nats-tss:cifar100,noise=mean")
	if got, want := b.About().Source, "imported official files; all measured, means of the stored runs; pool: only the 3 recorded architectures can be proposed, a mutation is one of the ten nearest"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for row, index := range []int{0, 11, 284} {
		a := space.NB201{}.At(index)
		if i := b.space.Index(a); i != row {
			t.Errorf("architecture %d is in row %d, want %d", index, i, row)
		}
		var r evolve.Result
		if err := b.Evaluate(context.Background(), &evolve.Trial{Proposal: evolve.Proposal{Arch: a}}, &r); err != nil {
			t.Fatal(err)
		}
		want := answers[fmt.Sprintf("%d cifar100 12", index)].Mean
		if r.Loss != 1-want["valid-accuracy"]/100 || r.Cost != want["train-all-time"]+want["valid-per-time"] {
			t.Errorf("%d: %+v, want %v", index, r, want)
		}
	}
	if _, err := b.space.Canon(space.NB201{}.At(1)); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("a cell whose file is not there: %v", err)
	}
	e, err := evolve.Benchmarks.Lookup("nats-tss")
	if err != nil {
		t.Fatal(err)
	}
	evolvetest.Benchmark(t, e)
	evolvetest.Benchmark(t, e, evolve.Setting{Key: "moves", Value: "refuse"}, evolve.Setting{Key: "permute", Value: "1"})
}

func TestNATSConformance(t *testing.T) {
	for name, write := range map[string]func(*testing.T){"nats-tss": writeTopology, "size": writeSizes} {
		t.Run(name, func(t *testing.T) {
			write(t)
			e, err := evolve.Benchmarks.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			evolvetest.Benchmark(t, e)
			evolvetest.Benchmark(t, e, evolve.Setting{Key: "noise", Value: "mean"}, evolve.Setting{Key: "schedule", Value: "12"}, evolve.Setting{Key: "epochs", Value: "4"}, evolve.Setting{Key: "permute", Value: "1"})
		})
	}
}

// Rewards, charges and reports of the official architectures are the official API's: the mean
// of simulate_train_eval's draws, train-all-time plus valid-per-time, and the means at the end
// of the longest schedule.
func TestNATSOfficial(t *testing.T) {
	for _, c := range []struct {
		name, short string
		write       func(*testing.T)
		schedules   []int
	}{{"nats-tss", "tss", writeTopology, []int{12, 200}}, {"size", "sss", writeSizes, []int{1, 12, 90}}} {
		t.Run(c.name, func(t *testing.T) {
			c.write(t)
			answers := natsAnswers(t, c.short)
			for _, variant := range data.NB201Sets {
				set := map[string]string{"imagenet16": "ImageNet16-120", "cifar100": "cifar100", "cifar10": "cifar10"}[variant]
				validated := map[string]string{"cifar10": "cifar10-valid"}[set]
				if validated == "" {
					validated = set
				}
				for _, schedule := range c.schedules {
					b := openNATS(t, fmt.Sprintf("%s:%s,schedule=%d,noise=mean", c.name, variant, schedule))
					for _, index := range []int{0, 11, 284} {
						a := b.space.(evolve.Enumerable).At(index)
						tr := &evolve.Trial{Proposal: evolve.Proposal{Arch: a}}
						var r evolve.Result
						if err := b.Evaluate(context.Background(), tr, &r); err != nil {
							t.Fatal(err)
						}
						want := answers[fmt.Sprintf("%d %s %d", index, validated, schedule)].Mean
						if r.Loss != 1-want["valid-accuracy"]/100 || r.Cost != want["train-all-time"]+want["valid-per-time"] {
							t.Errorf("%s, %d epochs, %d: %+v, want %v %% for %v s", variant, schedule, index, r, want["valid-accuracy"], want["train-all-time"]+want["valid-per-time"])
						}
						s, err := b.Score(tr)
						last := c.schedules[len(c.schedules)-1]
						val, test := answers[fmt.Sprintf("%d %s %d", index, validated, last)].Mean["valid-accuracy"], answers[fmt.Sprintf("%d %s %d", index, set, last)].Mean["test-accuracy"]
						if err != nil || s.Val != 1-val/100 || s.Test != 1-test/100 {
							t.Errorf("%s, %d: score %+v, want %v %% and %v %%, error %v", variant, index, s, val, test, err)
						}
					}
				}
			}
		})
	}
}

// A query draws each stored run equally often.
func TestNATSDraws(t *testing.T) {
	writeTopology(t)
	b := openNATS(t, "nats-tss:cifar10,schedule=200")
	f, err := data.Open("nats-tss")
	if err != nil {
		t.Fatal(err)
	}
	runs, _, err := data.NATSRuns(f, data.NATSVal("cifar10-valid", 200, 200))
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range []int{0, 3, 4, 5} { // three runs, one, two, three
		want, drawn := map[float64]bool{}, map[float64]int{}
		for _, run := range runs {
			if !math.IsNaN(run[index]) {
				want[1-run[index]/100] = true
			}
		}
		const queries = 6000
		for i := range queries {
			var r evolve.Result
			tr := &evolve.Trial{Proposal: evolve.Proposal{Arch: space.NB201{}.At(index)}, Seed: evolve.Mix(1, uint64(i))}
			if err := b.Evaluate(context.Background(), tr, &r); err != nil {
				t.Fatal(err)
			}
			drawn[r.Loss]++
		}
		if len(drawn) != len(want) {
			t.Errorf("cell %d: %d different losses of %d runs", index, len(drawn), len(want))
		}
		for loss, n := range drawn {
			// Six standard deviations of a third or a half of 6,000 are below 240.
			if !want[loss] || math.Abs(float64(n-queries/len(want))) > 240 {
				t.Errorf("cell %d: loss %v %d times of %d, of %v", index, loss, n, queries, want)
			}
		}
	}
}

func TestNATSCurve(t *testing.T) {
	writeTopology(t)
	fidelities := func(text string) (all []evolve.Fidelity) { return openNATS(t, text).Problem().Fidelities }
	curve := func(resumes bool, epochs ...int) (all []evolve.Fidelity) {
		for _, e := range epochs {
			all = append(all, evolve.Fidelity{Epochs: e, Resumes: resumes})
		}
		return all
	}
	for text, want := range map[string][]evolve.Fidelity{
		"nats-tss":                         curve(true, 1, 2, 4, 8, 12),
		"nats-tss:cifar100,epochs=8":       curve(true, 1, 2, 4, 8),
		"nats-tss:cifar100,epochs=1":       curve(false, 1),
		"nats-tss,schedule=200":            curve(true, 1, 2, 4, 8, 12, 25, 50, 100, 200),
		"nats-tss,schedule=200,epochs=50":  curve(true, 1, 2, 4, 8, 12, 25, 50),
		"nats-tss:imagenet16,schedule=200": curve(false, 200),
	} {
		if d := cmp.Diff(want, fidelities(text)); d != "" {
			t.Errorf("%s: %s", text, d)
		}
	}
	b := openNATS(t, "nats-tss,schedule=200,noise=mean")
	cost := func(epochs, trained int) float64 {
		var r evolve.Result
		if err := b.Evaluate(context.Background(), &evolve.Trial{Proposal: evolve.Proposal{Arch: space.NB201{}.At(1), Epochs: epochs, Trained: trained}}, &r); err != nil {
			t.Fatal(err)
		}
		return r.Cost
	}
	// A row of this table trains for 8 s an epoch and validates for 3 s.
	for _, c := range []struct {
		epochs, trained int
		want            float64
	}{{0, 0, 1603}, {200, 0, 1603}, {4, 0, 35}, {12, 4, 67}, {200, 100, 803}} {
		if got := cost(c.epochs, c.trained); got != c.want {
			t.Errorf("%d epochs after %d cost %v s, want %v", c.epochs, c.trained, got, c.want)
		}
	}
	for _, c := range []struct {
		text  string
		is    error
		parts []string
	}{
		{"nats-tss:cifar100,schedule=200,epochs=100", evolve.ErrUnsupported, []string{"CIFAR-100: epochs=100: under the schedule of 200", "[200]"}},
		{"nats-tss,epochs=3", evolve.ErrUnsupported, []string{"after [1 2 4 8 12]"}},
		{"nats-tss,epochs=13", evolve.ErrInvalid, []string{"the range is 0 to 12"}},
		{"nats-tss,schedule=90", evolve.ErrUnknown, []string{"12, 200"}},
		{"nats-tss,permute=x", evolve.ErrInvalid, []string{"permute=x"}},
	} {
		_, err := tryOpen(c.text)
		oneLine(t, err, c.is, c.parts...)
	}
}

// The negative control moves drawn runs and reports together, and leaves costs.
func TestNATSPermute(t *testing.T) {
	writeSizes(t)
	plain, moved := openNATS(t, "size:cifar100,schedule=12"), openNATS(t, "size:cifar100,schedule=12,permute=5")
	last := len(plain.levels) - 1
	for i := 0; i < len(plain.score); i += 101 {
		j := moved.show(i)
		if moved.score[i] != plain.score[j] || moved.levels[last].loss[i] != plain.levels[last].loss[j] || moved.levels[last].cost[i] != plain.levels[last].cost[i] {
			t.Fatalf("network %d does not show network %d", i, j)
		}
		if !slices.Equal(moved.levels[last].runs[i], plain.levels[last].runs[j]) {
			t.Fatalf("the runs of network %d are not of network %d", i, j)
		}
	}
}

func TestNATSQuery(t *testing.T) {
	writeSizes(t)
	b := openNATS(t, "size:cifar10")
	facts, err := b.Query(space.NATSSize{}.At(284))
	if err != nil {
		t.Fatal(err)
	}
	answers := natsAnswers(t, "sss")
	want := map[string]float64{
		"index": 284, "val_90": answers["284 cifar10-valid 90"].Mean["valid-accuracy"], "test_1": answers["284 cifar10 1"].Mean["test-accuracy"],
		"epoch_s": answers["284 cifar10-valid 90"].Mean["train-per-time"], "params": 1e6 * (1 + float64(284%97)/100),
	}
	seen := 0
	for _, f := range facts {
		if x, ok := want[f.Name]; ok {
			if seen++; x != f.Value || f.How == "" {
				t.Errorf("%+v, want %v", f, x)
			}
		}
	}
	if seen != len(want) || len(facts) != 13 {
		t.Errorf("%d facts: %+v", len(facts), facts)
	}
	p := b.Problem().Proxies
	if len(p) != 2 || p[0].Name != "params" || p[1].Name != "flops" {
		t.Errorf("proxies %+v", p)
	}
}
