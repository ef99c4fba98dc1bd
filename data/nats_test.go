package data

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/amoeba-nas/amoeba/data/nats"
	"github.com/amoeba-nas/amoeba/data/nats/natstest"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

// natsAnswer is what the official API answers for one data set and schedule of one
// architecture.
type natsAnswer struct {
	Space, Arch, Dataset, HP string
	Index                    int
	Cost, Mean               map[string]float64
	Seeds                    map[string]map[string]float64
}

func natsAnswers(t *testing.T, space string) (out []natsAnswer) {
	t.Helper()
	b, err := os.ReadFile(shared.Path(t, "vectors", "nats_sample_records.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []natsAnswer
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if a.Space == space {
			out = append(out, a)
		}
	}
	return out
}

// seeds are ascending, as the files have them.
func (a *natsAnswer) seeds(t *testing.T) (seeds []int) {
	for s := range a.Seeds {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, n)
	}
	slices.Sort(seeds)
	return seeds
}

// check compares a row with the official answer, to the last bit.
func (a *natsAnswer) check(t *testing.T, f *Frame, row int) {
	t.Helper()
	schedule, _ := strconv.Atoi(a.HP)
	set := a.Dataset
	if set == "ImageNet16-120" {
		set = "imagenet16"
	}
	result := func(name, key string) {
		runs, mean, err := NATSRuns(f, name)
		if err != nil {
			t.Fatal(err)
		}
		if mean[row] != a.Mean[key] {
			t.Errorf("row %d: mean of %s is %v, want %v", row, name, mean[row], a.Mean[key])
		}
		for k, run := range runs {
			if want := a.seeds(t); k >= len(want) {
				if !math.IsNaN(run[row]) {
					t.Errorf("row %d: %s has a run %d", row, name, k)
				}
			} else if x := a.Seeds[strconv.Itoa(want[k])][key]; run[row] != x {
				t.Errorf("row %d: run %d of %s is %v, want %v", row, k, name, run[row], x)
			}
		}
	}
	cell := func(name string, want float64) {
		if got := floatsOf(t, f, name)[row]; got != want {
			t.Errorf("row %d: %s is %v, want %v", row, name, got, want)
		}
	}
	result(NATSTest(set, schedule), "test-accuracy")
	cell(fmt.Sprintf("%s_train_s_%d", set, schedule), a.Mean["train-per-time"])
	if schedule == 12 { // under another, a mean of other runs has another last digit
		cell(set+"_params_m", a.Cost["params"])
		cell(set+"_flops_m", a.Cost["flops"])
		cell(set+"_latency_s", a.Cost["latency"])
	}
	if set == "cifar10" {
		return // never validated
	}
	result(NATSVal(set, schedule, schedule), "valid-accuracy")
	cell(fmt.Sprintf("%s_pass_s_%d", set, schedule), a.Mean["valid-per-time"])
	cell(NATSSeconds(set, schedule, schedule), a.Mean["train-all-time"]+a.Mean["valid-per-time"])
}

func natsFrame(t *testing.T, dir string) (*Frame, string) {
	t.Helper()
	folder, err := nats.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, found, err := collectNATS(context.Background(), folder)
	if err != nil {
		t.Fatal(err)
	}
	return f, found
}

