package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/cpu"

	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"amoeba": main})
}

// The published files, where this checkout has them beside it.
var raw = filepath.Join(shared.Dir, "data", "raw")

var raceEnabled bool // by the race detector's build

func TestScripts(t *testing.T) {
	if raceEnabled && testing.Short() {
		t.Skip("figures take minutes under the race detector; what runs in parallel is tested in evolve/lab")
	}
	abs, err := filepath.Abs(raw)
	if err != nil {
		t.Fatal(err)
	}
	_, missing := os.Stat(abs)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("AMOEBA_DATA", filepath.Join(e.WorkDir, "data"))
			// Scripts skip, or stop halfway, in a way of their own.
			name := strings.TrimPrefix(filepath.Base(e.WorkDir), "script-")
			text, err := os.ReadFile(filepath.Join("testdata", name+".txtar"))
			if err != nil {
				return err
			}
			if missing != nil && bytes.Contains(text, []byte("[!raw]")) {
				shared.Note("TestScripts/"+name, "data/raw")
			}
			examples, err := filepath.Abs(filepath.Join("..", "..", "examples"))
			if err != nil {
				return err
			}
			e.Setenv("EXAMPLES", examples)
			e.Setenv("RAW", abs)
			e.Setenv("SHARED", filepath.Dir(abs)) // the compact files, with the others below
			return nil
		},
		Condition: func(cond string) (bool, error) {
			return cond == "raw" && missing == nil || cond == "root" && os.Geteuid() == 0 ||
				cond == "avx2" && cpu.X86.HasAVX2 && cpu.X86.HasFMA, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"samedir": samedir, "samejson": samejson, "cut": cut, "flip": flip, "png": png, "cells": cells, "runprinted": runprinted,
		},
	})
}

// samedir A B: the same files with the same bytes, hidden ones included.
func samedir(ts *testscript.TestScript, neg bool, args []string) {
	if d := diffDirs(ts.MkAbs(args[0]), ts.MkAbs(args[1])); (d != "") != neg {
		ts.Fatalf("%s and %s: %s", args[0], args[1], d)
	}
}

func diffDirs(a, b string) string {
	read := func(dir string) (names []string, texts [][]byte) {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			text, _ := os.ReadFile(filepath.Join(dir, e.Name()))
			names, texts = append(names, e.Name()), append(texts, text)
		}
		return names, texts
	}
	an, at := read(a)
	bn, bt := read(b)
	if d := cmp.Diff(an, bn); d != "" || len(an) == 0 {
		return "files: " + d
	}
	for i := range an {
		if !bytes.Equal(at[i], bt[i]) {
			return an[i] + " differs"
		}
	}
	return ""
}

// samejson A B: equal but for the two wall-clock keys and the folder in the file names.
func samejson(ts *testscript.TestScript, neg bool, args []string) {
	read := func(name string) (v map[string]any) {
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(name)), &v))
		for _, r := range v["results"].([]any) {
			for _, key := range []string{"wall_seconds", "trials_per_second", "ask_tell_seconds"} {
				r := r.(map[string]any)
				if _, ok := r[key]; !ok {
					ts.Fatalf("%s: no key %s", name, key)
				}
				delete(r, key)
			}
		}
		files := v["files"].([]any)
		for i := range files {
			files[i] = filepath.Base(files[i].(string))
		}
		return v
	}
	if d := cmp.Diff(read(args[0]), read(args[1])); (d != "") != neg {
		ts.Fatalf("%s and %s: %s", args[0], args[1], d)
	}
}

// cut FILE drops the last third, flip FILE [BYTE] changes a bit of a byte, else of the middle one.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text[:len(text)*2/3]), 0o644))
}

func flip(ts *testscript.TestScript, _ bool, args []string) {
	text := []byte(ts.ReadFile(args[0]))
	at := len(text) / 2
	if len(args) > 1 {
		var err error
		at, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	text[at] ^= 4
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o644))
}

// cells FILE N: a table of the first cells of nb201 whose accuracy trees can learn in part: 5 %
// for each convolution of 3x3, 3 for each of 1x1, whether its result is used or not.
func cells(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := []byte("arch,val\n")
	for i := range n {
		a := space.NB201{}.At(i)
		val := 50 + 5*strings.Count(string(a), "3") + 3*strings.Count(string(a), "2")
		text = fmt.Appendf(text, "%s,%d\n", space.NB201{}.Format(a), val)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o644))
}

// runprinted NAME…: the last command printed lines that are commands of amoeba, one for each name and in this order; a
// shell runs each as it is printed, and it succeeds.
func runprinted(ts *testscript.TestScript, _ bool, names []string) {
	var found []string
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		if command, ok := strings.CutPrefix(line, "  amoeba "); ok {
			found = append(found, "amoeba "+strings.TrimSpace(command))
		}
	}
	if len(found) != len(names) {
		ts.Fatalf("%d commands are printed, want %q: %q", len(found), names, found)
	}
	for i, command := range found {
		if !strings.HasPrefix(command, "amoeba "+names[i]+" ") {
			ts.Fatalf("want amoeba %s: %s", names[i], command)
		}
		ts.Check(ts.Exec("sh", "-c", command))
	}
}

