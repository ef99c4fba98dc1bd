package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/net"
)

// The command that goes on with a search on shared weights trains the answer as the search did that reported it: of the
// same sizes and images, as long, with as many seeds, and to the weights of the last epoch.
func TestGoesOnAsReported(t *testing.T) {
	t.Chdir(t.TempDir())
	var out, errs bytes.Buffer
	at := "oneshot:digits,F=3,N=2,images=96,batch=32,answer_epochs=2,answer_seeds=2"
	search := []string{"search", "--benchmark", at, "--algo", "gdas,epochs=1", "--out", "s", "--quiet"}
	if code := run(append(search, "--json"), nil, &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	var answer struct {
		Found struct{ Val, Test float64 }
	}
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if code := run([]string{"resume", "s"}, nil, &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	_, command, _ := strings.Cut(out.String(), "  amoeba train ")
	command, _, _ = strings.Cut(command, "\n")
	out.Reset()
	if code := run(append([]string{"train", "--json", "--quiet"}, strings.Fields(command)...), nil, &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	var r training.Result
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if found := answer.Found; len(r.Seeds) != 2 || !near(r.ValMean, found.Val) || !near(r.TestMean, found.Test) {
		t.Errorf("train %s: %g and %g %%, the search reported %g and %g", command, r.ValMean, r.TestMean, found.Val, found.Test)
	}
}

// near allows for sums in another order.
func near(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }

// What train has as a default goes without saying, and what it has not is said.
func TestTrainsAlone(t *testing.T) {
	checkpoint := filepath.Join(t.TempDir(), "S.ckpt")
	succeeds(t, []string{"oneshot", "train", "-F", "2", "--images", "128", "--epochs", "0", "--out", checkpoint, "--quiet"})
	for _, c := range []struct{ benchmark, want string }{
		{"oneshot:digits", " --data digits --seeds 3 --final"}, // those of digits201
		{"oneshot:digits,images=128,device=cpu", " --data digits --images 128 --final"},
		{"oneshot:digits,answer_epochs=5,answer_seeds=2", " --data digits --epochs 5 --seeds 2 --final"},
		{"oneshot:digits,F=2,images=128,weights=" + checkpoint, " --data digits --F 2 --images 128 --final"},
		{"train:digits", " --data digits"},
	} {
		spec, err := evolve.ParseSpec(c.benchmark)
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := evolve.Benchmarks.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		if got := trainable(b, "nb201", "301003", c.benchmark); got != c.want {
			t.Errorf("%s: train%s, want%s", c.benchmark, got, c.want)
		}
	}
	large := training.Seeds{Count: 1, Job: training.Job{Data: "cifar10", Recipe: training.DefaultRecipe(),
		Net: net.Config{Input: net.Shape{C: 3, H: 32, W: 32}, N: 1, F: 8}}}
	if got, want := trainFlagsOf(&large), " --data cifar10 --F 8"; got != want { // train has 16 there
		t.Errorf("train%s, want%s", got, want)
	}
}
