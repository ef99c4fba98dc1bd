package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/plots/report"
	"github.com/amoeba-nas/amoeba/training/tabulate"
)

// outputCase is how to try a flag that names what is written.
type outputCase struct {
	args   []string      // of the command without the flag
	ends   []string      // of a file's name; none: any
	inputs []string      // files and folders that args name
	files  durable.Files // of a folder
	long   bool          // it is not run to its end
}

// outputCases are all flags that name what is written, by command and flag. Whoever adds one writes it here
// and declares it with writes.
func outputCases(t *testing.T) map[string]outputCase {
	paper, err := papers.Get("real2019-toy")
	if err != nil {
		t.Fatal(err)
	}
	compare := outputCase{args: []string{"compare", "-f", "spec.yaml", "--quiet"}, inputs: []string{"spec.yaml"}, files: experimentFiles}
	search := compare
	search.args = []string{"search", "-f", "spec.yaml", "--quiet"}
	sweep := outputCase{args: []string{"sweep", "-f", "sweep.yaml", "--quiet"}, inputs: []string{"sweep.yaml"}, files: experimentFiles}
	export := []string{"export", "t/seed-1/best.ckpt"}
	fit := []string{"surrogate", "fit", "--from", "own.csv", "--train", "1"}
	return map[string]outputCase{
		"compare out":       compare,
		"search out":        search,
		"sweep out":         sweep,
		"reproduce out":     {args: []string{"reproduce", paper.Name, "--seeds", "1", "--quiet"}, files: report.ReproductionFiles(paper), long: true},
		"reproduce page":    {args: []string{"reproduce", "quality", "--only", "nasnet-digits", "--seeds", "1", "--quiet", "--out", "quality"}},
		"plot out":          {args: []string{"plot", "e"}, ends: []string{".svg", ".png", ".pdf"}, inputs: []string{"e", "e/incumbents.parquet", "e/experiment.yaml", "e/manifest.json"}},
		"report out":        {args: []string{"report", "e"}, inputs: []string{"e", "e/incumbents.parquet", "e/experiment.yaml", "e/manifest.json"}},
		"plot data":         {args: []string{"plot", "e", "--out", "e.svg"}, inputs: []string{"e", "e/incumbents.parquet"}},
		"draw out":          {args: []string{"draw", "amoebanet-a"}, ends: []string{".svg", ".png", ".pdf", ".mmd", ".gv"}},
		"surrogate fit out": {args: fit, inputs: []string{"own.csv"}}, "surrogate fit report": {args: fit, inputs: []string{"own.csv"}},
		"table cells out":   {args: []string{"table", "cells", "--benchmark", "digits201", "--parts", "2", "--each", "1"}},
		"table build out":   {args: []string{"table", "build", "--cells", "sample=2", "--epochs", "1", "--F", "2", "--seeds", "1", "--from", "b"}, inputs: []string{"b", "b/runs.jsonl"}, files: tabulate.Files},
		"table pack out":    {args: []string{"table", "pack", "b", "--seconds", "b2"}, inputs: []string{"b", "b2", "b/runs.jsonl", "b/table.json", "b2/runs.jsonl"}},
		"table card out":    {args: []string{"table", "card", "packed"}, inputs: []string{"packed"}},
		"train out":         {args: []string{"train", "301003", "-F", "2", "--epochs", "1", "--batch", "1024", "--quiet"}, files: trainFiles},
		"oneshot train out": {args: []string{"oneshot", "train", "-F", "2", "--images", "128", "--epochs", "1", "--quiet"}, ends: []string{".ckpt"}},
		"oneshot rank out":  {args: []string{"oneshot", "rank", sharedCheckpoint, "--truth", "runs:truth", "--bootstrap", "2", "--tables", "1", "--quiet"}, ends: []string{".png", ".svg", ".pdf"}, inputs: []string{sharedCheckpoint, "truth"}},
		"eval out":          {args: []string{"eval", "t/seed-1/best.ckpt"}, ends: []string{".png", ".svg", ".pdf"}, inputs: []string{"t/seed-1/best.ckpt"}},
		"export onnx":       {args: export, inputs: []string{"t/seed-1/best.ckpt"}}, "export pytorch": {args: export, inputs: []string{"t/seed-1/best.ckpt"}},
	}
}

// sharedCheckpoint is one of shared weights.
const sharedCheckpoint = "shared.ckpt"

