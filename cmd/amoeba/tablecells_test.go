package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/training/tabulate"
)

// What table cells writes is what table build reads, and another seed draws others.
func TestTableCells(t *testing.T) {
	drawn := func(seed, out string) string {
		var printed, errs bytes.Buffer
		args := []string{"table", "cells", "--benchmark", "digits201", "--parts", "4", "--each", "3", "--seed", seed}
		if out != "" {
			args = append(args, "--out", out)
		}
		if code := run(args, nil, &printed, &errs); code != 0 {
			t.Fatal(errs.String())
		}
		return printed.String()
	}
	text := drawn("1", "")
	if want := "# Cells of digits201: 3 from each of 4 equal parts of its 6466 different networks, by test, with seed 1.\n"; !strings.HasPrefix(text, want) ||
		strings.Count(text, "\n") != 2+12 || strings.Count(text, " # part 4, ") != 3 {
		t.Error(text)
	}
	path := filepath.Join(t.TempDir(), "cells.txt")
	drawn("1", path)
	if kept, err := os.ReadFile(path); err != nil || string(kept) != text || drawn("2", "") == text {
		t.Errorf("%s, %v", kept, err)
	}
	archs, kept, err := tabulate.Open("nb201", path)
	if err != nil || len(archs) != 12 || !strings.HasPrefix(kept, "list=12,sha256=") {
		t.Error(archs, kept, err)
	}
	// A line break in the name of a table begins no line of the list.
	csv := filepath.Join(t.TempDir(), "a\n012345.csv")
	if err := os.WriteFile(csv, []byte("arch,val\n301003,91.5\n111111,60\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var printed, errs bytes.Buffer
	if code := run([]string{"table", "cells", "--benchmark", "table:" + csv + ",space=nb201", "--parts", "1", "--each", "2"}, nil, &printed,
		&errs); code != 0 || strings.Count(printed.String(), "\n") != 2+2 || !strings.Contains(printed.String(), `a\n012345.csv`) {
		t.Error(code, printed.String(), errs.String())
	}
	for says, args := range map[string][]string{
		"--benchmark is missing":                  {"table", "cells"},
		"5000 of each of 10 parts: 6466 differen": {"table", "cells", "--benchmark", "digits201", "--each", "5000"},
		"too large to be listed":                  {"table", "cells", "--benchmark", "accel"},
		`order of digits201 "luck"`:               {"table", "cells", "--benchmark", "digits201", "--by", "luck"},
		path + ":15: ":                            {"table", "build", "--cells", path, "--out", filepath.Join(t.TempDir(), "b")},
	} {
		if strings.HasPrefix(says, path) {
			if err := os.WriteFile(path, []byte(text+"12345\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		var errs bytes.Buffer
		if code := run(args, nil, &bytes.Buffer{}, &errs); code != 1 || !strings.Contains(errs.String(), says) || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%d, %s, want %s", code, errs.String(), says)
		}
	}
}
