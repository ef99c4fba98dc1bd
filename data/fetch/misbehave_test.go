package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
)

// from is the Range header that asks for the rest.
func from(n int) string { return fmt.Sprintf("bytes=%d-", n) }

func TestTruncated(t *testing.T) {
	for name, cut := range map[string]http.HandlerFunc{
		"with its length": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			w.Write(content[:half])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
		"in chunks": func(w http.ResponseWriter, r *http.Request) {
			w.Write(content[:half])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
		"by closing": func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s", content[:half])
		},
		"as a smaller range": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", half-1, len(content)))
			w.WriteHeader(http.StatusPartialContent)
			w.Write(content[:half])
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, cut, good)
			f := pinned(t, s)
			assertFetched(t, f, client(1).Get(t.Context(), f))
			s.asked(t, "", from(half))

			f = pinned(t, serve(t, cut))
			assertError(t, f, client(0).Get(t.Context(), f), fmt.Sprintf("ended after %d of %d bytes", half, len(content)), f.Path+".part keeps")
			assertPart(t, f, half)
		})
	}
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		code     int
		requests int
		words    string
	}{
		{http.StatusNotFound, 1, "404 Not Found"},
		{http.StatusForbidden, 1, "403 Forbidden"},
		{http.StatusGone, 1, "410 Gone"},
		{http.StatusBadRequest, 1, "400 Bad Request"},
		{http.StatusRequestedRangeNotSatisfiable, 1, "416"},
		{http.StatusProxyAuthRequired, 1, "HTTP_PROXY"},
		{http.StatusNoContent, 1, "204 No Content"},
		{http.StatusTooManyRequests, 3, "429 Too Many Requests: the server is busy, try again later (3 attempts)"},
		{http.StatusInternalServerError, 3, "500 Internal Server Error"},
		{http.StatusServiceUnavailable, 3, "503 Service Unavailable"},
		{599, 3, "status 599:"},
	} {
		s := serve(t, say(c.code))
		f := pinned(t, s)
		assertError(t, f, client(2).Get(t.Context(), f), c.words)
		assertPart(t, f, -1)
		s.asked(t, make([]string, c.requests)...)
	}
	s := serve(t, say(500), say(502), good)
	f := pinned(t, s)
	assertFetched(t, f, client(2).Get(t.Context(), f))
	s.asked(t, "", "", "")
}

func TestOtherFile(t *testing.T) {
	other := slices.Clone(content)
	other[len(other)-1]++
	wrong := func(w http.ResponseWriter, r *http.Request) { w.Write(other) }

	s := serve(t, wrong)
	f := pinned(t, s)
	err := client(9).Get(t.Context(), f)
	assertError(t, f, err, sumOf(other), sumOf(content))
	if !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("%v does not wrap ErrInvalid", err)
	}
	assertPart(t, f, -1)
	s.asked(t, "", "")

	s = serve(t, wrong, good)
	f = pinned(t, s)
	assertFetched(t, f, client(0).Get(t.Context(), f))
	s.asked(t, "", "")

	s = serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write(content[:half]) })
	f = pinned(t, s)
	f.Size--
	assertError(t, f, client(0).Get(t.Context(), f), "ended after")

	// A wrong Content-Length is refused before the body.
	s = serve(t, noRanges)
	f = pinned(t, s)
	f.Size++
	assertError(t, f, client(9).Get(t.Context(), f), fmt.Sprintf("offers %d bytes, the pinned file has %d", len(content), f.Size))
	assertPart(t, f, -1)
	s.asked(t, "", "")
}

func TestEndless(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(content); err != nil {
				return
			}
		}
	}
	s := serve(t, endless)
	f := pinned(t, s)
	c := client(9)
	c.Progress = func(done, _ int64) {
		if done > f.Size {
			t.Errorf("took %d bytes, want at most %d", done, f.Size)
		}
	}
	assertError(t, f, c.Get(t.Context(), f), fmt.Sprintf("sends more than the %d bytes", f.Size))
	assertPart(t, f, -1)
	s.asked(t, "", "")

	// Of unknown size: not asked for again, since it may be huge.
	s = serve(t, endless)
	f = pinned(t, s)
	f.Size, c.Max = 0, 2*chunk
	c.Progress = nil
	assertError(t, f, c.Get(t.Context(), f), fmt.Sprintf("sends more than the %d bytes", c.Max))
	assertPart(t, f, -1)
	s.asked(t, "")

	s = serve(t, good)
	f.URL = s.URL
	assertError(t, f, c.Get(t.Context(), f), fmt.Sprintf("offers %d bytes, more than the %d", len(content), c.Max))
	s.asked(t, "")
}

