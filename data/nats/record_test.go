package nats

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/long"
	"github.com/amoeba-nas/amoeba/internal/shared"
	"github.com/google/go-cmp/cmp"
)

// answers are those of the official API for one data set of one architecture.
type answers struct {
	Space, Arch, Dataset, HP string
	Index                    int
	Cost, Mean               numbers
	Seeds                    map[string]numbers
}

func officialAnswers(t *testing.T, space string) (out []answers) {
	t.Helper()
	b, err := os.ReadFile(shared.Path(t, "vectors", "nats_sample_records.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []answers
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

// seedsOf returns the seeds, ascending.
func (a *answers) seedsOf(t *testing.T) (seeds []int) {
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

func recordNumbers(r *Record) numbers {
	n := numbers{}
	for _, part := range []struct {
		name string
		m    *Measure
	}{{"train", &r.Train}, {"valid", r.Valid}, {"test", r.Test}, {"valtest", r.ValTest}} {
		if part.m != nil {
			n[part.name+"-loss"], n[part.name+"-accuracy"] = part.m.Loss, part.m.Accuracy
			n[part.name+"-per-time"], n[part.name+"-all-time"] = part.m.PerEpoch, part.m.Total
		}
	}
	return n
}

func costNumbers(c *Cost) numbers {
	n := numbers{"flops": c.FLOPs, "params": c.Params, "latency": c.Latency,
		"T-train@epoch": c.Train.PerEpoch, "T-train@total": c.Train.Total}
	for _, e := range c.Evals {
		n["T-"+e.Split+"@epoch"], n["T-"+e.Split+"@total"] = e.PerEpoch, e.Total
	}
	return n
}

// check compares to the last bit.
func (want *answers) check(t *testing.T, a *Arch) {
	t.Helper()
	if a.Space.Name != want.Space || a.Index != want.Index || a.Text != want.Arch {
		t.Errorf("read %s %d %s", a.Space.Name, a.Index, a.Text)
	}
	epochs, _ := strconv.Atoi(want.HP)
	seeds, records := want.seedsOf(t), []numbers{want.Mean}
	for _, s := range seeds {
		records = append(records, want.Seeds[strconv.Itoa(s)])
	}
	for i, seed := range append([]int{AllSeeds}, seeds...) {
		r, err := a.RecordAt(want.Dataset, want.HP, epochs-1, seed)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(records[i], recordNumbers(r)); d != "" {
			t.Errorf("%s, schedule %s, seed %d: %s", want.Dataset, want.HP, seed, d)
		}
	}
	c, err := a.Cost(want.Dataset, want.HP)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want.Cost, costNumbers(c)); d != "" {
		t.Errorf("%s, schedule %s, cost: %s", want.Dataset, want.HP, d)
	}
	if want.Dataset == "cifar10" {
		return // simulated on cifar10-valid
	}
	acc, seconds, err := simulate(a, want.Dataset, want.HP, epochs-1, AllSeeds)
	if err != nil || acc != want.Mean["valid-accuracy"] || seconds != want.Mean["train-all-time"]+want.Mean["valid-per-time"] {
		t.Errorf("%s, schedule %s: simulated %v, %v s, error %v", want.Dataset, want.HP, acc, seconds, err)
	}
}

func TestOfficialTopologyAnswers(t *testing.T) {
	all := officialAnswers(t, "tss")
	if len(all) != 24 {
		t.Fatalf("%d answers, want 24", len(all))
	}
	for _, want := range all {
		want.check(t, sample(t, want.Index))
	}
}

// No official size file is at hand; files that hold the official API's numbers stand for
// them.
func TestOfficialSizeAnswers(t *testing.T) {
	long.Test(t)
	all := officialAnswers(t, "sss")
	if len(all) != 36 {
		t.Fatalf("%d answers, want 36", len(all))
	}
	archs, dir := map[int]*dict{}, t.TempDir()
	for _, want := range all {
		d := archs[want.Index]
		if d == nil {
			d = buildArch(Size, want.Index, want.Arch)
			archs[want.Index] = d
		}
		for _, seed := range want.seedsOf(t) {
			after := numbers{}
			for _, from := range []numbers{want.Cost, want.Seeds[strconv.Itoa(seed)]} {
				for k, v := range from {
					after[k] = v
				}
			}
			addRun(d, want.HP, want.Dataset, seed, after)
		}
	}
	for index, d := range archs {
		writeFile(t, dir, nameOf(index), d)
	}
	for _, want := range all {
		a, err := ReadFile(filepath.Join(dir, nameOf(want.Index)))
		if err != nil {
			t.Fatal(err)
		}
		want.check(t, a)
	}
}

func TestRecordAt(t *testing.T) {
	a := sample(t, 284)
	r, err := a.RecordAt("cifar10-valid", "200", 0, 777)
	if err != nil {
		t.Fatal(err)
	}
	valid := Measure{Loss: r.Valid.Loss, Accuracy: 19.392000001220705, PerEpoch: 2.389493485291799, Total: 2.389493485291799}
	if r.Train.Accuracy != 24.451999995117188 || *r.Valid != valid || r.Test != nil {
		t.Errorf("after the first epoch: %+v, validation %+v, test %+v", r.Train, r.Valid, r.Test)
	}
	acc, seconds, err := simulate(a, "cifar10", "12", 5, 777)
	if err != nil {
		t.Fatal(err)
	}
	r, err = a.RecordAt("cifar10-valid", "12", 5, 777)
	if err != nil || acc != r.Valid.Accuracy || math.Abs(seconds-6*r.Train.PerEpoch-r.Valid.PerEpoch) > 1e-9 {
		t.Errorf("simulated %v, %v s, want six epochs and a validation of %+v; error %v", acc, seconds, r, err)
	}
}

func TestRecordRefuses(t *testing.T) {
	a := sample(t, 11)
	for _, c := range []struct {
		dataset, schedule string
		epoch, seed       int
		kind              error
		msg               string
	}{
		{"cifar10", "90", 0, 777, evolve.ErrUnknown, `schedule "90", want one of ["12" "200"]: unknown`},
		{"svhn", "12", 0, AllSeeds, evolve.ErrUnknown, `architecture 11, schedule "12": no run of svhn: unknown`},
		{"cifar10", "12", 0, 777, evolve.ErrUnknown, `architecture 11, schedule "12": no run of (cifar10, 777): unknown`},
		{"cifar10", "12", 12, 111, evolve.ErrInvalid, `epoch 12, schedule "12" has 0..11: invalid`},
		{"cifar10", "12", -1, 111, evolve.ErrInvalid, `epoch -1, schedule "12" has 0..11: invalid`},
	} {
		if _, err := a.RecordAt(c.dataset, c.schedule, c.epoch, c.seed); !errors.Is(err, c.kind) || err.Error() != c.msg {
			t.Errorf("got %v, want %s", err, c.msg)
		}
	}
	if _, err := a.Cost("svhn", "12"); !errors.Is(err, evolve.ErrUnknown) {
		t.Errorf("cost of an unknown data set: %v", err)
	}
	_, _, err := simulate(a, "cifar100", "200", 100, 777)
	if msg := `no validation on cifar100 after epoch 100 of schedule "200": unsupported`; !errors.Is(err, evolve.ErrUnsupported) || err.Error() != msg {
		t.Errorf("got %v, want %s", err, msg)
	}
}

func TestUnmeasuredLatency(t *testing.T) {
	d, run := toy()
	run.set("latency", nil)
	a, err := decode(pickled(d))
	if err != nil {
		t.Fatal(err)
	}
	for schedule, want := range map[string]float64{"01": 0, "12": 0.013} {
		if c, err := a.Cost("cifar10-valid", schedule); err != nil || c.Latency != want {
			t.Errorf("schedule %s: %+v, error %v, want a latency of %v", schedule, c, err, want)
		}
	}
}

// simulate returns what the official API's simulate_train_eval gives to a searcher: the
// validation accuracy in percent, and the seconds that it is charged, which are training
// to the epoch's end and one validation. The networks for "cifar10" are those of
// "cifar10-valid", as there. The API draws one of the seeds; here the caller does.
func simulate(a *Arch, dataset, schedule string, epoch, seed int) (accuracy, seconds float64, err error) {
	if dataset == "cifar10" {
		dataset = "cifar10-valid"
	}
	r, err := a.RecordAt(dataset, schedule, epoch, seed)
	if err != nil {
		return 0, 0, err
	}
	if r.Valid == nil {
		return 0, 0, fmt.Errorf("no validation on %s after epoch %d of schedule %q: %w", dataset, epoch, schedule, evolve.ErrUnsupported)
	}
	return r.Valid.Accuracy, r.Train.Total + r.Valid.PerEpoch, nil
}
