package evolve

import (
	"cmp"
	"context"
	"errors"
)

// ErrBroken is wrapped by the error of a searcher that cannot go on, such as one whose program has died. It ends the
// run, which counts as failed, and not the experiment.
var ErrBroken = errors.New("broken")

// Closer is a searcher that holds more than memory, such as a process. [Study.Run] closes it, and whoever else runs it
// does. Close ends what Init and Ask began and returns why the searcher broke, an error that wraps ErrBroken, or nil.
// It may be called again, and from any goroutine: an Ask that is at work then soon returns false.
type Closer interface {
	Searcher
	Close() error
}

// Outer is a searcher with others within it, which Within lists once Init has begun them. Closers are found by it.
type Outer interface {
	Searcher
	Within() []Searcher
}

// Close closes a searcher and all within it. The error is the first that one of them broke with.
func Close(s Searcher) error { return closeAll(closers(nil, s)) }

// closers appends to dst the closers among a searcher and those within it.
func closers(dst []Closer, s Searcher) []Closer {
	if c, ok := s.(Closer); ok {
		dst = append(dst, c)
	}
	if o, ok := s.(Outer); ok {
		for _, inner := range o.Within() {
			dst = closers(dst, inner)
		}
	}
	return dst
}

func closeAll(all []Closer) (first error) {
	for _, c := range all {
		if err := c.Close(); first == nil {
			first = err
		}
	}
	return first
}

// closed runs a study whose searcher has closers, and closes them: at the end, and as soon as ctx is done, since a
// searcher that waits for its program does not look at it. What a searcher says that was closed so is ctx's error.
func closed(ctx context.Context, all []Closer, run func() error) error {
	if len(all) == 0 {
		return run()
	}
	stop := context.AfterFunc(ctx, func() { _ = closeAll(all) })
	defer stop()
	err := run()
	broke := closeAll(all)
	switch {
	case err != nil && !errors.Is(err, ErrBroken):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return cmp.Or(broke, err) // which Tell says in its own words
}
