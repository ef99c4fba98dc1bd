package shared

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Dir is the folder beside the repository, whether it is there or not.
var Dir = filepath.Join(root(), "..", "shared")

// root is the folder of go.mod, above the one of a test's package, in which tests begin.
func root() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	return "." // of no repository: nothing will be found
}

// Path is the path of a file or a folder below [Dir]. A test that wants it skips where it is absent.
func Path(t testing.TB, below ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{Dir}, below...)...)
	Need(t, path)
	return path
}

// Need skips a test for want of a path below [Dir].
func Need(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		what, _ := filepath.Rel(Dir, path) // it is below
		Note(t.Name(), what)
		t.Skipf("no shared data: %s is not in ../shared, beside the repository", filepath.ToSlash(what))
	}
}

// Note adds a line to the file that the environment names in AMOEBA_SKIPPED, of a test that skips
// for want of data: .ci/run counts them.
func Note(test, what string) {
	path := os.Getenv("AMOEBA_SKIPPED")
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = fmt.Fprintf(f, "%s %s: %s\n", filepath.Base(os.Args[0]), test, what)
		err = cmp.Or(err, f.Close())
	}
	if err != nil {
		panic(err) // of a file that CI names: a count that is too small would pass
	}
}
