package fetch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// content is the published file of the tests: some chunks and a bit.
var content = func() []byte {
	b := make([]byte, 3*chunk+17)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}()

const half = chunk + 5

func sumOf(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// server answers each request with the next of its handlers, the last one for ever, and
// remembers the Range headers.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	ranges []string
}

func serve(t *testing.T, answers ...http.HandlerFunc) *server {
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		answer := answers[min(len(s.ranges), len(answers)-1)]
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		s.mu.Unlock()
		if r.UserAgent() != "amoeba" || r.Header.Get("Accept-Encoding") != "identity" {
			t.Errorf("asked with the headers %v", r.Header)
		}
		answer(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// asked asserts the Range headers of all requests.
func (s *server) asked(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.ranges, want) {
		t.Errorf("the server saw the ranges %q, want %q", s.ranges, want)
	}
}

// pinned is the file as published by s, going to an empty folder.
func pinned(t *testing.T, s *server) File {
	return File{URL: s.URL + "/f", Path: filepath.Join(t.TempDir(), "a", "b", "f"), Size: int64(len(content)), SHA256: sumOf(content)}
}

// leave puts a part where an earlier call would have.
func leave(t *testing.T, f File, b []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(f.Path), 0o755), os.WriteFile(f.Path+".part", b, 0o644)); err != nil {
		t.Fatal(err)
	}
}

// client tries again at once.
func client(retries int) *Client {
	return &Client{Retries: retries, Stall: time.Minute, Backoff: func(int) time.Duration { return 0 }}
}

// assertFetched asserts that the file is there and its part is not.
func assertFetched(t *testing.T, f File, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(f.Path); err != nil || !bytes.Equal(got, content) {
		t.Errorf("fetched %d bytes, %v, want the %d published", len(got), err, len(content))
	}
	assertPart(t, f, -1)
}

// assertPart asserts how many bytes the part keeps, -1 for no part.
func assertPart(t *testing.T, f File, want int64) {
	t.Helper()
	got := int64(-1)
	if info, err := os.Stat(f.Path + ".part"); err == nil {
		got = info.Size()
	}
	if got != want {
		t.Errorf("the part has %d bytes, want %d (-1: no part)", got, want)
	}
}

// assertError asserts a one-line error with the URL and these words.
func assertError(t *testing.T, f File, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, w := range append(words, "fetch "+f.URL+": ") {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q, want %q in it", err, w)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q is not one line", err)
	}
}

// good serves ranges as it should.
func good(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "f", time.Time{}, bytes.NewReader(content))
}

// noRanges always sends the whole file.
func noRanges(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	w.Write(content)
}

// say answers a status.
func say(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// chunked sends bytes without saying how many will come.
func chunked(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		w.Write(b)
	}
}

func TestGet(t *testing.T) {
	s := serve(t, good)
	f := pinned(t, s)
	c := client(0)
	assertFetched(t, f, c.Get(t.Context(), f))
	// It is there: with any case of its hash, and with less known of it.
	f.SHA256 = strings.ToUpper(f.SHA256)
	assertFetched(t, f, c.Get(t.Context(), f))
	assertFetched(t, f, c.Get(t.Context(), File{URL: f.URL, Path: f.Path, SHA256: f.SHA256}))
	assertFetched(t, f, c.Get(t.Context(), File{URL: f.URL, Path: f.Path}))
	s.asked(t, "")
	// What stands there with another length or content is replaced.
	for _, b := range [][]byte{content[:half], bytes.Repeat([]byte{'x'}, len(content))} {
		if err := os.WriteFile(f.Path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		assertFetched(t, f, c.Get(t.Context(), f))
	}
	s.asked(t, "", "", "")
}

func TestLessIsKnown(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{"length told": good, "length not told": chunked(content)} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, answer)
			f := pinned(t, s)
			f.Size, f.SHA256 = 0, ""
			leave(t, f, []byte("of another file, since no hash could tell"))
			var last [2]int64
			c := client(0)
			c.Progress = func(done, total int64) { last = [2]int64{done, total} }
			assertFetched(t, f, c.Get(t.Context(), f))
			s.asked(t, "")
			if n := int64(len(content)); last != [2]int64{n, n} {
				t.Errorf("progress ended at %v", last)
			}
		})
	}
}

func TestProgress(t *testing.T) {
	cut := func(w http.ResponseWriter, r *http.Request) {
		chunked(content[:half])(w, r)
		panic(http.ErrAbortHandler)
	}
	// The second answer starts over, which progress must not show.
	s := serve(t, cut, noRanges)
	f := pinned(t, s)
	c := client(1)
	var seen []int64
	c.Progress = func(done, total int64) {
		if total != f.Size {
			t.Errorf("progress of %d bytes in all, want %d", total, f.Size)
		}
		seen = append(seen, done)
	}
	assertFetched(t, f, c.Get(t.Context(), f))
	if !slices.IsSorted(seen) || seen[0] != 0 || seen[len(seen)-1] != f.Size {
		t.Errorf("progress went %v, want it to rise from 0 to %d", seen, f.Size)
	}
	if again := slices.Compact(slices.Clone(seen)); len(again) != len(seen) {
		t.Errorf("progress said the same twice: %v", seen)
	}
}

func TestBadFile(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []File{
		{URL: "ftp://example.org/f", Path: dir + "/f"},
		{URL: "/f", Path: dir + "/f"},
		{URL: "http:///f", Path: dir + "/f"},
		{URL: "http://a\n/", Path: dir + "/f"},
		{URL: "http://example.org/f"},
		{URL: "http://example.org/f", Path: dir + "/f", Size: -1},
		{URL: "http://example.org/f", Path: dir + "/f", SHA256: "abc"},
		{URL: "http://example.org/f", Path: dir + "/f", SHA256: strings.Repeat("g", 64)},
		{URL: "http://example.org/f", Path: dir},
	} {
		if err := client(0).Get(t.Context(), f); !errors.Is(err, evolve.ErrInvalid) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: got %v, want one line that wraps ErrInvalid", f, err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v are left", entries, err)
	}
}
