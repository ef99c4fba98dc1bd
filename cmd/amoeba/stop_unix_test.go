//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/training/tabulate"
)

// A build that is stopped says how many runs are in its folder, and the command that goes on.
func TestTableBuildStops(t *testing.T) {
	if testing.Short() {
		t.Skip("trains some hundred networks")
	}
	dir := t.TempDir()
	cmd := amoeba(t, dir, "table", "build", "--cells", "ops=0,1", "--epochs", "1", "--F", "2", "--seeds", "1000", "--procs", "1", "--out", "b")
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(pipe)
	if line, err := lines.ReadString('\n'); err != nil || !strings.HasPrefix(line, "50 of 64000 runs, ") {
		t.Errorf("first %q, %v", line, err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(lines)
	_ = cmd.Wait() // the code says it
	runs, err := tabulate.Runs(filepath.Join(dir, "b"))
	if err != nil {
		t.Fatal(err)
	}
	told := regexp.MustCompile(`amoeba: stopped with (\d+) of 64000 runs done; go on with: amoeba table build --F=2 --cells=\S+ --epochs=1 --out=b --procs=1 --seeds=1000\n\z`).FindSubmatch(rest)
	if code := cmd.ProcessState.ExitCode(); code != exitStopped || told == nil || len(runs) < 50 || string(told[1]) != strconv.Itoa(len(runs)) {
		t.Errorf("exit %d with %d runs: %s", code, len(runs), rest)
	}
}

// Nobody writes to the pipe: whoever reads a file refuses it and does not wait.
func TestNobodyWaitsForPipes(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := syscall.Mkfifo("p", 0o600); err != nil {
		t.Skip("no pipes here:", err)
	}
	for _, args := range [][]string{{"compare", "-f", "p", "--out", "e"}, {"eval", "p"}, {"export", "p", "--genotype"}, {"table", "card", "p"}, {"table", "build", "--from", "p", "--out", "e"},
		{"query", "1", "--benchmark", "table:p"}, {"query", "1", "--benchmark", "fitted:p"}, {"export", "p", "--onnx", "p"}, {"table", "card", "p", "--out", "p"}} {
		var errw bytes.Buffer
		ended := make(chan int)
		go func() { ended <- run(args, strings.NewReader(""), io.Discard, &errw) }()
		select {
		case code := <-ended:
			if code != exitError || !strings.HasPrefix(errw.String(), "amoeba: p: is a pipe, not a file") || strings.Count(errw.String(), "\n") != 1 {
				t.Errorf("%q: exit %d, %s", args, code, errw.String())
			}
		case <-time.After(time.Minute):
			t.Fatalf("%q waits", args)
		}
	}
	if _, err := os.Stat("e"); err == nil {
		t.Error("a folder was made")
	}
}

// What a shell hands over as /dev/stdin or by <(…) is read.
func TestSpecFromAPipe(t *testing.T) {
	cmd := amoeba(t, t.TempDir(), "compare", "-f", "/dev/stdin", "--out", "e", "--quiet")
	cmd.Stdin = struct{ io.Reader }{strings.NewReader("benchmark: bits,length=8\nalgos: [random]\nseeds: 1\ntrials: 5\n")} // no file, so a pipe
	if text, err := cmd.CombinedOutput(); err != nil || len(text) > 0 {
		t.Errorf("%v: %s", err, text)
	}
}