func TestNATSTopologySamples(t *testing.T) {
	dir := shared.Path(t, "data", "nats-official-samples")
	answers := natsAnswers(t, "tss")
	f, found := natsFrame(t, dir)
	if want := "3 architectures from as many official files, 51 training runs, all measured"; found != want {
		t.Errorf("found %q, want %q", found, want)
	}
	rows := []int{0, 11, 284}
	for _, a := range answers {
		a.check(t, f, slices.Index(rows, a.Index))
	}
	if len(answers) != 24 {
		t.Errorf("%d answers, want 24", len(answers))
	}
	if err := checkNATSValues(f); err != nil {
		t.Error(err)
	}
	// The points of the curve are what the official API would tell a searcher.
	var points []string
	for row, index := range rows {
		a, err := nats.ReadFile(filepath.Join(dir, fmt.Sprintf("%06d.pickle.pbz2", index)))
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range NATSSets {
			for _, schedule := range []int{12, 200} {
				for _, e := range NATSPoints(schedule) {
					if !f.Has(NATSSeconds(set, schedule, e)) {
						continue
					}
					if row == 0 {
						points = append(points, fmt.Sprintf("%s %d@%d", set, schedule, e))
					}
					trained := natsName(set)
					if trained == "cifar10" {
						trained = "cifar10-valid"
					}
					r, err := a.RecordAt(trained, strconv.Itoa(schedule), e-1, nats.AllSeeds)
					if err != nil {
						t.Fatal(err)
					}
					acc, seconds := r.Valid.Accuracy, r.Train.Total+r.Valid.PerEpoch
					_, mean, err := NATSRuns(f, NATSVal(set, schedule, e))
					if err != nil {
						t.Fatal(err)
					}
					if got := floatsOf(t, f, NATSSeconds(set, schedule, e))[row]; mean[row] != acc || got != seconds {
						t.Errorf("architecture %d, %s %d@%d: %v %% after %v s, want %v after %v", index, set, schedule, e, mean[row], got, acc, seconds)
					}
				}
			}
		}
	}
	// Under 12 epochs all sets were validated after each, under 200 CIFAR-10 alone: 5 + 9, 6, 6.
	if len(points) != 26 || slices.Contains(points, "cifar100 200@100") || !slices.Contains(points, "cifar10-valid 200@100") || !slices.Contains(points, "imagenet16 12@4") {
		t.Errorf("%d points: %v", len(points), points)
	}
}

// natsSized are architectures of the size space that hold the official API's numbers: no
// official file of them is at hand. Earlier epochs have other accuracies.
func natsSized(t *testing.T) (answers []natsAnswer, archs map[int]*nats.Arch) {
	answers, archs = natsAnswers(t, "sss"), map[int]*nats.Arch{}
	for _, w := range answers {
		a := archs[w.Index]
		if a == nil {
			a = &nats.Arch{Space: nats.Size, Index: w.Index, Text: w.Arch, Schedules: []nats.Schedule{{Name: "01"}, {Name: "12"}, {Name: "90"}}}
			archs[w.Index] = a
		}
		epochs, _ := strconv.Atoi(w.HP)
		for _, seed := range w.seeds(t) {
			last := w.Seeds[strconv.Itoa(seed)]
			s := a.Schedule(w.HP)
			s.Runs = append(s.Runs, natsRun(w.Dataset, seed, epochs, last, w.Cost))
		}
	}
	return answers, archs
}

// natsRun is a run that ends as told. Up to then its accuracy rises by 1/8 an epoch.
func natsRun(dataset string, seed, epochs int, last, cost map[string]float64) nats.Run {
	r := nats.Run{Dataset: dataset, Seed: seed, Epochs: epochs, Params: cost["params"], FLOPs: cost["flops"], Latency: []float64{cost["latency"]}}
	rising := func(acc float64) (all []float64) {
		for e := range epochs {
			all = append(all, acc-float64(epochs-1-e)/8)
		}
		return all
	}
	constant := func(x float64) []float64 { return slices.Repeat([]float64{x}, epochs) }
	every := make([]int, epochs)
	for e := range every {
		every[e] = e
	}
	r.TrainAcc, r.TrainLoss, r.TrainSeconds = rising(last["train-accuracy"]), constant(last["train-loss"]), constant(cost["T-train@epoch"])
	splits := map[string]string{"x-test": "test", "x-valid": "valid"}
	switch dataset {
	case "cifar10":
		splits = map[string]string{"ori-test": "test"}
	case "cifar10-valid":
		splits = map[string]string{"ori-test": "test", "x-valid": "valid"}
	}
	for _, split := range []string{"ori-test", "x-test", "x-valid"} {
		if name, ok := splits[split]; ok {
			r.Evals = append(r.Evals, nats.Eval{Split: split, Epochs: every, Acc: rising(last[name+"-accuracy"]),
				Loss: constant(last[name+"-loss"]), Seconds: constant(cost["T-"+split+"@epoch"])})
		}
	}
	return r
}

