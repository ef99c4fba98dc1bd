package fetch

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// transport answers requests without a network, so that time can be synctest's.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(r *http.Request, code int, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: code, Header: h, Body: http.NoBody, Request: r, ContentLength: -1}
}

// waits returns the times between the requests of a call that fails to the end.
func waits(t *testing.T, c Client, trip transport) []time.Duration {
	var all []time.Duration
	synctest.Test(t, func(t *testing.T) {
		last := time.Now()
		c.HTTP = &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			all = append(all, time.Since(last))
			last = time.Now()
			return trip(r)
		})}
		f := File{URL: "http://example.org/f", Path: t.TempDir() + "/f"}
		assertError(t, f, c.Get(t.Context(), f))
		all = append(all, time.Since(last))
	})
	return all[1:]
}

func TestWaits(t *testing.T) {
	s := time.Second
	busy := func(headers ...string) transport {
		return func(r *http.Request) (*http.Response, error) {
			return answer(r, http.StatusTooManyRequests, headers...), nil
		}
	}
	at := func(d time.Duration) string {
		// The clock of synctest starts so.
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(d).Format(http.TimeFormat)
	}
	silent := func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	for _, c := range []struct {
		name string
		c    Client
		trip transport
		want []time.Duration // the last until the call returns
	}{
		{"default", Client{Retries: 8}, busy(), []time.Duration{s / 2, s, 2 * s, 4 * s, 8 * s, 16 * s, 30 * s, 30 * s, 0}},
		{"no retries", Client{}, busy(), []time.Duration{0}},
		{"Retry-After", Client{Retries: 2}, busy("Retry-After", "7"), []time.Duration{7 * s, 7 * s, 0}},
		{"Retry-After, less", Client{Retries: 1}, busy("Retry-After", "0"), []time.Duration{s / 2, 0}},
		{"Retry-After, a day", Client{Retries: 1}, busy("Retry-After", "86400"), []time.Duration{120 * s, 0}},
		{"Retry-After, a date", Client{Retries: 1}, busy("Retry-After", at(9*s)), []time.Duration{9 * s, 0}},
		{"Retry-After, a past date", Client{Retries: 1}, busy("Retry-After", at(-9*s)), []time.Duration{s / 2, 0}},
		{"Retry-After, nonsense", Client{Retries: 1}, busy("Retry-After", "-3"), []time.Duration{s / 2, 0}},
		{"stall", Client{Retries: 1}, silent, []time.Duration{30*s + s/2, 30 * s}},
		{"own stall", Client{Retries: 1, Stall: 3 * s, Backoff: func(int) time.Duration { return s }}, silent, []time.Duration{4 * s, 3 * s}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := waits(t, c.c, c.trip); !slices.Equal(got, c.want) {
				t.Errorf("waited %v, want %v", got, c.want)
			}
		})
	}
}

// slow gives a byte at a time with pauses, and sometimes with a pause too long.
type slow struct {
	r     *http.Request
	pause []time.Duration
}

func (s *slow) Close() error { return nil }

func (s *slow) Read(b []byte) (int, error) {
	if len(s.pause) == 0 {
		return 0, io.EOF
	}
	select {
	case <-time.After(s.pause[0]):
		s.pause, b[0] = s.pause[1:], 'x'
		return 1, nil
	case <-s.r.Context().Done():
		return 0, s.r.Context().Err()
	}
}

// Only silence is a stall, not a body that takes long in all.
func TestSlowIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := time.Second
		for _, c := range []struct {
			pause []time.Duration
			want  string
		}{
			{[]time.Duration{9 * s, 9 * s, 9 * s, 9 * s}, ""},
			{[]time.Duration{9 * s, 9 * s, 11 * s, 9 * s}, "no byte came for 10s"},
		} {
			client := Client{Stall: 10 * s, HTTP: &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
				resp := answer(r, http.StatusOK)
				resp.Body = &slow{r, c.pause}
				return resp, nil
			})}}
			f := File{URL: "http://example.org/f", Path: t.TempDir() + "/f", Size: 4, SHA256: sumOf([]byte("xxxx"))}
			if err := client.Get(t.Context(), f); c.want != "" {
				assertError(t, f, err, c.want)
				assertPart(t, f, 2)
			} else if err != nil {
				t.Error(err)
			}
		}
	})
}

