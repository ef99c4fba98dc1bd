package progress

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
)

// IsTerminal says whether somebody reads at a terminal what is written.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// bar is a bar on a terminal, nil elsewhere and where nothing is to be said. Of an unknown total, -1, it counts alone.
func bar(w io.Writer, quiet bool, total int, what string, more ...progressbar.Option) *progressbar.ProgressBar {
	if quiet || !IsTerminal(w) {
		return nil
	}
	return progressbar.NewOptions(total, append(more, progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true),
		progressbar.OptionEnableColorCodes(os.Getenv("NO_COLOR") == ""))...)
}

// Runs reports how many runs of experiments are finished, to an observer that may be nil. end takes the bar away.
func Runs(w io.Writer, quiet bool, what string, total int) (observer evolve.Observer, end func()) {
	b := bar(w, quiet, total, what, progressbar.OptionShowCount())
	if b == nil {
		return nil, func() {}
	}
	return evolve.On(func(p lab.Progress) { _ = b.Set(p.Done) }), func() { _ = b.Exit() }
}

// Downloads makes bars of downloads of so many bytes; it is nil where there is no terminal.
func Downloads(w io.Writer) func(size int64) (progress func(done int64), end func() error) {
	if !IsTerminal(w) {
		return nil
	}
	return func(size int64) (func(int64), func() error) {
		b := progressbar.NewOptions64(size, progressbar.OptionSetWriter(w), progressbar.OptionShowBytes(true),
			progressbar.OptionFullWidth(), progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(),
			progressbar.OptionEnableColorCodes(os.Getenv("NO_COLOR") == ""))
		return func(done int64) { _ = b.Set64(done) }, b.Finish
	}
}

// Counted reports how many of a number of things are done, in a bar on a terminal; elsewhere a line at most a second
// says what show is told, and the last is said in any case. end takes the bar away.
func Counted(w io.Writer, quiet bool, total int) (show func(done int, line string), end func()) {
	b := bar(w, quiet, total, "", progressbar.OptionShowCount())
	said := time.Time{}
	show = func(done int, line string) {
		switch {
		case b != nil:
			b.Describe(line)
			_ = b.Set(done)
		case !quiet && (time.Since(said) > time.Second || done == total):
			said = time.Now()
			fmt.Fprintln(w, line)
		}
	}
	return show, func() {
		if b != nil {
			_ = b.Exit()
		}
	}
}
