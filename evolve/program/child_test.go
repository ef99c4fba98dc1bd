//go:build unix

package program

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
)

// shell is a command that runs a script.
func shell(t *testing.T, script string) *Command {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell")
	}
	c, err := Find("sh -c '" + strings.ReplaceAll(script, "'", `'\''`) + "'")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("plain", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("mine", []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	for line, want := range map[string]string{
		"no_such_program -x": "no program of this name", "./nothing": "no such file", "./plain a": "permission denied",
		"  ": "of blanks", "mine 'a": "single quote at byte 5",
	} {
		if c, err := Find(line); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %s", line, c, err, want)
		}
	}
	for _, line := range []string{"mine a b", "./mine", "'./mine' \"a b\""} {
		if c, err := Find(line); err != nil || !strings.HasSuffix(c.Name(), "mine") {
			t.Errorf("%s: %v", line, err)
		}
	}
	t.Setenv("PATH", ".")
	if _, err := Find("mine"); err == nil || !strings.Contains(err.Error(), "want ./mine") {
		t.Errorf("a program of this folder by PATH: %v", err)
	}
}

func TestRun(t *testing.T) {
	for name, c := range map[string]struct{ script, line, errs, err string }{
		"plain":    {`read x; echo noise; echo "got $x"; echo; echo why >&2`, "got in", "why", ""},
		"status":   {`echo one; echo bad >&2; exit 3`, "one", "bad", "ended with status 3"},
		"signal":   {`kill -9 $$`, "", "", "was ended by signal: killed"},
		"deaf":     {`echo deaf`, "deaf", "", ""},
		"variable": {`echo "$AMOEBA_X"`, "y z", "", ""},
		"flood":    {`i=0; while [ $i -lt 40 ]; do printf "%5000d" 7; i=$((i+1)); done; echo; echo end`, "end", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			out, errs, err := shell(t, c.script).Run(context.Background(), []string{"AMOEBA_X=y z"}, []byte("in\n"))
			line, whole := out.LastLine()
			if line != c.line || !whole || errs.Shown() != c.errs || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
				t.Errorf("line %q, %t, errors %q, %v", line, whole, errs.Shown(), err)
			}
		})
	}
	// More input than a pipe holds is no reason to wait for a program that reads none.
	if _, _, err := shell(t, "exit 0").Run(context.Background(), nil, make([]byte, 1<<20)); err != nil {
		t.Error(err)
	}
}

// alive says whether a process whose number is in a file is still there.
func alive(t *testing.T, path string) bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for range 200 { // who killed it does not wait for it
		if err := syscall.Kill(pid, 0); err != nil || zombie(pid) {
			return false
		}
		time.Sleep(10 * time.Millisecond)
	}
	return true
}

// zombie says whether a process has ended and whoever should wait for it has not.
func zombie(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(text), ") Z ")
}

// Of a program that ends, is asked to end, does not listen or leaves others behind, nothing of its group is left; and
// others that hold its pipes make nobody wait.
func TestNothingIsLeft(t *testing.T) {
	defer func(was time.Duration) { grace = was }(grace)
	grace = 100 * time.Millisecond
	for name, c := range map[string]struct {
		script string
		stop   bool
	}{
		"ends":           {`sleep 300 & echo $! >pid`, false},
		"fails":          {`sleep 300 & echo $! >pid; exit 1`, false},
		"listens":        {`trap 'exit 0' TERM; sleep 300 & echo $! >pid; wait`, true},
		"does not":       {`trap '' TERM; sleep 300 & echo $! >pid; while :; do sleep 1; done`, true},
		"stubborn child": {`(trap '' TERM; exec sleep 300) & echo $! >pid; wait`, true},
		"stopped":        {`sleep 300 & echo $! >pid; kill -STOP $$; wait`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			begin := time.Now()
			if c.stop {
				go func() {
					for ctx.Err() == nil {
						if text, _ := os.ReadFile("pid"); len(text) > 0 {
							time.Sleep(20 * time.Millisecond)
							cancel()
						}
						time.Sleep(5 * time.Millisecond)
					}
				}()
			}
			_, _, err := shell(t, c.script).Run(ctx, nil, nil)
			if c.stop != errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
			if alive(t, "pid") {
				t.Error("a process of its group is left")
			}
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// A process that left the group and holds the pipes is not waited for.
func TestOthersHoldThePipes(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("no setsid")
	}
	t.Chdir(t.TempDir())
	begin := time.Now()
	out, _, err := shell(t, `setsid sh -c 'echo $$ >pid; exec sleep 300' & while [ ! -s pid ]; do sleep 0.01; done; echo done`).
		Run(context.Background(), nil, nil)
	if line, _ := out.LastLine(); line != "done" || err != nil || time.Since(begin) > 10*time.Second {
		t.Errorf("%q, %v after %v", line, err, time.Since(begin))
	}
	text, _ := os.ReadFile("pid")
	if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// TestLeader is a process that starts a child and waits; its own test kills it.
func TestLeader(t *testing.T) {
	if os.Getenv("AMOEBA_LEADER") == "" {
		t.Skip("run by TestDeathOfParent")
	}
	_, _, _ = shell(t, `echo $$ >pid; exec sleep 300`).Run(context.Background(), nil, nil)
}

// A killed process takes its child with it.
func TestDeathOfParent(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("of Linux alone")
	}
	dir := t.TempDir()
	leader := exec.Command(os.Args[0], "-test.run", "^TestLeader$")
	leader.Dir, leader.Env = dir, append(os.Environ(), "AMOEBA_LEADER=1")
	if err := leader.Start(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "pid")
	for range 1000 {
		if text, _ := os.ReadFile(path); len(text) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	_ = leader.Process.Kill()
	_ = leader.Wait() // it was killed
	if alive(t, path) {
		t.Error("the child is left")
	}
}

func TestTail(t *testing.T) {
	var tail Tail
	for i := range 30_000 {
		if n, err := tail.Write([]byte("line " + strconv.Itoa(i) + "\n")); err != nil || n < 7 {
			t.Fatal(n, err)
		}
	}
	text, before := tail.Text()
	if len(text) != Kept || int64(len(text))+before != 318_890 || cap(tail.text) > 3*Kept || !strings.HasSuffix(string(text), "line 29998\nline 29999\n") {
		t.Errorf("%d bytes after %d, ends %q", len(text), before, text[len(text)-20:])
	}
	if line, whole := tail.LastLine(); line != "line 29999" || !whole {
		t.Errorf("%q, %t", line, whole)
	}
	if got := tail.Shown(); got != "…line 29997 / line 29998 / line 29999" {
		t.Errorf("%q", got)
	}
	for _, size := range []int{Kept + 1, 3 * Kept} {
		long := new(Tail)
		_, _ = long.Write([]byte(strings.Repeat("x", size)))
		if line, whole := long.LastLine(); len(line) != Kept || whole {
			t.Errorf("a line of %d bytes: %d are kept, whole %t", size, len(line), whole)
		}
	}
}
