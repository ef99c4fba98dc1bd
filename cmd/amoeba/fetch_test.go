package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

// mirror serves the published files as RawHost does and remembers what it was asked for.
type mirror struct {
	*httptest.Server
	first func(w http.ResponseWriter, r *http.Request, n int) bool // answers the n-th request, or leaves it

	mu    sync.Mutex
	n     int
	asked []string // PATH, and its range
}

func newMirror(t *testing.T, first func(w http.ResponseWriter, r *http.Request, n int) bool) *mirror {
	m := &mirror{first: first}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	return m
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.asked = append(m.asked, strings.TrimSpace(r.URL.Path+" "+r.Header.Get("Range")))
	m.n++
	n := m.n
	m.mu.Unlock()
	if m.first != nil && m.first(w, r, n) {
		return
	}
	part := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 4) // OWNER/NAME/COMMIT/PATH
	http.ServeFile(w, r, filepath.Join(raw, part[0]+"+"+part[1], filepath.FromSlash(part[3])))
}

// since is what was asked for since the last call.
func (m *mirror) since() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	asked := m.asked
	m.asked = nil
	return asked
}

// fetching is amoeba data fetch, from the mirror into a folder.
func (m *mirror) fetching(t *testing.T, dir string, names ...string) *exec.Cmd {
	t.Helper()
	cmd := amoeba(t, dir, append([]string{"data", "fetch"}, names...)...)
	cmd.Env = append(cmd.Env, "AMOEBA_MIRROR="+m.URL+"/")
	return cmd
}

// ran is how a process ended.
type ran struct {
	out, err string
	code     int
}

func (m *mirror) fetch(t *testing.T, dir string, names ...string) ran {
	t.Helper()
	cmd := m.fetching(t, dir, names...)
	var out, errw bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errw
	_ = cmd.Run() // the code says it
	return ran{out.String(), errw.String(), cmd.ProcessState.ExitCode()}
}

// table is the imported file, nil when there is none.
func table(dir, name string) []byte {
	b, _ := os.ReadFile(filepath.Join(dir, "none", name+".tbl"))
	return b
}

// The only file of macro, as a mirror is asked for it.
const macroFile = "/xiusu/NAS-Bench-Macro/61a2bfc2ca0dce04d0997e6cf498047c27d6acf2/data/nas-bench-macro_cifar10.json"

func TestFetch(t *testing.T) {
	shared.Need(t, raw)
	t.Parallel()
	dir, m := t.TempDir(), newMirror(t, nil)
	r := m.fetch(t, dir, "macro")
	want := "macro 1 of 1: " + data.RawHost + macroFile + " (1.2 MB, licence: Apache-2.0)\nmacro: 6561 networks, "
	if r.code != 0 || r.err != "" || !strings.HasPrefix(r.out, want) {
		t.Fatalf("exit %d, %s%s; want %s…", r.code, r.out, r.err, want)
	}
	if asked := m.since(); !slices.Equal(asked, []string{macroFile}) {
		t.Errorf("asked for %q", asked)
	}
	fetched := table(dir, "macro")

	// The source is kept, so that nothing is fetched again, and the table is what an import makes.
	if r := m.fetch(t, dir, "macro"); r.code != 0 || len(m.since()) != 0 || !bytes.Equal(table(dir, "macro"), fetched) {
		t.Errorf("again: exit %d, %s%s", r.code, r.out, r.err)
	}
	from, err := filepath.Abs(raw)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := amoeba(t, dir, "data", "import", "macro", "--from", from).CombinedOutput(); err != nil || !bytes.Equal(table(dir, "macro"), fetched) || fetched == nil {
		t.Errorf("import: %v, %s", err, text)
	}

	// A kept source that was altered is fetched anew.
	kept := filepath.Join(dir, "none", "sources", "xiusu+NAS-Bench-Macro", "data", "nas-bench-macro_cifar10.json")
	if err := os.WriteFile(kept, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := m.fetch(t, dir, "macro"); r.code != 0 || !slices.Equal(m.since(), []string{macroFile}) {
		t.Errorf("altered: exit %d, %s%s", r.code, r.out, r.err)
	}
}

// A server that gives another file, or none, brings one line and no table.
func TestFetchRefuses(t *testing.T) {
	status := func(code int) func(http.ResponseWriter, *http.Request, int) bool {
		return func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			http.Error(w, "no", code)
			return true
		}
	}
	body := func(n int) func(http.ResponseWriter, *http.Request, int) bool {
		return func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			_, _ = w.Write(make([]byte, n)) // whoever has enough hangs up
			return true
		}
	}
	const size = 1178821 // of the published file, in bytes
	for _, c := range []struct {
		name, want string
		answer     func(http.ResponseWriter, *http.Request, int) bool
		asked      int
		slow       bool
	}{
		{"not found", "404 Not Found", status(404), 1, false},
		{"forbidden", "403 Forbidden", status(403), 1, false},
		{"of the same size", "SHA-256 ", body(size), 2, false},
		{"short", "the server offers 12 bytes, the pinned file has 1178821", body(12), 2, false},
		{"long", "more than the 1178821 bytes of the pinned file", body(size + 1), 2, false},
		{"broken", "(6 attempts)", status(500), 6, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.slow && testing.Short() {
				t.Skip("waits 15 s between its attempts")
			}
			t.Parallel()
			dir, m := t.TempDir(), newMirror(t, c.answer)
			r := m.fetch(t, dir, "macro")
			if r.code != exitError || !strings.HasPrefix(r.err, "amoeba: fetch "+m.URL+macroFile+": ") || !strings.Contains(r.err, c.want) || strings.Count(r.err, "\n") != 1 {
				t.Errorf("exit %d, %s; want one line with %s", r.code, r.err, c.want)
			}
			if asked := m.since(); len(asked) != c.asked {
				t.Errorf("asked %d times, want %d", len(asked), c.asked)
			}
			left := 0
			_ = filepath.WalkDir(filepath.Join(dir, "none"), func(_ string, d os.DirEntry, err error) error {
				if err == nil && !d.IsDir() && !strings.HasSuffix(d.Name(), ".lock") {
					left++
				}
				return nil
			})
			if left > 0 {
				t.Errorf("%d files are left", left)
			}
		})
	}
}

