package main

import (
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// So it is with the names that are no flag's.
func TestOutputsWithoutFlags(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("AMOEBA_DATA", filepath.Join(t.TempDir(), "none"))
	ground(t)
	for _, c := range []struct {
		path string
		args []string
	}{
		{"e/plot.png", []string{"plot", "e"}},
		{"e/plot.svg", []string{"plot", "e"}},
		{"amoeba-reproduce-real2019-toy/real2019-toy.txt", []string{"reproduce", "real2019-toy", "--seeds", "1", "--quiet"}},
	} {
		put(t, c.path, "precious\n")
		untouchedBy(t, c.args, c.path)
		if err := os.Remove(c.path); err != nil {
			t.Fatal(err)
		}
	}
	// Nobody asked for these pictures, and so it is no error.
	for path, args := range map[string][]string{
		"t/seed-1/best-confusion-digits.png": {"eval", "t/seed-1/best.ckpt"},
		"e/trajectories.png":                 {"resume", "e"},
	} {
		put(t, path, "precious\n")
		succeeds(t, args)
		if text := read(t, path); text != "precious\n" {
			t.Errorf("%s was replaced", path)
		}
	}
	// A benchmark's table is read, whoever names it.
	put(t, "own/experiment.yaml", "benchmark: table:own.csv\nalgos: [random]\nseeds: 1\ntrials: 5\n")
	if err := os.Link("own.csv", "own/unfinished.parquet"); err != nil {
		t.Skip("no links here:", err)
	}
	for _, args := range [][]string{{"compare", "-f", "own/experiment.yaml", "--out", "own"}, {"search", "--benchmark", "table:own.csv", "--out", "own"}} {
		if says := untouchedBy(t, args, "own"); !strings.HasPrefix(says, "amoeba: own/unfinished.parquet: is what this command reads") {
			t.Errorf("%q: %s", args, says)
		}
	}
	untouchedBy(t, []string{"resume", "own"}, "own")
}

// Two outputs of one command are two files.
func TestOutputsAreTwo(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "c", "")
	if err := os.Mkdir("d", 0o755); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"soft": "d/x", "folder": "d"} {
		if err := os.Symlink(to, link); err != nil {
			t.Skip("no links here:", err)
		}
	}
	for _, two := range [][2]string{{"x", "x"}, {"x", "./x"}, {"d/x", "d/../d/x"}, {"d/x", "soft"}, {"folder/x", "d/x"}, {"none/x", "./none/x"}} {
		for _, args := range [][]string{{"export", "c", "--onnx", two[0], "--pytorch", two[1]}, {"surrogate", "fit", "nb201", "--out", two[0], "--report", two[1]}} {
			if text := fails(t, args); !strings.Contains(text, "want two files") {
				t.Errorf("%s: %s", args, text)
			}
		}
	}
	if n := len(tree(t, ".")); n != 3 { // c and the links
		t.Errorf("%d files are there", n)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tree is all that is below a folder and no folder itself.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			text, _ := os.ReadFile(path) // of a link that leads nowhere none
			all[path] = string(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func succeeds(t *testing.T, args []string) {
	t.Helper()
	var errw bytes.Buffer
	if code := run(args, strings.NewReader(""), io.Discard, &errw); code != 0 {
		t.Fatalf("%q: exit %d: %s", args, code, errw.String())
	}
}

func fails(t *testing.T, args []string) string {
	t.Helper()
	var errw bytes.Buffer
	if code := run(args, strings.NewReader(""), io.Discard, &errw); code != exitError || !strings.HasPrefix(errw.String(), "amoeba: ") || strings.Count(errw.String(), "\n") != 1 {
		t.Errorf("%q: exit %d, want a line: %s", args, code, errw.String())
	}
	return errw.String()
}

// untouchedBy checks that a command is refused and changes nothing of a file or a folder.
func untouchedBy(t *testing.T, args []string, path string) (says string) {
	t.Helper()
	before := tree(t, path)
	says = fails(t, args)
	if after := tree(t, path); !maps.Equal(before, after) {
		t.Errorf("%q: %s was changed", args, path)
	}
	return says
}
