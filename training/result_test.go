package training

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

// madeUp are seeds that nobody trained, with so many right answers of 200 each.
func madeUp(t *testing.T, right ...int) (*Seeds, *Data, []Tested) {
	t.Helper()
	data, err := OpenData("digits")
	if err != nil {
		t.Fatal(err)
	}
	s := &Seeds{Job: Job{Space: "nb201", Arch: "301003", Data: "digits", Recipe: DefaultRecipe(),
		Net: net.Config{Input: data.Shape(), Classes: 10, N: 1, F: 8}}}
	var tested []Tested
	for k, n := range right {
		tested = append(tested, Tested{Seed: uint64(k + 1), Checkpoint: "best.ckpt", Chosen: Epoch{Epoch: 2, ValCorrect: len(data.Split.Val) / 2},
			Test: Evaluation{Images: 200, Correct: n}, History: []Epoch{{Seconds: 2}, {Seconds: 3}}})
	}
	return s, data, tested
}

func TestResult(t *testing.T) {
	s, data, tested := madeUp(t, 100, 110, 120) // 50, 55, 60 %
	r, err := s.Result("|x|", data, device.CPU[float32](), tested)
	if err != nil {
		t.Fatal(err)
	}
	half := 4.302652729911275 * 5 / math.Sqrt(3) // t(0.975, 2)
	epoch := s.Job.Recipe.PerEpoch(len(data.Split.Train))
	for name, c := range map[string][2]float64{
		"mean": {r.TestMean, 55}, "sd": {float64(r.TestStd), 5}, "low": {r.TestLow, 55 - half}, "high": {r.TestHigh, 55 + half},
		"val": {r.ValMean, 100 * float64(len(data.Split.Val)/2) / float64(len(data.Split.Val))}, "val sd": {float64(r.ValStd), 0},
		"images a second": {r.Speed, float64(6*epoch) / 15},
	} {
		if math.Abs(c[0]-c[1]) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, c[0], c[1])
		}
	}
	if r.Interval != studentInterval || r.Weights != "best" || len(r.Seeds) != 3 {
		t.Errorf("%+v", r)
	}
	var b strings.Builder
	if err := r.Sheet().WriteText(&b); err != nil || !strings.Contains(b.String(), "\ntest        55.00 ± 12.42 %, 95 % interval over seeds") {
		t.Errorf("%v:\n%s", err, b.String())
	}
}

// One seed has no spread: null, and the interval of its images.
func TestResultOfOneSeed(t *testing.T) {
	s, data, tested := madeUp(t, 100)
	s.Final, s.Job.Recipe.Shuffled = true, true
	r, err := s.Result("|x|", data, device.CPU[float32](), tested)
	if err != nil {
		t.Fatal(err)
	}
	low, high := tested[0].Test.Wilson()
	if r.TestLow != 100*low || r.TestHigh != 100*high || r.Interval != wilsonInterval || r.Weights != "last" {
		t.Errorf("%+v", r)
	}
	dir := t.TempDir()
	path, line, err := r.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != string(line) || !strings.Contains(string(line), `"shuffled_labels":true,`) ||
		!strings.Contains(string(line), `"test_std":null,`) {
		t.Errorf("%s, %v", text, err)
	}
	if seeds, err := parseResult(line); err != nil || len(seeds) != 1 || seeds[0] != 1 {
		t.Errorf("read back: %v, %v", seeds, err)
	}
	if len(line) > checked.MaxLine {
		t.Errorf("a line of %d bytes", len(line))
	}
	var b strings.Builder
	if err := r.Sheet().WriteText(&b); err != nil || !strings.Contains(b.String(), "\ncontrol     "+ControlText+"\nweights     of the last epoch\n") ||
		!strings.Contains(b.String(), "100 of 200 images; their binomial 95 % interval is 43.14 to 56.86 % (Wilson)\n") {
		t.Errorf("%v:\n%s", err, b.String())
	}
}