// What passes is tried again.
func TestFetchRetries(t *testing.T) {
	shared.Need(t, raw)
	t.Parallel()
	dir, m := t.TempDir(), newMirror(t, func(w http.ResponseWriter, _ *http.Request, n int) bool {
		if n == 1 {
			http.Error(w, "busy", http.StatusServiceUnavailable)
		}
		return n == 1
	})
	if r := m.fetch(t, dir, "macro"); r.code != 0 || r.err != "" || len(m.since()) != 2 || table(dir, "macro") == nil {
		t.Errorf("exit %d, %s%s", r.code, r.out, r.err)
	}
}

// What has no plain file is told where it is, and the others are fetched.
func TestFetchUnfetchable(t *testing.T) {
	shared.Need(t, raw)
	t.Parallel()
	dir, m := t.TempDir(), newMirror(t, nil)
	r := m.fetch(t, dir, "graph")
	for _, want := range []string{
		"  repository THUMNLab/NAS-Bench-Graph at commit be42534b56f6aaab2c3d6145b10eda9cbde10193: nas-bench-graph/light/cora.bench (licence: Apache-2.0)\n",
		"DIR/nasbench-graph/cora.csv.gz, SHA-256 ",
		"\n  then: amoeba data import graph --from DIR\n",
	} {
		if !strings.Contains(r.out, want) {
			t.Errorf("told %s, want %s", r.out, want)
		}
	}
	if r.code != exitError || r.err != "amoeba: graph cannot be fetched by plain HTTP\n" || len(m.since()) != 0 {
		t.Errorf("exit %d, %s", r.code, r.err)
	}
	r = m.fetch(t, dir, "graph", "macro")
	if r.code != exitError || r.err != "amoeba: graph cannot be fetched by plain HTTP\n" || table(dir, "macro") == nil {
		t.Errorf("with macro: exit %d, %s%s", r.code, r.out, r.err)
	}
}

func TestFetchAll(t *testing.T) {
	shared.Need(t, raw)
	if testing.Short() {
		t.Skip("counts and hashes the 423,624 cells of nb101")
	}
	t.Parallel()
	dir, m := t.TempDir(), newMirror(t, nil)
	r := m.fetch(t, dir, "all")
	if r.code != 0 || r.err != "" {
		t.Fatalf("exit %d, %s%s", r.code, r.out, r.err)
	}
	for _, table := range data.Tables() {
		s := fmt.Sprintf("then: amoeba data import %s --from DIR\n", table.Name)
		_, err := os.Stat(filepath.Join(dir, "none", table.Name+".tbl"))
		if fetched := err == nil; fetched != table.Fetchable() || strings.Contains(r.out, s) == fetched {
			t.Errorf("%s: imported %v", table.Name, fetched)
		}
	}
}

// An interrupted fetch goes on where it stopped.
func TestFetchResumes(t *testing.T) {
	shared.Need(t, raw)
	t.Parallel()
	whole, err := os.ReadFile(filepath.Join(raw, "xiusu+NAS-Bench-Macro", "data", "nas-bench-macro_cifar10.json"))
	if err != nil {
		t.Fatal(err)
	}
	dir, m := t.TempDir(), newMirror(t, func(w http.ResponseWriter, r *http.Request, n int) bool {
		if n == 1 {
			w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
			_, _ = w.Write(whole[:len(whole)/2])
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done() // until it hangs up
		}
		return n == 1
	})
	cmd := m.fetching(t, dir, "macro")
	var errw bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &errw
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(dir, "none", "sources", "xiusu+NAS-Bench-Macro", "data", "nas-bench-macro_cifar10.json.part")
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if info, err := os.Stat(part); err == nil && info.Size() > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the fetch does not begin")
		}
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the code says it
	if code := cmd.ProcessState.ExitCode(); code != exitStopped || errw.String() != "amoeba: stopped\n" || table(dir, "macro") != nil {
		t.Fatalf("exit %d, %s", code, errw.String())
	}
	info, err := os.Stat(part)
	if err != nil {
		t.Fatal(err)
	}
	m.since()
	r := m.fetch(t, dir, "macro")
	if want := []string{fmt.Sprintf("%s bytes=%d-", macroFile, info.Size())}; r.code != 0 || !slices.Equal(m.since(), want) || table(dir, "macro") == nil {
		t.Errorf("again: exit %d, %s%s; want %s asked for", r.code, r.out, r.err, want)
	}
}
