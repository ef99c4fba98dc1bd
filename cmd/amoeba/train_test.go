package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/training"
)

// The means that train prints are those of its seeds, whose accuracies are those that eval finds.
func TestTrainResult(t *testing.T) {
	t.Chdir(t.TempDir())
	var out, errw bytes.Buffer
	if code := run([]string{"train", "301003", "-F", "4", "--epochs", "3", "--batch", "128", "--seeds", "3", "--out", "o", "--json", "--quiet"}, strings.NewReader(""), &out, &errw); code != 0 || errw.Len() > 0 {
		t.Fatal(errw.String())
	}
	var r training.Result
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	var tests []float64
	for i, s := range r.Seeds {
		out.Reset()
		if code := run([]string{"eval", s.Checkpoint, "--json"}, strings.NewReader(""), &out, &errw); code != 0 {
			t.Fatal(errw.String())
		}
		var e training.Examined
		if err := json.Unmarshal(out.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if e.Test != s.Test || e.Params != r.Params || e.FLOPs != r.FLOPs || e.Epoch != s.Epoch || r.Checkpoints[i] != s.Checkpoint {
			t.Errorf("eval of %s: %.3f %% and %d parameters, train says %.3f and %d", s.Checkpoint, e.Test, e.Params, s.Test, r.Params)
		}
		tests = append(tests, s.Test)
	}
	if d := stats.Describe(tests); len(tests) != 3 || r.TestMean != d.Mean || float64(r.TestStd) != d.Std || math.Abs(r.TestLow-max(d.Mean-d.CI, 0)) > 1e-9 || math.Abs(r.TestHigh-min(d.Mean+d.CI, 100)) > 1e-9 || !(r.Speed > 0) {
		t.Errorf("%+v, want %+v", r, d)
	}
}

// A stopped training says how it goes on, a killed one need not; both end as one that was
// neither.
func TestTrainingStops(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for seconds")
	}
	dir := t.TempDir()
	args := func(out string) []string {
		return []string{"train", "333333", "--epochs", "8", "--batch", "16", "--seeds", "2", "--procs", "1", "--out", out}
	}
	if text, err := amoeba(t, dir, args("whole")...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		out := "stopped by " + sig.String()
		cmd := amoeba(t, dir, args(out)...)
		pipe, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Stopped in the second seed, whose first is whole on disk.
		lines := bufio.NewReader(pipe)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatalf("%v: it ended: %v", sig, err)
			}
			if strings.HasPrefix(line, "seed 2  epoch 2/") {
				break
			}
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		rest, _ := io.ReadAll(lines)
		_ = cmd.Wait() // the exit code is what matters
		if sig != syscall.SIGKILL {
			if code := cmd.ProcessState.ExitCode(); code != exitStopped {
				t.Errorf("%v: exit %d: %s", sig, code, rest)
			}
			told := strings.Split(strings.TrimSpace(string(rest)), "\n")
			want := " of 16 epochs kept; go on with: amoeba train 333333 --batch=16 --epochs=8 --out='" + out + "' --procs=1 --seeds=2"
			if last := told[len(told)-1]; !strings.HasPrefix(last, "amoeba: stopped with 1") || !strings.HasSuffix(last, want) {
				t.Errorf("%v: told %q, want …%s", sig, last, want)
			}
		}
		kept := -1 // what the message counts
		_, _ = fmt.Sscanf(string(rest[max(bytes.LastIndex(rest, []byte("amoeba: ")), 0):]), "amoeba: stopped with %d of", &kept)
		heard := 8 + 2 + strings.Count("\n"+string(rest), "\nseed 2  epoch")
		if sig != syscall.SIGKILL && kept != heard {
			t.Errorf("%v: %d epochs are kept, %d were told: %s", sig, kept, heard, rest)
		}
		text, err := amoeba(t, dir, args(out)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if !bytes.Contains(text, []byte("seed 1  8 of 8 epochs are in the folder\n")) {
			t.Errorf("%v: it began anew: %s", sig, text)
		}
		if second := fmt.Sprintf("seed 2  %d of 8 epochs are in the folder\n", kept-8); sig != syscall.SIGKILL && !bytes.Contains(text, []byte(second)) {
			t.Errorf("%v: want %q in %s", sig, second, text)
		}
		for _, name := range []string{"seed-1/last.ckpt", "seed-1/best.ckpt", "seed-2/last.ckpt", "seed-2/best.ckpt", "job.json"} {
			a, errA := os.ReadFile(filepath.Join(dir, "whole", name))
			b, errB := os.ReadFile(filepath.Join(dir, out, name))
			if errA != nil || errB != nil || !bytes.Equal(a, b) {
				t.Errorf("%v: %s differs, %v, %v", sig, name, errA, errB)
			}
		}
		if litter, _ := filepath.Glob(filepath.Join(dir, out, "*", ".*")); len(litter) > 0 {
			t.Errorf("%v: left %v", sig, litter)
		}
	}
}

