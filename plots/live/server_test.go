package live

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Which requests are answered, and how. A host name that could be somebody else's is refused whatever it asks for.
func TestAsking(t *testing.T) {
	f := &fake{at: "a", text: "<p>page"}
	s := &Server{follower: f.follower(), name: "lab.example"}
	for _, c := range []struct {
		method, host, path, body string
		want                     int
	}{
		{"GET", "127.0.0.1:8080", "/", "", 200},
		{"HEAD", "127.0.0.1:8080", "/", "", 200},
		{"GET", "127.0.0.1", "/", "", 200},
		{"GET", "localhost:9999", "/", "", 200}, // through a tunnel
		{"GET", "LocalHost", "/", "", 200},
		{"GET", "[::1]:8080", "/", "", 200},
		{"GET", "[::1]", "/", "", 200},
		{"GET", "192.168.1.7:8080", "/", "", 200},
		{"GET", "lab.example:8080", "/", "", 200},
		{"GET", "evil.example:8080", "/", "", 421},
		{"GET", "localhost.evil.example", "/", "", 421},
		{"GET", "127.0.0.1.evil.example", "/", "", 421},
		{"GET", "", "/", "", 421},
		{"GET", "evil.example", "/events", "", 421},
		{"POST", "localhost", "/", "", 405},
		{"PUT", "localhost", "/", "", 405},
		{"DELETE", "localhost", "/", "", 405},
		{"OPTIONS", "localhost", "/", "", 405},
		{"HEAD", "localhost", "/events", "", 404},
		{"GET", "localhost", "/experiment.yaml", "", 404},
		{"GET", "localhost", "/../experiment.yaml", "", 404},
		{"GET", "localhost", "//", "", 404},
		{"GET", "localhost", "/", "body", 400},
		{"POST", "localhost", "/", "body", 400},
	} {
		r := httptest.NewRequest(c.method, "http://localhost/", strings.NewReader(c.body))
		r.Host, r.URL.Path = c.host, c.path
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s %s of %q with %q: %d, want %d", c.method, c.path, c.host, c.body, w.Code, c.want)
		}
		h := w.Header()
		if policy := h.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") ||
			!strings.Contains(policy, "connect-src 'self'") || !strings.Contains(policy, "frame-ancestors 'none'") ||
			strings.Contains(policy, "unsafe") {
			t.Errorf("%s %s: policy %q", c.method, c.path, policy)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Access-Control-Allow-Origin") != "" ||
			h.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s %s: headers %v", c.method, c.path, h)
		}
		if body := w.Body.String(); (c.want == 200 && c.method == "GET") != (body == "<p>page") {
			t.Errorf("%s %s: %q", c.method, c.path, body)
		}
	}
}

// A reader that has the newest page need not take it again.
func TestUnchanged(t *testing.T) {
	s := &Server{follower: (&fake{at: "a", text: "page"}).follower()}
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "http://localhost/", nil)
	s.ServeHTTP(w, r)
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	w = httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("%d with %q", w.Code, w.Body)
	}
}

// Before there is a page, the answer says why and is asked for again.
func TestNoPageYet(t *testing.T) {
	s := &Server{follower: (&fake{wrong: errors.New("<b>cut")}).follower()}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/", nil))
	if w.Code != 503 || w.Body.String() != "<b>cut\n" || w.Header().Get("Refresh") != "2" ||
		!strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("%d, %q, %v", w.Code, w.Body, w.Header())
	}
}

// serving serves until stop is called, which returns what Serve did. Nothing of it stays.
func serving(t *testing.T, s *Server) (url string, stop func() error) {
	t.Helper()
	s.tick = time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = stop() })
	return URL(l), stop
}

// folder is a fake that several look at while a test changes it.
type folder struct {
	mu        sync.Mutex
	at, wrong string
}

func (f *folder) set(at, wrong string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at, f.wrong = at, wrong
}

func (f *folder) follower() *follower {
	var ticks int64
	return &follower{
		stamp: func() (string, error) {
			f.mu.Lock()
			defer f.mu.Unlock()
			if f.wrong != "" {
				return "", errors.New(f.wrong)
			}
			return f.at, nil
		},
		write: func() ([]byte, error) {
			f.mu.Lock()
			defer f.mu.Unlock()
			return []byte(f.at), nil
		},
		now: func() time.Time { ticks++; return time.Unix(60*ticks, 0) },
	}
}

