//go:build unix

package durable

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// holder, in the environment, has this binary write the file of that name halfway, or with a slash at the end
// lock the folder, and stay there until it is killed.
const holder = "AMOEBA_TEST_HOLDER"

func TestMain(m *testing.M) {
	path := os.Getenv(holder)
	if path == "" {
		os.Exit(m.Run())
	}
	if dir, is := strings.CutSuffix(path, "/"); is {
		if _, err := Lock(dir); err != nil {
			panic(err)
		}
		fmt.Println("held")
		select {}
	}
	panic(WriteFile(path, func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 1<<17)); err != nil {
			return err
		}
		fmt.Println("held")
		select {}
	}))
}

// holding starts a process that holds a path, and kill ends it as a power failure would.
func holding(t *testing.T, path string) (kill func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), holder+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the process says %q, %v", line, err)
	}
	return kill
}

func temporaries(t *testing.T, dir string) (names []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, prefix+"*"+suffix))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// A process that is killed while it writes leaves its temporary file, which the next one to write into
// the folder removes; that of a living process stays.
func TestKilledWhileWriting(t *testing.T) {
	dir := t.TempDir()
	kill := holding(t, filepath.Join(dir, "killed"))
	holding(t, filepath.Join(dir, "alive"))
	if n := temporaries(t, dir); len(n) != 2 {
		t.Fatalf("%v are being written, want two files", n)
	}
	if err := RemoveLeft(dir); err != nil {
		t.Fatal(err)
	}
	if n := temporaries(t, dir); len(n) != 2 {
		t.Errorf("%v are there, want those of two living processes", n)
	}
	kill()
	if err := WriteBytes(filepath.Join(dir, "f"), nil); err != nil {
		t.Fatal(err)
	}
	if n := temporaries(t, dir); len(n) != 1 || !strings.Contains(n[0], "alive") {
		t.Errorf("%v are there, want that of the living process", n)
	}
	if _, err := os.Stat(filepath.Join(dir, "killed")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file that was not finished: %v", err)
	}
}

// Many write into a folder while others look through it: nobody loses a file.
func TestLookingWhileWriting(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	looked := make(chan error)
	for range 2 {
		go func() {
			var err error
			for ctx.Err() == nil && err == nil {
				err = RemoveLeft(dir)
			}
			looked <- err
		}()
	}
	for n := 0; ctx.Err() == nil; n++ {
		if err := WriteBytes(filepath.Join(dir, fmt.Sprint("f", n%3)), []byte("text")); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := <-looked; err != nil {
			t.Error(err)
		}
	}
	if n := temporaries(t, dir); len(n) != 0 {
		t.Errorf("%v are left", n)
	}
}

// A folder is waited for, said once, until it is free or the wait ends.
func TestLockWait(t *testing.T) {
	dir := t.TempDir()
	kill := holding(t, dir+"/")
	said := 0
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := LockWait(ctx, dir, func() { said++; time.AfterFunc(3*lookAgain, cancel) }); err != context.Canceled || said != 1 {
		t.Errorf("%v, said %d times", err, said)
	}
	said = 0
	unlock, err := LockWait(t.Context(), dir, func() { said++; time.AfterFunc(lookAgain, kill) })
	if err != nil || said != 1 {
		t.Fatalf("%v, said %d times", err, said)
	}
	if _, err := Lock(dir); err == nil || !strings.Contains(err.Error(), "another amoeba is at work in this folder") {
		t.Errorf("the folder is locked, and locked again with %v", err)
	}
	unlock()
	if unlock, err := LockWait(t.Context(), dir, func() { t.Error("waits for a free folder") }); err != nil {
		t.Error(err)
	} else {
		unlock()
	}
}

// The folder is taken away, and made anew, while it is waited for: the lock on the old one is none.
func TestLockWaitForARemovedFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "home")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	unlock, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := errors.Join(os.Remove(dir), os.Mkdir(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	unlock()
	if err := stillLeads(dir, f); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old folder is the new one: %v", err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := LockWait(t.Context(), dir, func() {}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// A file system without locks is told of once, the work goes on, and nothing that may be another's is removed.
func TestNoLocks(t *testing.T) {
	for _, none := range []syscall.Errno{syscall.ENOLCK, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EBADF} {
		t.Run(none.Error(), func(t *testing.T) {
			var said []string
			was := flock
			flock = func(int, int) error { return none }
			noted.Store(false)
			Note = func(line string) { said = append(said, line) }
			defer func() {
				flock, Note = was, nil
				noted.Store(false)
			}()
			dir := t.TempDir()
			left := filepath.Join(dir, prefix+"f.1"+suffix)
			if err := os.WriteFile(left, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			for _, lock := range []func() (func(), error){
				func() (func(), error) { return Lock(dir) },
				func() (func(), error) { return LockWait(t.Context(), dir, func() { t.Error("waits") }) },
			} {
				unlock, err := lock()
				if err != nil {
					t.Fatal(err)
				}
				unlock()
			}
			for range 2 {
				if err := WriteBytes(filepath.Join(dir, "f"), []byte("new")); err != nil {
					t.Fatal(err)
				}
			}
			if text, err := os.ReadFile(filepath.Join(dir, "f")); err != nil || string(text) != "new" {
				t.Errorf("%q, %v", text, err)
			}
			if n := temporaries(t, dir); len(n) != 1 || n[0] != left {
				t.Errorf("%v are there, want what was left alone", n)
			}
			want := dir + ": the file system has no locks (" + none.Error() + "): "
			if len(said) != 1 || !strings.HasPrefix(said[0], want) || strings.Contains(said[0], "\n") {
				t.Errorf("said %q, want a line that begins with %q", said, want)
			}
		})
	}
}

// A signal that interrupts the wait for a lock is no lack of locks.
func TestLockInterrupted(t *testing.T) {
	was := flock
	defer func() { flock = was }()
	calls := 0
	flock = func(fd, how int) error {
		if calls++; calls < 3 {
			return syscall.EINTR
		}
		return was(fd, how)
	}
	Note = func(line string) { t.Error(line) }
	defer func() { Note = nil }()
	unlock, err := Lock(t.TempDir())
	if err != nil || calls != 3 {
		t.Fatalf("%v after %d calls", err, calls)
	}
	unlock()
}