// others are the other flags of text, by command: none is the name of what is written. Those that name what
// is read have `file` or `folder` in their usage.
var others = map[string]string{
	"stats":  "algo metric on rows summary x",
	"answer": "benchmark", "serve": "addr", "ask": "algo space", "tell": "reason",
	"compare": "algo benchmark cluster fidelity-rule file incumbent overshoot record", "plot": "algo benchmark kind metric x",
	"sweep": "algo benchmark cluster fidelity-rule file incumbent metric overshoot record",
	"top":   "benchmark by", "trials": "algo",
	"search": "algo benchmark cluster fidelity-rule file incumbent overshoot record", "query": "benchmark", "draw": "format space",
	"data import": "from", "data card": "set", "resume": "algo", "reproduce": "only", "surrogate fit": "columns encoding epochs from metric percent space", "table cells": "benchmark by", "table build": "cells data device from space", "devices": "check", "oneshot truth": "part truth", "oneshot rank": "part truth", "oneshot train": "closed data keep space split", "table pack": "seconds",
	"train": "blas data device schedule skeleton solver space", "eval": "blas data device", "count": "data skeleton solver space", "export": "skeleton",
}

// A flag of text is one that names an output and has its case, or it stands among the others.
func TestOutputsAreKnown(t *testing.T) {
	cases := outputCases(t)
	seen := map[string]bool{}
	eachCommand(root(), func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			command := strings.TrimPrefix(c.CommandPath(), "amoeba ")
			name, other := command+" "+f.Name, slices.Contains(strings.Fields(others[command]), f.Name)
			if kind := f.Value.Type(); kind != "string" && kind != "stringArray" && kind != "stringSlice" {
				return
			}
			seen[name] = true
			_, tried := cases[name]
			if writes := f.Annotations[flags.WritesTo] != nil; writes != tried || writes == other {
				t.Errorf("%s: writes %v, has a case %v, is among the others %v: want a flag that names an output to be declared with writes and to have a case here", name, writes, tried, other)
			}
		})
	})
	for name := range cases {
		if !seen[name] {
			t.Errorf("%s: no such flag", name)
		}
	}
}

func eachCommand(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, sub := range c.Commands() {
		eachCommand(sub, do)
	}
}

// No command writes over what it reads, by whatever path, nor over what it did not make; and over its own
// it does.
func TestOutputs(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of commands")
	}
	t.Chdir(t.TempDir())
	t.Setenv("AMOEBA_DATA", filepath.Join(t.TempDir(), "none"))
	ground(t)
	for name, c := range outputCases(t) {
		flag := name[strings.LastIndex(name, " ")+1:]
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir() // beside nothing that is read, and of this process new
			with := func(path string) []string { return append(slices.Clone(c.args), "--"+flag, path) }
			if c.files != nil {
				c.folder(t, dir, with)
				return
			}
			for i, end := range append(c.ends, "")[:max(1, len(c.ends))] {
				c.file(t, filepath.Join(dir, fmt.Sprint(i)), end, with)
			}
		})
	}
}

// ground makes what the commands read.
func ground(t *testing.T) {
	t.Helper()
	text := []byte("arch,val\n")
	for i := range 150 {
		a := string(space.NB201{}.At(i))
		text = fmt.Appendf(text, "%s,%d\n", a, 50+5*strings.Count(a, "3")+3*strings.Count(a, "2"))
	}
	put(t, "own.csv", string(text))
	put(t, "spec.yaml", "benchmark: bits,length=8\nalgos: [random]\nseeds: 1\ntrials: 5\nrecord: all\n")
	put(t, "sweep.yaml", "benchmark: bits,length=8\nalgos: ['regevo,population=2|3,sample=2']\nseeds: 2\ntrials: 5\nrecord: all\n")
	build := []string{"table", "build", "--cells", "sample=2", "--epochs", "1", "--F", "2", "--seeds", "1", "--procs", "1", "--out"}
	for _, args := range [][]string{
		{"train", "301003", "-F", "2", "--epochs", "1", "--batch", "1024", "--quiet", "--out", "t"}, {"compare", "-f", "spec.yaml", "--out", "e", "--quiet"},
		append(slices.Clone(build), "b"), append(slices.Clone(build), "b2"), {"table", "pack", "b", "--out", "packed"},
		{"table", "build", "--cells", "sample=10", "--epochs", "1", "--F", "2", "--seeds", "2", "--procs", "1", "--out", "b3"}, {"table", "pack", "b3", "--out", "truth"},
		{"oneshot", "train", "-F", "2", "--epochs", "0", "--out", sharedCheckpoint, "--quiet"},
	} {
		succeeds(t, args)
	}
}