// A stream tells each reader of every version and every trouble, and ends with the server, which leaves nothing.
func TestEvents(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	f := &folder{at: "one"}
	s := &Server{follower: f.follower()}
	url, stop := serving(t, s)
	client := &http.Client{Transport: &http.Transport{}}
	const readers = 3
	var lines [readers]*bufio.Scanner
	for i := range lines {
		answer, err := client.Get(url + "events")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if kind := answer.Header.Get("Content-Type"); answer.StatusCode != 200 || kind != "text/event-stream" {
			t.Fatalf("%s, %s", answer.Status, kind)
		}
		lines[i] = bufio.NewScanner(answer.Body)
	}
	next := func(i int) (event, data string) {
		for lines[i].Scan() {
			line := lines[i].Text()
			if kind, is := strings.CutPrefix(line, "event: "); is {
				event = kind
			} else if text, is := strings.CutPrefix(line, "data: "); is && event != "alive" {
				return event, text
			}
		}
		return "end", ""
	}
	versions := map[string]bool{}
	for _, step := range []struct{ at, wrong, event, data string }{
		{"one", "", "page", ""}, {"two", "", "page", ""}, {"two", "gone", "trouble", "gone"}, {"two", "", "trouble", ""},
		{"three", "", "page", ""},
	} {
		f.set(step.at, step.wrong)
		for i := range readers {
			event, data := next(i)
			if event != step.event || event == "trouble" && data != step.data {
				t.Errorf("reader %d hears %s %q, want %+v", i, event, data, step)
			}
			if event == "page" {
				versions[data] = true
			}
		}
	}
	if len(versions) != 3 {
		t.Errorf("%d versions of three pages", len(versions))
	}
	if err := stop(); err != nil {
		t.Errorf("the end of the server is an error: %v", err)
	}
	for i := range readers {
		if event, data := next(i); event != "end" {
			t.Errorf("after the end reader %d hears %s %q", i, event, data)
		}
	}
	client.CloseIdleConnections()
}

// More streams than are allowed are refused, and one that ends makes room.
func TestTooManyStreams(t *testing.T) {
	s := &Server{follower: (&folder{at: "one"}).follower()}
	url, _ := serving(t, s)
	var leave []io.Closer
	open := func() int {
		answer, err := http.Get(url + "events")
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, answer.Body)
		return answer.StatusCode
	}
	for i := range maxStreams {
		if code := open(); code != 200 {
			t.Fatalf("stream %d: %d", i+1, code)
		}
	}
	if code := open(); code != 503 {
		t.Errorf("stream %d: %d, want 503", maxStreams+1, code)
	}
	leave[0].Close()
	for deadline := time.Now().Add(10 * time.Second); open() != 200; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("no room though a stream has ended")
			break
		}
	}
	for _, l := range leave {
		l.Close()
	}
}

// Idle connections take nobody's place for ever: beyond the bound, connections are closed at once.
func TestTooManyConnections(t *testing.T) {
	s := &Server{follower: (&folder{at: "one"}).follower()}
	url, _ := serving(t, s)
	at := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/")
	closed := 0
	for range maxConnections + 20 {
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			closed++
			continue
		}
		if _, err := bufio.NewReader(c).ReadByte(); err != nil {
			closed++
		}
	}
	if closed != 20 {
		t.Errorf("%d of %d connections were closed, want 20", closed, maxConnections+20)
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]struct{ loopback, bad bool }{
		"127.0.0.1:8080":  {loopback: true},
		"127.1.2.3:0":     {loopback: true},
		"[::1]:65535":     {loopback: true},
		"localhost:80":    {loopback: true},
		"LOCALHOST:80":    {loopback: true},
		"0.0.0.0:8080":    {},
		":8080":           {},
		"[::]:8080":       {},
		"192.168.1.7:80":  {},
		"lab.example:80":  {},
		"localhost.x:80":  {},
		"127.0.0.1":       {bad: true},
		"127.0.0.1:":      {bad: true},
		"127.0.0.1:65536": {bad: true},
		"127.0.0.1:-1":    {bad: true},
		"127.0.0.1:http":  {bad: true},
		"::1:80":          {bad: true},
		"":                {bad: true},
	} {
		a, err := ParseAddress(text)
		if (err != nil) != want.bad || err != nil && !errors.Is(err, evolve.ErrInvalid) || a.Loopback() != want.loopback {
			t.Errorf("%q: loopback %v, %v: want %+v", text, a.Loopback(), err, want)
		}
	}
}

// A port that is taken is refused in a line that says so.
func TestTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := ParseAddress(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, err = new(Server).Listen(a)
	if want := ": another program listens there; name another port"; !errors.Is(err, evolve.ErrInvalid) ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("%v", err)
	}
}

// A reader that does not take its answer delays the end of the server for a moment only.
func TestEndsWithoutTheReader(t *testing.T) {
	s := &Server{follower: (&folder{at: strings.Repeat("page", 8<<20)}).follower()} // more than sockets hold
	url, stop := serving(t, s)
	c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReaderSize(c, 16).ReadByte(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > stopTime+10*time.Second {
		t.Errorf("ended after %v", took)
	}
}