func TestUnreachable(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	f := File{URL: s.URL + "/f", Path: t.TempDir() + "/f"}
	assertError(t, f, client(1).Get(t.Context(), f), "refused", "Behind a proxy, set HTTP_PROXY", "(2 attempts)")
	assertPart(t, f, -1)

	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	defer tls.Close()
	f.URL = tls.URL + "/f"
	err := client(1).Get(t.Context(), f)
	assertError(t, f, err, "certificate", "SSL_CERT_FILE")
	if strings.Contains(err.Error(), "attempts") {
		t.Errorf("%v: tried again", err)
	}
}

func TestProxy(t *testing.T) {
	asked := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.Method != http.MethodConnect || r.Host != "example.org:443" {
			t.Errorf("the proxy was asked to %s %s", r.Method, r.Host)
		}
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	through := func(address string) *Client {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		c := client(1)
		c.HTTP = newHTTP()
		c.HTTP.Transport.(*http.Transport).Proxy = http.ProxyURL(u)
		return c
	}
	f := File{URL: "https://example.org/f", Path: t.TempDir() + "/f"}
	err := through(strings.Replace(proxy.URL, "//", "//me:secret@", 1)).Get(t.Context(), f)
	assertError(t, f, err, "407 Proxy Authentication Required", "HTTPS_PROXY")
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("%v tells the password", err)
	}
	if asked != 1 {
		t.Errorf("the proxy was asked %d times", asked)
	}
	proxy.Close()
	assertError(t, f, through(proxy.URL).Get(t.Context(), f), "proxyconnect", "see the proxy in HTTPS_PROXY", "(2 attempts)")
	if newHTTP().Transport.(*http.Transport).Proxy == nil {
		t.Error("the environment's proxies are not used")
	}
}

// A client's own rule for redirects holds as well.
func TestOwnRedirectRule(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/g", http.StatusFound) })
	f := pinned(t, s)
	c := client(0)
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	c.HTTP = &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("not there") }}
	assertError(t, f, c.Get(t.Context(), f), "not there")
	s.asked(t, "")
}

func TestContentRange(t *testing.T) {
	for text, want := range map[string]struct {
		first, total int64
		ok           bool
	}{
		"bytes 0-0/1":     {0, 1, true},
		"bytes 5-9/10":    {5, 10, true},
		"bytes 5-9/*":     {5, 0, true},
		"bytes 5-4/10":    {},
		"bytes 5-10/10":   {},
		"bytes */10":      {},
		"bytes -5-9/10":   {},
		"octets 5-9/10":   {},
		"bytes 5-9/10, x": {},
		"bytes 0-9999999999999999999/9999999999999999999": {},
		"": {},
	} {
		first, total, ok := contentRange(text)
		if ok != want.ok || ok && (first != want.first || total != want.total) {
			t.Errorf("%q: got %d of %d, %v, want %+v", text, first, total, ok, want)
		}
	}
}

func FuzzHeaders(f *testing.F) {
	for _, text := range []string{"bytes 5-9/10", "bytes 5-9/*", "bytes */3", "7", "Sat, 01 Jan 2000 00:00:09 GMT", "99999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if first, total, ok := contentRange(text); ok && (first < 0 || total != 0 && first >= total) {
			t.Errorf("%q: starts at %d of %d", text, first, total)
		}
		h := http.Header{"Retry-After": {text}}
		if d := retryAfter(h, time.Unix(0, 0)); d < 0 || d > maxRetryAfter {
			t.Errorf("%q: a wait of %v", text, d)
		}
	})
}
