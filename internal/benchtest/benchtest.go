package benchtest

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

// home is the folder of tables that every test sees, whoever runs it; NB201 fills it.
var home string

// Home is the folder of tables that every test sees, for what a test adds to it.
func Home() string { return home }

// Main runs the tests of a package with a home of their own, for a TestMain.
func Main(m *testing.M) {
	var err error
	if home, err = os.MkdirTemp("", "amoeba"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(home)
	os.Setenv("AMOEBA_DATA", home)
	m.Run() // the caller of TestMain exits with its result
}

// The first test to ask may have a home of its own.
var importOnce = sync.OnceValues(func() (*data.NB201, error) {
	defer os.Setenv("AMOEBA_DATA", os.Getenv("AMOEBA_DATA"))
	os.Setenv("AMOEBA_DATA", home)
	if err := Import("nb201"); err != nil {
		return nil, err
	}
	return data.OpenNB201()
})

// Import makes a table from the published files.
func Import(name string) error {
	t, err := data.Lookup(name)
	if err != nil {
		return err
	}
	f, _, err := t.Import(context.Background(), filepath.Join(shared.Dir, "data"))
	if err != nil {
		return err
	}
	_, err = f.Write()
	return err
}

// NB201 returns the published table, which source=table then opens, or skips.
func NB201(t testing.TB) *data.NB201 {
	t.Helper()
	shared.Path(t, "data", "raw")
	table, err := importOnce()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// Tables has the test see the named published tables, and no others, in a home of its own, or
// skips. Each is made once.
func Tables(t testing.TB, names ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("imports published tables")
	}
	shared.Path(t, "data", "raw")
	made, own := filepath.Join(home, "imported"), t.TempDir()
	for _, name := range names {
		file := name + ".tbl"
		if _, err := os.Stat(filepath.Join(made, file)); err != nil {
			t.Setenv("AMOEBA_DATA", made)
			if err := Import(name); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Link(filepath.Join(made, file), filepath.Join(own, file)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("AMOEBA_DATA", own)
}

// Open opens the benchmark of a spec.
func Open(text string) (evolve.Benchmark, error) { return evolvetest.TryOpen(evolve.Benchmarks, text) }

// Must opens the benchmark of a spec that has to be right.
func Must(t testing.TB, text string) evolve.Benchmark {
	t.Helper()
	return evolvetest.Open(t, evolve.Benchmarks, text)
}

// Of is the trial of an architecture.
func Of(a evolve.Arch) evolve.Trial { return evolve.Trial{Proposal: evolve.Proposal{Arch: a}} }

// Asks is what a benchmark answers to a trial.
func Asks(t testing.TB, b evolve.Benchmark, tr evolve.Trial) evolve.Result {
	t.Helper()
	var r evolve.Result
	if err := b.Evaluate(context.Background(), &tr, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// Scored is what a benchmark reports of an architecture.
func Scored(t testing.TB, b evolve.Benchmark, a evolve.Arch) evolve.Score {
	t.Helper()
	tr := Of(a)
	s, err := b.Score(&tr)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// UserFile writes a user's own.csv.
func UserFile(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "own.csv")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Near compares numbers.
func Near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v ± %v", what, got, want, tolerance)
	}
}

// OneLine wants an error of one line that wraps another and has the parts in it.
func OneLine(t testing.TB, err, is error, parts ...string) {
	t.Helper()
	if err == nil || is != nil && !errors.Is(err, is) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want one line that wraps %v", err, is)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("got %v, want %q in it", err, p)
		}
	}
}