func writeNATS(t *testing.T, dir string, archs map[int]*nats.Arch) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, a := range archs {
		if err := natstest.Write(dir, a); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNATSSizeFiles(t *testing.T) {
	answers, archs := natsSized(t)
	if len(answers) != 36 {
		t.Fatalf("%d answers, want 36", len(answers))
	}
	// One with a seed less than the others, none validated after one of the epochs.
	few := *archs[11]
	few.Index, few.Text = 12, "8:8:8:16:40"
	few.Schedules = slices.Clone(few.Schedules)
	few.Schedules[1].Runs = slices.DeleteFunc(slices.Clone(few.Schedules[1].Runs), func(r nats.Run) bool { return r.Seed == 999 })
	for i := range few.Schedules[1].Runs {
		r := &few.Schedules[1].Runs[i]
		r.Evals = slices.Clone(r.Evals)
		if r.Dataset == "cifar100" {
			e := &r.Evals[1]
			e.Epochs, e.Acc, e.Loss = slices.Delete(slices.Clone(e.Epochs), 3, 4), slices.Delete(slices.Clone(e.Acc), 3, 4), slices.Delete(slices.Clone(e.Loss), 3, 4)
		}
	}
	archs[12] = &few
	dir := t.TempDir()
	writeNATS(t, dir, archs)
	f, found := natsFrame(t, dir)
	if want := "4 architectures from as many official files, 76 training runs, all measured"; found != want {
		t.Errorf("found %q, want %q", found, want)
	}
	rows := []int{0, 11, 12, 284}
	for _, a := range answers {
		a.check(t, f, slices.Index(rows, a.Index))
	}
	if err := checkNATSValues(f); err != nil {
		t.Error(err)
	}
	runs, mean, err := NATSRuns(f, NATSVal("cifar10-valid", 12, 12))
	if err != nil || len(runs) != 3 {
		t.Fatalf("%d runs, error %v", len(runs), err)
	}
	if !math.IsNaN(runs[2][2]) || mean[2] != (runs[0][2]+runs[1][2])/2 {
		t.Errorf("of two runs: %v, %v, %v, mean %v", runs[0][2], runs[1][2], runs[2][2], mean[2])
	}
	_, mean, err = NATSRuns(f, NATSVal("cifar100", 12, 4))
	if err != nil || !math.IsNaN(mean[2]) || !math.IsNaN(floatsOf(t, f, NATSSeconds("cifar100", 12, 4))[2]) || math.IsNaN(mean[1]) {
		t.Errorf("a point without a validation: %v, error %v", mean, err)
	}
	if x := floatsOf(t, f, "imagenet16_val_90@50_0")[1]; x != floatsOf(t, f, "imagenet16_val_90@90_0")[1]-5 {
		t.Errorf("%v after 50 epochs", x)
	}
}

func TestNATSPoints(t *testing.T) {
	for schedule, want := range map[int][]int{1: {1}, 12: {1, 2, 4, 8, 12}, 90: {1, 2, 4, 8, 12, 25, 50, 90}, 200: {1, 2, 4, 8, 12, 25, 50, 100, 200}} {
		if got := NATSPoints(schedule); !slices.Equal(got, want) {
			t.Errorf("%d epochs: %v, want %v", schedule, got, want)
		}
	}
}

// countedFrame has the parameters and multiply-adds of every cell.
func countedFrame() (f *Frame, params []float64) {
	f = &Frame{Table: "nats-tss", Rows: space.NB201Size}
	for _, set := range NATSSets {
		k := max(slices.Index(NB201Sets, set), 0)
		params = make([]float64, f.Rows)
		flops := make([]float64, f.Rows)
		for i := range params {
			p, m := NB201Complexity(space.NB201{}.At(i), k)
			params[i], flops[i] = float64(p)/1e6, float64(m)/1e6
		}
		f.AddFloats(set+"_flops_m", flops)
		if set != "imagenet16" {
			f.AddFloats(set+"_params_m", params)
		}
	}
	return f, params
}