func TestPart(t *testing.T) {
	shifted := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", half-1, len(content)-1, len(content)))
		w.WriteHeader(http.StatusPartialContent)
		w.Write(content[half-1:])
	}
	bare := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusPartialContent)
		w.Write(content[half:])
	}
	other := make([]byte, len(content))
	for _, c := range []struct {
		name    string
		part    []byte
		unsized bool
		answers []http.HandlerFunc
		ranges  []string
	}{
		{"goes on", content[:half], false, []http.HandlerFunc{good}, []string{from(half)}},
		{"goes on, size unknown", content[:half], true, []http.HandlerFunc{good}, []string{from(half)}},
		{"no ranges", content[:half], false, []http.HandlerFunc{noRanges}, []string{from(half)}},
		{"416", content[:half], false, []http.HandlerFunc{say(416), good}, []string{from(half), ""}},
		{"wrong offset", content[:half], false, []http.HandlerFunc{shifted, good}, []string{from(half), ""}},
		{"no Content-Range", content[:half], false, []http.HandlerFunc{bare, good}, []string{from(half), ""}},
		{"whole", content, false, []http.HandlerFunc{good}, nil},
		{"whole, size unknown", content, true, []http.HandlerFunc{good}, []string{from(len(content)), ""}},
		{"as long, another file's", other, false, []http.HandlerFunc{good}, []string{""}},
		{"another file's", other[:half], false, []http.HandlerFunc{good}, []string{from(half), ""}},
		{"longer than the file", append(slices.Clone(content), 'x'), false, []http.HandlerFunc{good}, []string{""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, c.answers...)
			f := pinned(t, s)
			if c.unsized {
				f.Size = 0
			}
			leave(t, f, c.part)
			assertFetched(t, f, client(0).Get(t.Context(), f))
			s.asked(t, c.ranges...)
		})
	}
	// A server that never says the right offset is given up.
	s := serve(t, shifted)
	f := pinned(t, s)
	leave(t, f, content[:half])
	assertError(t, f, client(1).Get(t.Context(), f), fmt.Sprintf("Content-Range %q", fmt.Sprintf("bytes %d-%d/%d", half-1, len(content)-1, len(content))))
	s.asked(t, from(half), "", "")
}

func TestStall(t *testing.T) {
	hang := func(w http.ResponseWriter, r *http.Request) {
		w.Write(content[:half])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	silent := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, stuck := range map[string]http.HandlerFunc{"in the body": hang, "before the header": silent} {
		f := pinned(t, serve(t, stuck))
		c := client(0)
		c.Stall = 5 * time.Millisecond
		assertError(t, f, c.Get(t.Context(), f), "no byte came for 5ms")

		// A slow machine may stall more often than the server does.
		c.Retries = 1 << 20
		c.Stall = 30 * time.Millisecond
		s := serve(t, stuck, good)
		f = pinned(t, s)
		assertFetched(t, f, c.Get(t.Context(), f))
		if len(s.ranges) < 2 {
			t.Errorf("%s: %d requests, want another after the stall", name, len(s.ranges))
		}
	}
}

func TestCancel(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Write(content[:half])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}, good)
	f := pinned(t, s)
	c := client(9)
	ctx, cancel := context.WithCancel(t.Context())
	var kept int64
	c.Progress = func(done, _ int64) {
		if kept = done; done > 0 {
			cancel()
		}
	}
	if err := c.Get(ctx, f); err != context.Canceled {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	info, err := os.Stat(f.Path + ".part")
	if err != nil || info.Size() < kept || kept == 0 {
		t.Fatalf("the part: %v, %v, want at least %d bytes", info, err, kept)
	}
	if err := c.Get(ctx, f); err != context.Canceled {
		t.Errorf("got %v of a context that is over, want context.Canceled", err)
	}
	assertFetched(t, f, client(0).Get(t.Context(), f))
	s.asked(t, "", from(int(info.Size())))
}

func TestRedirects(t *testing.T) {
	to := func(url string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, url, http.StatusFound) }
	}
	last := serve(t, good)
	s := serve(t, to(last.URL+"/there"))
	f := pinned(t, s)
	leave(t, f, content[:half])
	assertFetched(t, f, client(0).Get(t.Context(), f))
	last.asked(t, from(half))

	s = serve(t, to("/f"))
	f = pinned(t, s)
	assertError(t, f, client(9).Get(t.Context(), f), "more than 10 redirects")
	s.asked(t, make([]string, 11)...)

	for _, where := range []string{"ftp://example.org/f", "file:///etc/hostname", "http:///f"} {
		s = serve(t, to(where))
		f = pinned(t, s)
		assertError(t, f, client(9).Get(t.Context(), f), "redirected", "no http or https address")
		s.asked(t, "")
	}

	missing := serve(t, say(404))
	f = pinned(t, serve(t, to(missing.URL+"/x?signature=secret")))
	err := client(0).Get(t.Context(), f)
	assertError(t, f, err, "404 Not Found from "+strings.TrimPrefix(missing.URL, "http://"))
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("%v tells the signature", err)
	}
}
