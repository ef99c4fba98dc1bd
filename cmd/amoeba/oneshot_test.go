package main

import (
	"bytes"
	"encoding/json"
	"math"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/surrogate/truth"
)

func TestOneshotTruth(t *testing.T) {
	var out, errs bytes.Buffer
	args := []string{"oneshot", "truth", "--bootstrap", "0", "--tables", "1"}
	if code := run(append(args, "--json"), nil, &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	var r truth.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Cells != 6466 || r.Seeds != 3 || r.Views[0].By != truth.ByLoss {
		t.Errorf("%s, %v", out.String(), err)
	}
	one, limit := float64(r.Views[3].OneRun.TauB), float64(r.Views[3].Limit.TauB)
	if math.Abs(one-.161) > .001 || math.Abs(limit-.51) > .02 || !strings.Contains(out.String(), `"tau_b_low":null`) {
		t.Errorf("one run %g, limit %g in\n%s", one, limit, out.String())
	}
	if known := regexp.MustCompile(`_(low|high)":[^n]`).FindString(out.String()); known != "" || r.Intervals != "none over cells; none of what is simulated" {
		t.Errorf("an interval of no resampling or one table: %s, %s", known, r.Intervals)
	}
	path := filepath.Join(t.TempDir(), "none.bin")
	for says, args := range map[string][]string{
		`truth "nb201" (known: digits201, fashion201, runs:FILE, nb201:cifar10, nb201:cifar100, nb201:imagenet16)`: {"--truth", "nb201"},
		`part of a truth "train"`: {"--part", "train"},
		path:                      {"--truth", "runs:" + path},
		"--json and --csv":        {"--json", "--csv"},
	} {
		var errs bytes.Buffer
		if code := run(append([]string{"oneshot", "truth"}, args...), nil, &bytes.Buffer{}, &errs); code != 1 || !strings.Contains(errs.String(), says) ||
			strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%v: %d, %s, want %s", args, code, errs.String(), says)
		}
	}
}
