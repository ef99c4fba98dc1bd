package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// amoeba is the program as a process: this test's binary, which testscript.Main turns into
// it when it is called by that name.
func amoeba(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "amoeba")
	if err := os.Symlink(self, bin); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	cmd := exec.Command(bin, args...)
	cmd.Args[0] = bin
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "AMOEBA_DATA="+filepath.Join(dir, "none"))
	return cmd
}

// Tests of many runs take long: a signal ends them. The table is longer than what a pipe holds, so that stats is at work
// when all of it is written.
func TestStatsStops(t *testing.T) {
	cmd := amoeba(t, t.TempDir(), "stats", "-", "--bootstrap", "1000000")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write([]byte("set,a,b\n" + strings.Repeat("x,1,2\n", 100_000))); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	_ = cmd.Wait() // the code says it
	if code := cmd.ProcessState.ExitCode(); code != exitStopped || errs.String() != "amoeba: stopped\n" {
		t.Errorf("exit %d: %q", code, errs.String())
	}
}

// A stopped experiment says how it goes on, and then is the one that was never stopped.
func TestSignals(t *testing.T) {
	if testing.Short() {
		t.Skip("runs an experiment five times")
	}
	dir := t.TempDir()
	args := func(out string) []string {
		return []string{"compare", "--benchmark", "bits,length=64", "--algo", "random", "--algo", "regevo", "--seeds", "20", "--trials", "20000", "--procs", "1", "--record", "all", "--out", out}
	}
	whole := amoeba(t, dir, append(args("whole"), "--quiet")...)
	if text, err := whole.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		out := "stopped by " + sig.String()
		cmd := amoeba(t, dir, args(out)...)
		pipe, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		errs := bufio.NewReader(pipe)
		if _, err := errs.ReadString('\n'); err != nil { // it tells its benchmark and begins
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			if _, err := os.Stat(filepath.Join(dir, out, "manifest.json")); err == nil {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("the experiment does not begin")
			}
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		var rest bytes.Buffer
		_, _ = rest.ReadFrom(errs)
		err = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != exitStopped {
			t.Fatalf("%v: exit %d, %v: %s", sig, code, err, rest.String())
		}
		if want := fmt.Sprintf(" of 40 runs done; go on with: amoeba resume 'stopped by %s'\n", sig); !strings.HasSuffix(rest.String(), want) || strings.Count(rest.String(), "\n") != 1 {
			t.Errorf("%v: told %q, want …%s", sig, rest.String(), want)
		}
		if litter, _ := filepath.Glob(filepath.Join(dir, out, ".*")); len(litter) > 0 {
			t.Errorf("%v: left %v", sig, litter)
		}
		if text, err := amoeba(t, dir, "resume", out, "--quiet").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if d := diffDirs(filepath.Join(dir, "whole"), filepath.Join(dir, out)); d != "" {
			t.Errorf("%v: resumed: %s", sig, d)
		}
	}
}

// Every cell is valid, its hash is the official index and its canonical cell is of its own
// class, of lowest index.
func TestCanonAllCells(t *testing.T) {
	var in, out, errw bytes.Buffer
	sp := space.NB201{}
	for i := range space.NB201Size {
		fmt.Fprintln(&in, sp.Format(sp.At(i)))
	}
	if code := run([]string{"canon", "nb201"}, &in, &out, &errw); code != 0 {
		t.Fatal(errw.String())
	}
	first := map[string]evolve.Arch{}
	d := json.NewDecoder(&out)
	for i := range space.NB201Size {
		a := sp.At(i)
		u := space.NB201Unique(a)
		if first[u] == "" {
			first[u] = a
		}
		var got report.Canonical
		if err := d.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if want := (report.Canonical{Valid: true, Canonical: sp.Format(first[u]), Hash: fmt.Sprint(i)}); got != want {
			t.Fatalf("cell %d: got %+v, want %+v", i, got, want)
		}
	}
	if len(first) != 6466 || d.More() {
		t.Errorf("%d classes; more lines: %v", len(first), d.More())
	}
}

func BenchmarkCanon(b *testing.B) {
	var in bytes.Buffer
	sp := space.NB201{}
	for i := range space.NB201Size {
		fmt.Fprintln(&in, sp.Format(sp.At(i)))
	}
	for b.Loop() {
		if code := run([]string{"canon", "nb201"}, bytes.NewReader(in.Bytes()), new(bytes.Buffer), os.Stderr); code != 0 {
			b.Fatal(code)
		}
	}
	b.ReportMetric(float64(b.N)*space.NB201Size/b.Elapsed().Seconds(), "lines/s")
}

// A line too long to be an architecture is answered as invalid, and the others as ever.
func TestCanonLongLine(t *testing.T) {
	var out, errw bytes.Buffer
	in := strings.NewReader("301003\n301004\n" + strings.Repeat("|", 2<<20) + "\n301003\n")
	code := run([]string{"canon", "nb201"}, in, &out, &errw)
	lines := strings.Split(out.String(), "\n")
	if code != 1 || len(lines) != 5 || !strings.Contains(lines[2], `"valid":false`) || !strings.Contains(lines[2], "line longer than 65536 bytes") || lines[3] != lines[0] {
		t.Errorf("exit %d, %q, %s", code, lines, errw.String())
	}
}
