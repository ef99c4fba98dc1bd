//go:build unix

package main

import (
	"bufio"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

// killedWriting starts a command and kills it as soon as it writes a file below a folder.
func killedWriting(t *testing.T, cmd *exec.Cmd, pattern string) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	for {
		if writing, _ := filepath.Glob(pattern); len(writing) > 0 {
			break
		}
		select {
		case <-ended:
			t.Fatalf("%q ended before it was seen to write %s", cmd.Args, pattern)
		default:
		}
	}
	_ = cmd.Process.Kill() // SIGKILL
	<-ended
	if left, _ := filepath.Glob(pattern); len(left) == 0 {
		t.Fatalf("%q had written its file before it was killed", cmd.Args)
	}
}

func ranWell(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v: %s", cmd.Args, err, text)
	}
}

func litter(t *testing.T, dir string) (left []string) {
	t.Helper()
	for path := range tree(t, dir) {
		if strings.HasPrefix(filepath.Base(path), ".amoeba-") {
			left = append(left, path)
		}
	}
	return left
}

// An experiment that was killed while it wrote leaves nothing behind once it has been gone on with, and is the
// one that was never killed.
func TestKilledCompare(t *testing.T) {
	if testing.Short() {
		t.Skip("runs an experiment three times")
	}
	dir := t.TempDir()
	args := []string{"compare", "--benchmark", "bits,length=64", "--algo", "random", "--seeds", "8", "--trials", "20000", "--procs", "1", "--record", "all", "--quiet", "--out"}
	ranWell(t, amoeba(t, dir, append(args, "whole")...))
	killedWriting(t, amoeba(t, dir, append(args, "killed")...), filepath.Join(dir, "killed", ".amoeba-trials-*.tmp"))
	ranWell(t, amoeba(t, dir, "resume", "killed", "--quiet"))
	if d := diffDirs(filepath.Join(dir, "whole"), filepath.Join(dir, "killed")); d != "" {
		t.Errorf("resumed: %s", d)
	}
}

// So does a training.
func TestKilledTrain(t *testing.T) {
	if testing.Short() {
		t.Skip("trains a network for seconds")
	}
	dir := t.TempDir()
	args := []string{"train", "301003", "-F", "16", "--epochs", "200", "--quiet", "--out", "t"} // checkpoints of a megabyte
	killedWriting(t, amoeba(t, dir, args...), filepath.Join(dir, "t", "seed-1", ".amoeba-*.tmp"))
	// What a writing into the folder itself left, such as that of its result.
	put(t, filepath.Join(dir, "t", ".amoeba-result.json.1.tmp"), "{")
	cmd := amoeba(t, dir, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	gone := func() bool {
		for _, path := range litter(t, dir) {
			if strings.Contains(path, "result.json.1.tmp") {
				return false
			}
		}
		return true
	}
	for deadline := time.Now().Add(30 * time.Second); !gone(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("what was left is still there")
		}
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if left := litter(t, dir); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}

// So does an import.
func TestKilledImport(t *testing.T) {
	if testing.Short() {
		t.Skip("imports a data set twice")
	}
	shared.Need(t, filepath.Join(shared.Dir, "data", "mnist"))
	from := filepath.Join(shared.Dir, "data")
	dir := t.TempDir()
	args := []string{"data", "import", "mnist", "--from", from}
	killedWriting(t, amoeba(t, dir, args...), filepath.Join(dir, "none", "images", ".amoeba-*.tmp"))
	// Whatever is imported next, and though it fails.
	other := amoeba(t, dir, "data", "import", "fashion-mnist", "--from", dir)
	if text, _ := other.CombinedOutput(); other.ProcessState.ExitCode() != exitError {
		t.Fatalf("%s", text)
	}
	if left := litter(t, dir); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
	ranWell(t, amoeba(t, dir, args...))
	ranWell(t, amoeba(t, dir, "data", "verify"))
}

// An import or a fetch waits for the one that is at work, says so in a line, and ends when it is told to; who
// reads does not wait.
func TestHomeIsLocked(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, "none")
	if err := os.MkdirAll(filepath.Join(home, "images"), 0o755); err != nil {
		t.Fatal(err)
	}
	nobody := httptest.NewServer(nil)
	nobody.Close()
	fails := map[string]string{ // what each says when it comes to work
		"data import mnist --from .": "amoeba: no mnist/train-images-idx3-ubyte.gz: ",
		"data fetch macro":           "amoeba: fetch " + nobody.URL,
	}
	for command, says := range fails {
		for _, stopped := range []bool{true, false} {
			unlock, err := durable.Lock(home)
			if err != nil {
				t.Fatal(err)
			}
			left := filepath.Join(home, "images", ".amoeba-mnist.set.1.tmp")
			put(t, left, "half")
			cmd := amoeba(t, dir, strings.Fields(command)...)
			cmd.Env = append(cmd.Env, "AMOEBA_MIRROR="+nobody.URL)
			pipe, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			errs := bufio.NewReader(pipe)
			if line, err := errs.ReadString('\n'); line != "another amoeba imports or fetches into "+home+": waiting until it ends\n" {
				t.Fatalf("%s: %q, %v", command, line, err)
			}
			for _, reads := range []string{"data list", "query 301003", "list"} {
				ranWell(t, amoeba(t, dir, strings.Fields(reads)...))
			}
			code, want := exitError, says
			if stopped {
				if code, want = exitStopped, "amoeba: stopped\n"; cmd.Process.Signal(syscall.SIGINT) != nil {
					t.Fatal("it ended")
				}
			} else {
				unlock()
				if command == "data fetch macro" { // which tries again for a while
					for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
						if _, err := os.Stat(left); err != nil { // it is at work
							break
						}
					}
					_ = cmd.Process.Signal(syscall.SIGINT)
					code, want = exitStopped, "amoeba: stopped\n"
				}
			}
			rest, _ := io.ReadAll(errs)
			_ = cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != code || !strings.HasPrefix(string(rest), want) || strings.Count(string(rest), "\n") != 1 {
				t.Errorf("%s, stopped %v: exit %d, %s", command, stopped, got, rest)
			}
			if _, err := os.Stat(left); stopped == (err != nil) {
				t.Errorf("%s, stopped %v: what was left: %v", command, stopped, err)
			}
			unlock()
		}
	}
}