// A checkpoint of another engine is tested, with a warning, and not gone on with.
func TestOtherEngine(t *testing.T) {
	t.Chdir(t.TempDir())
	args := []string{"train", "301003", "-F", "2", "--epochs", "1", "--batch", "256", "--out", "o", "--quiet"}
	var out, errw bytes.Buffer
	if code := run(args, strings.NewReader(""), &out, &errw); code != 0 {
		t.Fatal(errw.String())
	}
	path := filepath.Join("o", "seed-1", training.LastName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	was, is := fmt.Sprintf(`"engine":%d`, training.Version), fmt.Sprintf(`"engine":%d`, (training.Version+1)%10)
	text = bytes.Replace(text, []byte(was), []byte(is), 1)
	sum := sha256.Sum256(text[:len(text)-sha256.Size])
	if err := os.WriteFile(path, slices.Concat(text[:len(text)-sha256.Size], sum[:]), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, more := range [][]string{nil, {"--json"}} {
		out.Reset()
		if code := run(append([]string{"eval", path}, more...), strings.NewReader(""), &out, &errw); code != 0 || !strings.Contains(out.String(), "trained by engine") {
			t.Errorf("exit %d: %s%s", code, out.String(), errw.String())
		}
	}
	if code := run(append(args, "--final"), strings.NewReader(""), &out, &errw); code != exitError || !strings.Contains(errw.String(), "was trained with engine") {
		t.Errorf("exit %d: %s", code, errw.String())
	}
}

// No value of a flag, however odd, brings more than one line and exit 1.
func TestOddTrainValues(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of commands")
	}
	t.Chdir(t.TempDir())
	t.Setenv("AMOEBA_DATA", filepath.Join(t.TempDir(), "none"))
	for _, name := range []string{"space", "data", "N", "F", "layers", "aux", "drop-path", "epochs", "batch", "accumulate", "solver", "lr", "momentum", "weight-decay", "clip", "schedule", "warmup",
		"smoothing", "average", "crop", "cutout", "seed", "seeds", "procs", "memory", "device", "blas", "out"} {
		for _, v := range []string{"", " ", "-1", "0", "NaN", "Inf", "-Inf", "1e999", "9223372036854775807", "18446744073709551615", "0x", "1.5", "é", "\x00", "\n", "nb201,x=1", "/dev/null"} {
			if name == "epochs" && strings.HasPrefix(v, "92") || name == "seeds" && v == "1e6" {
				continue // these would be waited for
			}
			odd(t, []string{"train", "000000", "-F", "1", "--epochs", "1", "--batch", "1024", "--quiet", "--out", "o", "--" + name + "=" + v})
			os.RemoveAll("o")
		}
	}
	for _, args := range [][]string{{"train", "--out", "o", "--"}, {"eval", "--"}, {"export", "--genotype", "--"}} {
		for _, v := range []string{"", " ", "-1", "/dev/null", ".", "é", "\x00", "\n", "amoebanet", strings.Repeat("9", 1000)} {
			odd(t, append(slices.Clone(args), v))
		}
	}
}
