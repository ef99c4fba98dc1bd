package holdings

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
)

func names(all []Holding) (names []string) {
	for _, h := range all {
		names = append(names, h.Name())
	}
	return names
}

func TestNamed(t *testing.T) {
	got, err := Named([]string{"mnist", "nb201", "digits", "macro"})
	if err != nil || !slices.Equal(names(got), []string{"nb201", "macro", "mnist", "digits"}) {
		t.Errorf("%q, %v: want tables first, each part in the given order", names(got), err)
	}
	all, err := Named([]string{"all"})
	if err != nil || len(all) != len(data.Tables())+len(images.Sets())-1 || slices.Contains(names(all), "digits") {
		t.Errorf("%q, %v: want all but the embedded digits", names(all), err)
	}
	for _, bad := range []string{"nb102", "mnst", ""} {
		if _, err := Named([]string{"macro", bad}); !errors.Is(err, evolve.ErrUnknown) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := Lookup("mnst"); err == nil || !strings.Contains(err.Error(), `did you mean "mnist"?`) {
		t.Errorf("%v", err)
	}
}

// Every holding is listed with its state, and one that cannot be fetched says how to come by it.
func TestListAndWhere(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir())
	var b strings.Builder
	if err := List(&b, All()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n  state "); n != len(All()) {
		t.Errorf("%d states of %d holdings:\n%s", n, len(All()), b.String())
	}
	for _, h := range All() {
		if !h.Fetchable() {
			b.Reset()
			if err := Where(&b, h); err != nil || !strings.HasPrefix(b.String(), h.Name()+": ") {
				t.Errorf("%v: %s", err, b.String())
			}
			if want := "  then: amoeba data import " + h.Name() + " --from DIR\n"; !h.Embedded() && !strings.HasSuffix(b.String(), want) {
				t.Errorf("want %q at the end of\n%s", want, b.String())
			}
		}
	}
}

// A download comes from the mirror; where it gives another file, the error says how to go around it.
func TestFetch(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		http.NotFound(w, r)
	}))
	defer s.Close()
	t.Setenv("AMOEBA_MIRROR", s.URL)
	h, err := Lookup("macro")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	dir := t.TempDir()
	bars := 0
	f := Fetcher{W: &b, Bar: func(int64) (func(int64), func() error) { bars++; return nil, nil }}
	err = f.Fetch(context.Background(), h, dir)
	if err == nil || !strings.HasSuffix(err.Error(), "; with the files from elsewhere: amoeba data import macro --from DIR") {
		t.Errorf("%v", err)
	}
	if len(asked) != 1 || bars != 1 || !strings.HasPrefix(b.String(), "macro 1 of ") || !strings.Contains(b.String(), "licence: ") {
		t.Errorf("asked for %q with %d bars, printed %q", asked, bars, b.String())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := f.Fetch(ctx, h, dir); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "elsewhere") {
		t.Errorf("stopped: %v", err)
	}
}

// A file of an image set that is not the published one makes room for it.
func TestFilesOfImages(t *testing.T) {
	h, err := Lookup("mnist")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	all, err := h.files(dir)
	if err != nil || len(all) != 4 {
		t.Fatalf("%v, %v", all, err)
	}
	if err := os.MkdirAll(filepath.Dir(all[0].to.Path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(all[0].to.Path, []byte("something else"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := h.files(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(all[0].to.Path); !os.IsNotExist(err) {
		t.Errorf("another file is kept: %v", err)
	}
}