// foreign are files that no command made; the last has no whole line.
var foreign = []string{"package main\n", "arch,val\n333333,50\n", "# Notes\n", `{"precious":1}` + "\n", `{"precious":1}`, "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n", "\x00\x01", "precious"}

func (c outputCase) file(t *testing.T, dir, end string, with func(string) []string) {
	out := filepath.Join(dir, "out"+end)
	left := filepath.Join(dir, ".amoeba-killed.7.tmp")
	put(t, left, "half")
	succeeds(t, with(out))
	if _, err := os.Stat(left); err == nil {
		t.Error("what a killed process left is still there")
	}
	succeeds(t, with(out)) // over its own
	put(t, out, "")
	succeeds(t, with(out)) // over an empty one
	for i, text := range append(foreign, read(t, "e/incumbents.parquet"), read(t, "t/curves.png")[:7], "---\ntitle: \"A post\"\n---\nText.\n", "<?xml version=\"1.0\"?>\n<svg/>\n", read(t, "t/seed-1/best.ckpt")) {
		path := filepath.Join(dir, fmt.Sprintf("foreign%d%s", i, end))
		put(t, path, text)
		untouchedBy(t, with(path), path)
	}
	for _, in := range c.inputs {
		if info, err := os.Stat(in); err != nil || info.IsDir() {
			continue
		}
		for _, path := range ways(t, dir, in, end) {
			untouchedBy(t, with(path), in)
		}
	}
}

// ways are paths to a file: its own, another spelling, links of both kinds, a link to a link and one through a
// linked folder.
func ways(t *testing.T, dir, in, end string) []string {
	t.Helper()
	abs, err := filepath.Abs(in)
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(dir, strings.ReplaceAll(in, "/", "-"))
	soft, two, hard, folder := base+".soft"+end, base+".two"+end, base+".hard"+end, base+".folder"
	links := []error{os.Symlink(abs, soft), os.Symlink(soft, two), os.Symlink(filepath.Dir(abs), folder)}
	paths := []string{in, abs, filepath.Dir(in) + "/../" + filepath.Join(filepath.Base(filepath.Dir(abs)), filepath.Base(in)), soft, two, filepath.Join(folder, filepath.Base(in))}
	if info, err := os.Stat(in); err == nil && !info.IsDir() { // which has no hard links
		links, paths = append(links, os.Link(abs, hard)), append(paths, hard)
	}
	for _, err := range links {
		if err != nil {
			t.Skip("no links here:", err)
		}
	}
	return paths
}

func (c outputCase) folder(t *testing.T, dir string, with func(string) []string) {
	out := filepath.Join(dir, "out")
	if !c.long {
		succeeds(t, with(out))
		succeeds(t, with(out)) // goes on with its own
	}
	for i, name := range slices.Sorted(maps.Keys(c.files)) {
		name = strings.ReplaceAll(name, "*", "1")
		for k, text := range foreign {
			other := filepath.Join(dir, fmt.Sprint("foreign", i, "-", k))
			path := filepath.Join(other, name)
			put(t, path, text)
			untouchedBy(t, with(other), path)
			if n := len(tree(t, other)); n != 1 {
				t.Errorf("%s beside a foreign %s: %d files are there", with(other), name, n)
			}
		}
		if c.long {
			continue
		}
		// Somebody's file in the place of ours, in a folder that is ours.
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			continue
		}
		ours := read(t, filepath.Join(out, name))
		put(t, filepath.Join(out, name), "# Notes\n")
		untouchedBy(t, with(out), filepath.Join(out, name))
		put(t, filepath.Join(out, name), ours)
	}
	for _, in := range c.inputs {
		if info, err := os.Stat(in); err == nil && info.IsDir() {
			for _, path := range ways(t, dir, in, "") {
				untouchedBy(t, with(path), in)
			}
			continue
		}
		// What is read has the name of what is written.
		for i, name := range slices.Sorted(maps.Keys(c.files)) {
			other := filepath.Join(dir, fmt.Sprint("reads", filepath.Base(in), i))
			path := filepath.Join(other, strings.ReplaceAll(name, "*", "1"))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Link(in, path); err != nil {
				t.Skip("no links here:", err)
			}
			untouchedBy(t, with(other), in)
		}
	}
}
