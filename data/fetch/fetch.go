package fetch

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
)

// File is what to fetch and where it goes.
type File struct {
	URL    string // http or https
	Path   string // its folders are made
	Size   int64  // bytes; 0 = unknown
	SHA256 string // hex; "" = unknown, and then nothing is resumed: a part may be another file's
}

// Client fetches files. The zero value tries once and reports no progress. Its methods may
// be called at the same time, and then call Progress so.
type Client struct {
	// HTTP is the client to use; nil is one with time-outs that takes its proxies from
	// HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
	HTTP *http.Client
	// Stall ends an attempt after so long without a byte; 0 means 30 s.
	Stall time.Duration
	// Retries is how many failures are tried again; 0 means none.
	Retries int
	// Backoff is the wait before the given retry, counted from 1; nil means 0.5 s, doubling
	// up to 30 s. A server's Retry-After makes it longer.
	Backoff func(attempt int) time.Duration
	// Progress is called with the bytes that are there and the bytes expected, 0 when unknown.
	// It never goes back when a download does, and is not called for a file that was there.
	Progress func(done, total int64)
	// Max bounds a file of unknown size, in bytes; 0 means 8 GiB.
	Max int64
}

const (
	defaultStall = 30 * time.Second
	// NAS-Bench's largest public files are of some GB; more is a mistake, and fills disks.
	defaultMax   = 8 << 30
	firstBackoff = 500 * time.Millisecond
	lastBackoff  = 30 * time.Second
)

// Get sees to it that the file is at its place, with its size and hash. A file that is
// there already is not fetched. What is known to be a passing trouble (the network, a stall,
// a body that ends early, statuses 429 and 5xx) is tried again, up to Retries times, from
// where the download got to. Another file than the pinned one is fetched again just once.
//
// The error is one line that begins with the URL. It wraps evolve.ErrInvalid when f makes no
// sense, when the server has another file, and when another process is at work on the part.
// When ctx ends, the part is kept for the next call and the error is ctx.Err().
func (c *Client) Get(ctx context.Context, f File) error {
	u, err := url.Parse(f.URL)
	if err != nil {
		return fmt.Errorf("fetch: %w: %w", err, evolve.ErrInvalid) // it quotes the URL
	}
	if err := c.get(ctx, u, f); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("fetch %s: %w", u.Redacted(), err)
	}
	return nil
}

func (c *Client) get(ctx context.Context, u *url.URL, f File) error {
	f.SHA256 = strings.ToLower(f.SHA256)
	if err := f.check(u); err != nil {
		return err
	}
	if there, err := f.there(ctx); err != nil || there {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
		return err
	}
	p, err := takePart(f.Path)
	if err != nil {
		return err
	}
	defer p.release()
	// Another process may have fetched it before the part was ours.
	if there, err := f.there(ctx); err != nil || there {
		return err
	}
	t := newTransfer(c, u, f, p)
	defer t.close()
	return t.run(ctx)
}

func (f File) check(u *url.URL) error {
	if err := webURL(u); err != nil {
		return err
	}
	if f.Path == "" {
		return fmt.Errorf("no path to write to: %w", evolve.ErrInvalid)
	}
	if f.Size < 0 {
		return fmt.Errorf("a size of %d bytes: want a positive number, or 0 for unknown: %w", f.Size, evolve.ErrInvalid)
	}
	if b, err := hex.DecodeString(f.SHA256); f.SHA256 != "" && (err != nil || len(b) != 32) {
		return fmt.Errorf("SHA-256 %.80q: want 64 hexadecimal digits: %w", f.SHA256, evolve.ErrInvalid)
	}
	return nil
}

// webURL refuses an address that is not on the web, in redirects too.
func webURL(u *url.URL) error {
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%.80q is no http or https address: %w", u.Redacted(), evolve.ErrInvalid)
	}
	return nil
}
