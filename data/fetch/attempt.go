package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
)

const chunk = 64 << 10 // bytes read at a time; progress is reported as often

var errStalled = errors.New("stalled")

// attempt asks the server once for what the part lacks. Without an error, the part is
// whole as far as lengths can tell.
func (t *transfer) attempt(ctx context.Context) error {
	size := t.file.Size
	if t.file.SHA256 == "" || size > 0 && t.part.n > size {
		if err := t.part.drop(); err != nil {
			return err
		}
	}
	if size > 0 && t.part.n == size {
		return nil
	}
	t.asked = true
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(t.stall, func() { cancel(errStalled) })
	defer watch.Stop()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.url.String(), nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "amoeba")
	// The pinned bytes are those of the file, not of a compressed copy.
	req.Header.Set("Accept-Encoding", "identity")
	if t.part.n > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", t.part.n))
	}
	resp, err := t.http.Do(req)
	if err != nil {
		return t.broken(ctx, err)
	}
	defer resp.Body.Close()
	total, err := t.accept(resp)
	if err != nil {
		return err
	}
	return t.receive(ctx, resp.Body, total, watch)
}

// accept decides on an answer before its body is read. It returns the length of the whole
// file, 0 when neither pinned nor sent.
func (t *transfer) accept(resp *http.Response) (total int64, err error) {
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		// The whole file: also what a server without ranges answers.
		if err := t.part.drop(); err != nil {
			return 0, err
		}
		total = max(resp.ContentLength, 0)
	case code == http.StatusPartialContent:
		text := resp.Header.Get("Content-Range")
		first, of, ok := contentRange(text)
		if !ok || first != t.part.n {
			return 0, faultf(stale, "asked for the bytes from %d on, the server answered with Content-Range %.80q",
				t.part.n, text)
		}
		total = of
	case code == http.StatusRequestedRangeNotSatisfiable && t.part.n > 0:
		return 0, faultf(stale, "the server has no byte %d", t.part.n)
	default:
		return 0, t.refused(resp)
	}
	size := t.file.Size
	if size > 0 && total > 0 && total != size {
		return 0, faultf(wrong, "the server offers %d bytes, the pinned file has %d: %w",
			total, size, evolve.ErrInvalid)
	}
	if total > t.limit {
		return 0, faultf(final, "the server offers %d bytes, more than the %d that a file of unknown size may have: %w",
			total, t.limit, evolve.ErrInvalid)
	}
	return max(size, total), nil
}

// receive appends a body to the part; watch ends the request when nothing comes.
func (t *transfer) receive(ctx context.Context, body io.Reader, total int64, watch *time.Timer) error {
	t.bar.tell(t.part.n, total)
	buf := make([]byte, chunk)
	for {
		k, err := body.Read(buf)
		if k > 0 {
			watch.Stop() // a slow disk is not a stall
			if err := t.store(buf[:k]); err != nil {
				return err
			}
			t.bar.tell(t.part.n, total)
			watch.Reset(t.stall)
		}
		switch {
		case err == nil:
		case total > 0 && t.part.n == total:
			return nil // however it ended
		case err == io.EOF && total == 0:
			return nil // the length was not known
		case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
			if total == 0 {
				return faultf(passing, "the connection ended in the middle, after %d bytes", t.part.n)
			}
			return faultf(passing, "the connection ended after %d of %d bytes", t.part.n, total)
		default:
			return t.broken(ctx, err)
		}
	}
}

// store writes bytes, unless there are more than a file may have.
func (t *transfer) store(b []byte) error {
	if int64(len(b)) <= t.limit-t.part.n {
		return t.part.write(b)
	}
	if t.file.Size > 0 {
		return faultf(wrong, "the server sends more than the %d bytes of the pinned file: %w",
			t.limit, evolve.ErrInvalid)
	}
	if err := t.part.drop(); err != nil {
		return err
	}
	return faultf(final, "the server sends more than the %d bytes that a file of unknown size may have: %w",
		t.limit, evolve.ErrInvalid)
}