// png FILE…: each begins as a PNG.
func png(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		if text := ts.ReadFile(name); len(text) < 1000 || text[:8] != "\x89PNG\r\n\x1a\n" {
			ts.Fatalf("%s is no PNG", name)
		}
	}
}

// No value of a flag, however odd, brings more than one line and exit 1; a few are fine.
func TestOddValues(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of commands")
	}
	t.Chdir(t.TempDir())
	t.Setenv("AMOEBA_DATA", filepath.Join(t.TempDir(), "none"))
	values := []string{"", " ", "-1", "0", "NaN", "Inf", "-Inf", "1e999", "9223372036854775808", "99999999999999999999999", "0x10", "1_0", "1.5", "é", "日本", ",", ",,", "a,", ":", "=", "a=b",
		"regevo,", "regevo,=", "regevo,sample", "regevo,sample=1,sample=2", "nb201:", "nb201:cifar10,", "nb201,permute=-1", "bits,noise=NaN", "bits,cost=-1", "bits,length=0", "eaopt,population=1", "regevo,sample=0", "random,repeats=",
		"table:", "table:/dev/zero", "table:/dev/null/x", "table:../..", "fitted:/dev/zero", "fitted:\x00", "\x00", "\n", "a\nb", "../..", "/dev/null", "/dev/zero", "/dev/null/x", "--", "-", "%s%d", "'", `"`}
	flags := map[string][]string{
		"compare":   {"benchmark", "algo", "seeds", "trials", "budget", "overshoot", "epochs", "workers", "procs", "record", "seed", "file"},
		"search":    {"benchmark", "algo", "epochs", "workers", "seed", "file", "quiet"},
		"reproduce": {"seeds", "procs", "seed"},
	}
	for command, names := range flags {
		for _, name := range names {
			for _, v := range values {
				args := []string{command, "--record", "none", "--trials", "2", "--benchmark", "bits,length=4", "--" + name + "=" + v} // no figure
				switch command {
				case "compare":
					args = append(args, "--seeds", "1")
				case "reproduce":
					args = []string{command, "list", "--" + name + "=" + v}
				}
				if slices.Contains([]string{"seeds", "trials", "benchmark"}, name) && command == "compare" {
					args = append(args[:3], "--procs", "1", "--seeds=1", "--trials=2", "--"+name+"="+v)
				}
				odd(t, append(args, "--out", "e", "--quiet"))
				os.RemoveAll("e")
			}
		}
	}
	for _, args := range [][]string{{"query"}, {"draw"}, {"canon"}, {"plot"}, {"resume"}, {"reproduce"}, {"cite"}, {"data"}, {"data", "import"}, {"data", "fetch"}, {"data", "card"}, {"surrogate", "fit"}, {"search"}, {"version"}, {"list"}, {"nosuch"}} {
		for _, v := range values {
			odd(t, slices.Concat(args, []string{"--", v}))
		}
	}
	for _, args := range [][]string{
		{"draw", "301003", "--space"}, {"draw", "301003", "--format"}, {"data", "import", "macro", "--from"}, {"data", "import", "nats-tss", "--from"}, {"data", "card", "macro", "--set"},
		{"surrogate", "fit", "--from"}, {"surrogate", "fit", "--from", "none", "--space"}, {"surrogate", "fit", "--from", "none", "--metric"}, {"surrogate", "fit", "--from", "none", "--percent"},
	} {
		for _, v := range values {
			last := len(args) - 1
			odd(t, append(slices.Clone(args[:last]), args[last]+"="+v))
		}
	}
}

func odd(t *testing.T, args []string) {
	t.Helper()
	var out, errw bytes.Buffer
	code := run(args, bytes.NewReader(nil), &out, &errw)
	text := errw.Bytes()
	if code != 0 && code != exitError || code == exitError && (!bytes.HasPrefix(text, []byte("amoeba: ")) || bytes.Count(text, []byte("\n")) != 1) || bytes.Contains(text, []byte("internal error")) {
		t.Errorf("amoeba %q: exit %d\n%s", args, code, text)
	}
}

// A fault of ours reaches the user as a line, too.
func TestPanicIsALine(t *testing.T) {
	var errw bytes.Buffer
	if code := run([]string{"version"}, nil, panics{}, &errw); code != exitError || errw.String() != "amoeba: internal error: broken; the command was amoeba version\n" {
		t.Errorf("exit %d, %q", code, errw.String())
	}
}

type panics struct{}

func (panics) Write([]byte) (int, error) { panic("broken") }
