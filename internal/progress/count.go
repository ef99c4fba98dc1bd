package progress

import (
	"io"

	"github.com/schollz/progressbar/v3"
)

// Count reports how many things of a total are done, each by a call of done from any goroutine. end takes the bar away.
func Count(w io.Writer, quiet bool, what string, total int) (done func(), end func()) {
	b := bar(w, quiet, total, what, progressbar.OptionShowCount())
	if b == nil {
		return func() {}, func() {}
	}
	return func() { _ = b.Add(1) }, func() { _ = b.Exit() }
}
