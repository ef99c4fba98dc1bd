package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
)

// kind is what a fault asks for.
type kind int

const (
	passing kind = iota // try again from where it got to
	stale               // the part is of no use: drop it and start over at once
	wrong               // the server has another file: drop the part, try just once more
	final               // give up
)

// fault is a failed attempt. Any other error, such as the disk's, is final.
type fault struct {
	kind  kind
	err   error
	after time.Duration // the server asked to wait so long
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

func faultf(k kind, format string, args ...any) error {
	return &fault{kind: k, err: fmt.Errorf(format, args...)}
}

// transfer is one call of Get: attempts until the part is whole.
type transfer struct {
	http    *http.Client
	close   func()
	url     *url.URL
	file    File
	part    *part
	stall   time.Duration
	retries int
	backoff func(int) time.Duration
	limit   int64 // bytes, never written beyond
	bar     progress
	asked   bool // the server was asked, so the part is not only what was left here
}

func newTransfer(c *Client, u *url.URL, f File, p *part) *transfer {
	t := &transfer{close: func() {}, url: u, file: f, part: p, stall: c.Stall, retries: c.Retries, backoff: c.Backoff,
		limit: f.Size, bar: progress{report: c.Progress}}
	if t.stall <= 0 {
		t.stall = defaultStall
	}
	if t.backoff == nil {
		t.backoff = exponential
	}
	if t.limit == 0 {
		t.limit = c.Max
	}
	if t.limit <= 0 {
		t.limit = defaultMax
	}
	client := c.HTTP
	if client == nil {
		client = newHTTP()
		t.close = client.CloseIdleConnections
	}
	t.http = boundRedirects(client)
	return t
}

// exponential is the default wait before a retry.
func exponential(attempt int) time.Duration {
	d := firstBackoff
	for ; attempt > 1 && d < lastBackoff; attempt-- {
		d *= 2
	}
	return min(d, lastBackoff)
}

// run makes attempts until the file is at its place. It ends: a stale part is dropped at
// once, and to have one again takes a counted failure.
func (t *transfer) run(ctx context.Context) error {
	failures, others := 0, 0
	for {
		err := t.attempt(ctx)
		if err == nil {
			err = t.verify(ctx)
		}
		if err == nil {
			t.bar.tell(t.part.n, t.part.n)
			return t.part.finish()
		}
		// A connection that died without a word would be used again by HTTP/2.
		t.http.CloseIdleConnections()
		var f *fault
		if ctx.Err() != nil || !errors.As(err, &f) || f.kind == final {
			return err
		}
		if f.kind == stale && t.part.n > 0 {
			if err := t.part.drop(); err != nil {
				return err
			}
			continue
		}
		if f.kind == wrong {
			if err := t.part.drop(); err != nil {
				return err
			}
			if others++; others > 1 {
				return err
			}
		} else if failures++; failures > t.retries {
			return t.giveUp(err, failures)
		}
		if err := sleep(ctx, max(t.backoff(failures+others), f.after)); err != nil {
			return err
		}
	}
}

func (t *transfer) giveUp(err error, attempts int) error {
	if attempts > 1 {
		err = fmt.Errorf("%w (%d attempts)", err, attempts)
	}
	if t.part.n > 0 && t.file.SHA256 != "" {
		err = fmt.Errorf("%w; %s keeps %d bytes, run it again to go on from there", err, t.part.name, t.part.n)
	}
	return err
}

// verify checks that the whole part is the pinned file; attempt has seen to its size.
func (t *transfer) verify(ctx context.Context) error {
	if t.file.SHA256 == "" {
		return nil
	}
	sum, err := t.part.sum(ctx)
	if err != nil || sum == t.file.SHA256 {
		return err
	}
	k := wrong
	if !t.asked {
		k = stale
	}
	return faultf(k, "SHA-256 %s, the pinned file has %s: the server, or a proxy on the way, gives another file: %w",
		sum, t.file.SHA256, evolve.ErrInvalid)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// progress calls a Client's Progress when there is something new.
type progress struct {
	report      func(done, total int64)
	begun       bool
	done, total int64
}

func (p *progress) tell(done, total int64) {
	if p.report == nil || p.begun && (done < p.done || done == p.done && total == p.total) {
		return
	}
	p.begun, p.done, p.total = true, done, total
	p.report(done, total)
}
