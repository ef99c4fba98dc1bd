package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the README's tables of searchers and benchmarks")

// The README shows what the first command prints.
func TestReadme(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("runs the default comparison")
	}
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AMOEBA_DATA", t.TempDir())
	var out bytes.Buffer
	if code := run([]string{"compare", "--out", filepath.Join(t.TempDir(), "o")}, strings.NewReader(""), &out, io.Discard); code != 0 {
		t.Fatal(out.String())
	}
	rows := 0
	for line := range strings.SplitSeq(out.String(), "\n") {
		if !strings.Contains(line, " ± ") || strings.Contains(line, "mean ±") {
			continue
		}
		// Without the three columns of real time.
		fields := strings.Fields(line)
		for i, f := range fields {
			if strings.Contains(f, "300.0") {
				fields = fields[:i+2]
				break
			}
		}
		want := strings.Join(fields, " ")
		if rows++; !strings.Contains(strings.Join(strings.Fields(string(readme)), " "), want) {
			t.Errorf("README.md does not show\n%s", want)
		}
	}
	if rows != 4 {
		t.Errorf("%d rows of\n%s", rows, out.String())
	}
}

// Its tables of searchers and benchmarks are the registries'.
func TestReadmeBenchmarks(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := run([]string{"list", "--markdown"}, strings.NewReader(""), &out, io.Discard); code != 0 {
		t.Fatal(out.String())
	}
	const begin, end = "<!-- amoeba list --markdown -->\n", "<!-- end -->"
	before, rest, _ := strings.Cut(string(readme), begin)
	table, after, _ := strings.Cut(rest, end)
	if *update {
		if err := os.WriteFile(filepath.Join("..", "..", "README.md"), []byte(before+begin+out.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if table != out.String() {
		t.Errorf("README.md has other tables of searchers and benchmarks than amoeba list --markdown prints; write them with: go test ./cmd/amoeba -run ReadmeBenchmarks -update\n%s", out.String())
	}
}
