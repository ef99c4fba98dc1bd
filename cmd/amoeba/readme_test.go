package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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

// Its table of benchmarks is the registry's.
func TestReadmeBenchmarks(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := run([]string{"list", "--markdown"}, strings.NewReader(""), &out, io.Discard); code != 0 {
		t.Fatal(out.String())
	}
	_, rest, _ := strings.Cut(string(readme), "<!-- amoeba list --markdown -->\n")
	if table, _, _ := strings.Cut(rest, "<!-- end -->"); table != out.String() {
		t.Errorf("README.md has another table of benchmarks than amoeba list --markdown prints:\n%s", out.String())
	}
}
