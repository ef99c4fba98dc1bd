package verify

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// named checks folders that have a file of a name.
func named(name string) Checker {
	return Checker{
		Is:    func(names []string) bool { return slices.Contains(names, name) },
		Check: func(dir string) ([]*Report, error) { return One(New(dir, name), nil) },
	}
}

func TestBelow(t *testing.T) {
	top := t.TempDir()
	for _, path := range []string{"a/training", "b/table", "c/other", "training"} {
		path = filepath.Join(top, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	kinds := func(dir string) (got []string) {
		reports, err := Below(dir, named("table"), named("training"))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range reports {
			got = append(got, strings.TrimPrefix(r.Dir, top)+" "+r.Kind)
		}
		return got
	}
	if got := kinds(top); !slices.Equal(got, []string{" training"}) {
		t.Errorf("a folder of a kind: %q", got)
	}
	if err := os.Remove(filepath.Join(top, "training")); err != nil {
		t.Fatal(err)
	}
	if got := kinds(top); !slices.Equal(got, []string{"/a training", "/b table"}) {
		t.Errorf("a folder of folders: %q", got)
	}
	for dir, want := range map[string]string{"c": "no folder that compare", "c/other": "want a folder"} {
		if _, err := Below(filepath.Join(top, dir), named("table")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if _, err := One(nil, evolve.ErrInvalid); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

func TestWriteText(t *testing.T) {
	r := New("d", "table")
	r.Unfinished = "2 to go"
	r.Files = []File{{Path: "a", State: OK, Note: "3 rows"}, {Path: "long/name", State: Damaged, Note: "of two\nlines"}}
	var b strings.Builder
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	want := "d: a build of a table, not finished, 2 to go\nok       a          3 rows\ndamaged  long/name  of two lines\n1 ok, 1 damaged, 0 unchecked\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}
