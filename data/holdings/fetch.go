package holdings

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/amoeba-nas/amoeba/data/fetch"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// retries is how often a failure that may pass is tried again before a fetch gives up.
const retries = 5

// remote is a published file and where it is put.
type remote struct {
	url, host     string
	licence, size string // in words
	limit         int64  // most bytes of a file of unknown size; 0 for the default of package fetch
	to            fetch.File
}

// A Fetcher downloads the files of holdings.
type Fetcher struct {
	W io.Writer // a line is printed for each file
	// Bar, which may be nil, begins a report of a download of so many bytes: progress is called with the bytes that are
	// there, end when the download is over. Both may be nil.
	Bar func(size int64) (progress func(done int64), end func() error)
}

// Fetch downloads into a folder what it lacks of the files of a holding. The environment's AMOEBA_MIRROR replaces the
// files' hosts. An error says how to go around the download, unless the context has ended.
func (f *Fetcher) Fetch(ctx context.Context, h Holding, dir string) error {
	all, err := h.files(dir)
	if err != nil {
		return err
	}
	for k, r := range all {
		fmt.Fprintf(f.W, "%s %d of %d: %s (%s, licence: %s)\n", h.Name(), k+1, len(all), r.url, r.size, r.licence)
		if err := f.get(ctx, r); err != nil {
			if ctx.Err() != nil {
				return err
			}
			return words.Advise(err, "with the files from elsewhere: "+importCommand(h.Name()))
		}
	}
	return nil
}

func (f *Fetcher) get(ctx context.Context, r remote) (err error) {
	client := fetch.Client{Retries: retries, Max: r.limit}
	if f.Bar != nil {
		progress, end := f.Bar(cmp.Or(r.to.Size, r.limit))
		if progress != nil {
			client.Progress = func(done, _ int64) { progress(done) }
		}
		if end != nil {
			defer func() { err = errors.Join(err, end()) }()
		}
	}
	r.to.URL = strings.TrimSuffix(cmp.Or(os.Getenv("AMOEBA_MIRROR"), r.host), "/") + strings.TrimPrefix(r.url, r.host)
	return client.Get(ctx, r.to)
}
