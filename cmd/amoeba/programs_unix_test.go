//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pretender is a program whose trials take a while, and the fifth for ever where it is told to hang. It writes a line a
// start and the number of a child of its own.
const pretender = `read trial
id=${trial#*:}
id=${id%%,*}
echo $id >>started
echo $$ >>pids
if [ -e hang ] && [ $id = 5 ]; then
  sleep 300 &
  echo $! >>pids
  wait
fi
sleep 0.05
echo '{"loss":0.'$id',"cost":1}'
`

// programRun is an experiment on the pretender, in a folder of its own.
func programRun(t *testing.T) (dir string, args []string) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell")
	}
	dir = t.TempDir()
	put(t, filepath.Join(dir, "p.sh"), pretender)
	return dir, []string{"search", "--benchmark", "command:sh p.sh,space=nb201", "--algo", "random", "--trials", "12", "--workers", "2", "--quiet", "--out", "o"}
}

// untilFifth waits until the fifth trial hangs.
func untilFifth(t *testing.T, dir string) {
	t.Helper()
	for range 2000 {
		pids, _ := os.ReadFile(filepath.Join(dir, "pids"))
		started, _ := os.ReadFile(filepath.Join(dir, "started"))
		if bytes.Count(pids, []byte("\n")) > bytes.Count(started, []byte("\n")) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the fifth trial does not begin")
}

// leftOf are the processes of a file of numbers that are still there a while later.
func leftOf(t *testing.T, path string) (left []string) {
	t.Helper()
	for range 100 {
		left = nil
		for pid := range strings.FieldsSeq(read(t, path)) {
			n, err := strconv.Atoi(pid)
			if err != nil {
				t.Fatal(err)
			}
			state, _ := os.ReadFile("/proc/" + pid + "/stat")
			if syscall.Kill(n, 0) == nil && !bytes.Contains(state, []byte(") Z ")) {
				left = append(left, pid)
			}
		}
		if left == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return left
}

// wasWhole holds that an experiment of twelve trials is as if it had never been stopped, and that each trial that had
// ended before was run once: when the fifth of two at a time begins, the third has.
func wasWhole(t *testing.T, dir string) {
	t.Helper()
	for i, line := range strings.Split(strings.TrimSpace(read(t, filepath.Join(dir, "o/runs/00-random-000000/trials.jsonl"))), "\n") {
		var row struct {
			Trial      int
			Loss, Cost float64
		}
		want, _ := strconv.ParseFloat(fmt.Sprintf("0.%d", i+1), 64)
		if err := json.Unmarshal([]byte(line), &row); err != nil || row.Trial != i+1 || row.Loss != want || row.Cost != 1 {
			t.Errorf("trial %d: %s", i+1, line)
		}
		times := 0
		for id := range strings.FieldsSeq(read(t, filepath.Join(dir, "started"))) {
			if id == strconv.Itoa(row.Trial) {
				times++
			}
		}
		if most := map[bool]int{true: 2, false: 1}[row.Trial >= 4 && row.Trial <= 6]; times < 1 || times > most {
			t.Errorf("trial %d was run %d times", row.Trial, times)
		}
	}
}

// Ctrl-C in the middle of a trial of a program ends the program and its children, and loses none of the trials before.
func TestProgramStops(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		dir, args := programRun(t)
		put(t, filepath.Join(dir, "hang"), "")
		cmd := amoeba(t, dir, args...)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		untilFifth(t, dir)
		begin := time.Now()
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // the code says it
		if code := cmd.ProcessState.ExitCode(); code != exitStopped || errs.String() != "amoeba: stopped with 0 of 1 runs done; go on with: amoeba resume o\n" || time.Since(begin) > 9*time.Second {
			t.Errorf("%v: exit %d after %v: %s", signal, code, time.Since(begin), errs.String())
		}
		if left := leftOf(t, filepath.Join(dir, "pids")); left != nil {
			t.Errorf("%v: left %v", signal, left)
		}
		if err := os.Remove(filepath.Join(dir, "hang")); err != nil {
			t.Fatal(err)
		}
		if text, err := amoeba(t, dir, "resume", "o", "--quiet").CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, text)
		}
		wasWhole(t, dir)
	}
}

// Killed in the middle of a trial of a program, an experiment goes on where its journal ends. What the program itself
// started outlives it, which no process can prevent.
func TestProgramKilled(t *testing.T) {
	dir, args := programRun(t)
	put(t, filepath.Join(dir, "hang"), "")
	cmd := amoeba(t, dir, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	untilFifth(t, dir)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	left := leftOf(t, filepath.Join(dir, "pids"))
	if _, err := os.Stat("/proc/self/stat"); err == nil && len(left) != 1 { // the fifth's child alone; of Linux
		t.Errorf("left %v", left)
	}
	for _, pid := range left {
		n, _ := strconv.Atoi(pid)
		_ = syscall.Kill(n, syscall.SIGKILL)
	}
	if err := os.Remove(filepath.Join(dir, "hang")); err != nil {
		t.Fatal(err)
	}
	if text, err := amoeba(t, dir, "resume", "o", "--quiet").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, text)
	}
	wasWhole(t, dir)
}
