package tabulate

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

var archs = []evolve.Arch{"333333", "000000", "214201"}

func protocol() Protocol {
	p := Protocol{Space: "nb201", Data: "digits", Net: net.Config{N: 1, F: 4}, Recipe: training.DefaultRecipe(), Seeds: 2, Cells: "of the test"}
	p.Recipe.Epochs = 2
	return p
}

func build(t *testing.T, dir string, p Protocol, workers int) {
	t.Helper()
	if err := Build(context.Background(), dir, p, archs, Options{Procs: workers}); err != nil {
		t.Fatal(err)
	}
}

// rows are a folder's runs by architecture and seed, without measured seconds.
func rows(t *testing.T, dir string) []Run {
	t.Helper()
	runs, err := Runs(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range runs {
		for _, s := range runs[i].Seconds {
			if !(s > 0) {
				t.Errorf("%s: %v seconds", runs[i].Arch, runs[i].Seconds)
			}
		}
		runs[i].Seconds = nil
	}
	slices.SortFunc(runs, func(a, b Run) int { return cmp.Or(cmp.Compare(a.Arch, b.Arch), a.Seed-b.Seed) })
	return runs
}

func TestBuild(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "table")
	var heard []int
	p := protocol()
	err := Build(context.Background(), dir, p, archs, Options{Procs: 2, Observer: evolve.On(func(b Built) {
		if heard = append(heard, b.Done); b.Of != 6 || len(b.Run.Val) != 2 {
			t.Errorf("heard of %+v", b)
		}
	})})
	if err != nil || !slices.Equal(heard, []int{1, 2, 3, 4, 5, 6}) {
		t.Fatal(err, heard)
	}
	runs := rows(t, dir)
	if len(runs) != 6 {
		t.Fatalf("%d rows", len(runs))
	}
	// A row is what the training gives on its own.
	data, err := training.OpenData("digits")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range runs {
		if want := []evolve.Arch{"000000", "214201", "333333"}[i/2]; r.Arch != want || r.Seed != 1+i%2 {
			t.Fatalf("row %d is of %s, seed %d", i, r.Arch, r.Seed)
		}
		if r.Failed != "" || len(r.TrainLoss) != 2 || len(r.ValLoss) != 2 || len(r.TestLoss) != 2 || len(r.Train) != 2 || len(r.Val) != 2 || len(r.Test) != 2 {
			t.Errorf("row %+v", r)
		}
		one, err := alone(data, p, r.Arch, uint64(r.Seed))
		if err != nil {
			t.Fatal(err)
		}
		last := one.History[1]
		e, err := one.Test(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if r.Params != one.Params() || r.MACs != one.Network.MACs() || r.TrainLoss[1] != float32(last.TrainLoss) || r.ValLoss[1] != float32(last.ValLoss) ||
			r.TestLoss[1] != float32(e.Loss) || r.Train[1] != last.TrainCorrect || r.Val[1] != last.ValCorrect || r.Test[1] != e.Correct {
			t.Errorf("row %+v, alone %+v and %+v", r, last, e)
		}
		one.Close()
	}
	if x, y := runs[4], runs[5]; x.Val[1] < 250 || slices.Equal(x.TrainLoss, y.TrainLoss) || runs[0].Val[1] > 60 { // of 359
		t.Errorf("%+v, %+v, nothing: %+v", x, y, runs[0])
	}
	got, err := Load(dir)
	if err != nil || got.Engine != training.Version || got.DataHash != data.Set.Hash || got.Net.Classes != 10 || got.Seeds != 2 || got.Recipe != p.Recipe {
		t.Errorf("manifest %+v, %v", got, err)
	}
}

func alone(data *training.Data, p Protocol, a evolve.Arch, seed uint64) (*training.Run, error) {
	r, err := training.Start(training.Job{Space: p.Space, Arch: a, Net: p.Net, Recipe: p.Recipe, Seed: seed}, data, device.CPU[float32]())
	for err == nil && r.Done() < p.Recipe.Epochs {
		_, err = r.Next(context.Background())
	}
	return r, err
}

func TestStopAndGoOn(t *testing.T) {
	whole, part := t.TempDir(), t.TempDir()
	build(t, whole, protocol(), 1)
	ctx, cancel := context.WithCancel(context.Background())
	err := Build(ctx, part, protocol(), archs, Options{Procs: 2, Observer: evolve.On(func(b Built) {
		if b.Done == 2 {
			cancel()
		}
	})})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped: %v", err)
	}
	if n := len(rows(t, part)); n < 2 || n > 3 {
		t.Fatalf("%d rows after the stop", n)
	}
	// A crash tears the last line: it is no row, and its run is made again.
	path := filepath.Join(part, RunsName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	torn := lines[0] + lines[1][:len(lines[1])/2]
	if err := os.WriteFile(path, []byte(torn), 0o644); err != nil {
		t.Fatal(err)
	}
	if n := len(rows(t, part)); n != 1 {
		t.Fatalf("%d rows in a torn file", n)
	}
	var first int
	err = Build(context.Background(), part, protocol(), archs, Options{Procs: 2, Observer: evolve.On(func(b Built) {
		if first == 0 {
			first = b.Done
		}
	})})
	if err != nil || first != 2 {
		t.Fatal(err, first)
	}
	if a, b := rows(t, whole), rows(t, part); !reflect.DeepEqual(a, b) {
		t.Errorf("straight %+v, stopped %+v", a, b)
	}
	after, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(after), lines[0]) || strings.Count(string(after), "\n") != 6 {
		t.Errorf("%v, %q", err, after)
	}
	err = Build(context.Background(), part, protocol(), archs, Options{Procs: 2, Observer: evolve.On(func(Built) { t.Error("trained again") })})
	if err != nil {
		t.Error(err)
	}
	if again, _ := os.ReadFile(path); string(again) != string(after) {
		t.Error("a whole table changed")
	}
}

func TestOtherProtocol(t *testing.T) {
	dir := t.TempDir()
	p := protocol()
	p.Seeds = 1
	build(t, dir, p, 2)
	for says, edit := range map[string]func(*Protocol){
		`says "LR": 0.1 and this build "LR": 0.2:`:       func(p *Protocol) { p.Recipe.LR = 0.2 },
		`says "Epochs": 2 and this build "Epochs": 3:`:   func(p *Protocol) { p.Recipe.Epochs = 3 },
		`says "F": 4 and this build "F": 5:`:             func(p *Protocol) { p.Net.F = 5 },
		`says "seeds": 1 and this build "seeds": 2:`:     func(p *Protocol) { p.Seeds = 2 },
		`says "cells": "of the test" and this build "ce`: func(p *Protocol) { p.Cells = "all" },
	} {
		q := p
		edit(&q)
		err := Build(context.Background(), dir, q, archs, Options{Procs: 1, Observer: evolve.On(func(Built) { t.Error("trained") })})
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), filepath.Join(dir, manifestName)+": line ") {
			t.Errorf("%v, want %s", err, says)
		}
	}
}

// card is the processor under another name.
type card struct{ device.Device[float32] }

func (card) Name() string { return "card 1, driver 7" }

// Runs of two devices are not mixed, and a table says on which it was trained where that was not the processor.
func TestOtherDevice(t *testing.T) {
	p, elsewhere := protocol(), card{device.CPU[float32]()}
	p.Seeds, p.Recipe.Epochs = 1, 1
	here, there := t.TempDir(), t.TempDir()
	build(t, here, p, 1)
	o := Options{Device: elsewhere, Procs: 1}
	if err := Build(t.Context(), there, p, archs, o); err != nil {
		t.Fatal(err)
	}
	for dir, on := range map[string]string{here: "", there: "card 1, driver 7"} {
		got, err := Load(dir)
		if err != nil || got.Device != on || got.Kernels != cmp.Or(on, kernel.Name()) {
			t.Errorf("on %q: %+v, %v", on, got, err)
		}
		text, err := os.ReadFile(filepath.Join(dir, manifestName))
		if has := strings.Contains(string(text), "device"); err != nil || has != (on != "") {
			t.Errorf("on %q: %s", on, text)
		}
		report, err := Verify(dir)
		if note := strings.TrimPrefix(report.Files[0].Note, "trained on "); err != nil || note != on {
			t.Errorf("on %q: verify says %+v, %v", on, report.Files, err)
		}
		table, _, err := Pack(dir, 0, "")
		if err != nil || !strings.HasSuffix(table.Clock, " on "+cmp.Or(on, "one core")) {
			t.Errorf("on %q: %v, %v", on, table, err)
		}
		other := Options{Procs: 1, Observer: evolve.On(func(Built) { t.Error("trained") })}
		was, is := on, kernel.Name()
		if on == "" {
			other.Device, was, is = elsewhere, is, "card 1, driver 7"
		}
		err = Build(t.Context(), dir, p, archs, other)
		if says := fmt.Sprintf("says \"kernels\": %q and this build \"kernels\": %q: ", was, is); !errors.Is(err, evolve.ErrInvalid) ||
			!strings.Contains(err.Error(), says) {
			t.Errorf("on %q: %v, want %s", on, err, says)
		}
	}
}

// Damage of the runs is refused with its place and with what to do, and no byte of the file changes.
func TestDamagedRuns(t *testing.T) {
	dir, p := t.TempDir(), protocol()
	p.Seeds = 1
	build(t, dir, p, 1)
	path := filepath.Join(dir, RunsName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(string(text), "\n")
	other, err := checked.Line(map[string]any{"arch": 7})
	if err != nil {
		t.Fatal(err)
	}
	for bad, want := range map[string]string{
		first + "\n" + strings.Replace(rest, `"seed":1`, `"seed":2`, 1): fmt.Sprintf("line 2 (byte %d): altered: its checksum is not right; remove the line to train it again", len(first)+1),
		string(other):                       "line 1 (byte 0): json: cannot unmarshal number",
		`{"arch":"000000","seed":1}` + "\n": "line 1 (byte 0): no checksum: an earlier build of amoeba wrote it; go on with that build, or let it pack",
	} {
		if err := os.WriteFile(path, []byte(bad), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Runs(dir); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), path+": "+want) {
			t.Errorf("%v, want %s", err, want)
		}
		if err := Build(context.Background(), dir, p, archs, Options{Procs: 1}); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("built on: %v", err)
		}
		if after, _ := os.ReadFile(path); string(after) != bad {
			t.Errorf("%s was changed", path)
		}
	}
}

// A run that diverges is a row, with the epochs that it ended.
func TestDivergedRow(t *testing.T) {
	dir, p := t.TempDir(), protocol()
	p.Seeds, p.Recipe.LR, p.Recipe.WeightDecay, p.Recipe.Clip, p.Recipe.Batch = 1, 100, 1, 0, 32
	if err := Build(context.Background(), dir, p, archs[:1], Options{Procs: 1}); err != nil {
		t.Fatal(err)
	}
	runs := rows(t, dir)
	if len(runs) != 1 || !strings.Contains(runs[0].Failed, "diverged") || len(runs[0].Val) > 1 || runs[0].Params == 0 {
		t.Errorf("%+v", runs)
	}
	err := Build(context.Background(), t.TempDir(), protocol(), []evolve.Arch{"9"}, Options{Procs: 1})
	if !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("an architecture that is none: %v", err)
	}
}

// What cannot be built makes no folder.
func TestRefusedBuild(t *testing.T) {
	for says, edit := range map[string]func(*Protocol, *Options){
		"0 seeds":                   func(p *Protocol, _ *Options) { p.Seeds = 0 },
		"0 runs at a time":          func(_ *Protocol, o *Options) { o.Procs = 0 },
		"learning rate -1":          func(p *Protocol, _ *Options) { p.Recipe.LR = -1 },
		"batch 2000 is larger than": func(p *Protocol, _ *Options) { p.Recipe.Batch = 2000 },
		"digitz":                    func(p *Protocol, _ *Options) { p.Data = "digitz" },
	} {
		dir, p, o := filepath.Join(t.TempDir(), "table"), protocol(), Options{Procs: 1}
		edit(&p, &o)
		if err := Build(context.Background(), dir, p, archs, o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a folder was made", says)
		}
	}
}

func TestCells(t *testing.T) {
	list := func(space, which string) []evolve.Arch {
		a, err := Cells(space, which)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[evolve.Arch]bool{}
		for _, x := range a {
			if seen[x] {
				t.Errorf("%s twice in %s of %s", x, which, space)
			}
			seen[x] = true
		}
		return a
	}
	if n := len(list("nb201", "all")); n != 6466 { // Dong and Yang 2020, section 2.1: "6,466 unique topology structures"
		t.Errorf("nb201 has %d", n)
	}
	some := list("nb201", "ops=0,1,3") // as they are written, so 3⁶ of them
	if len(some) != 729 || !slices.Contains(some, "000000") || !slices.Contains(some, "331013") {
		t.Errorf("%d cells of three operations", len(some))
	}
	for _, a := range some {
		if strings.ContainsAny(string(a), "24") {
			t.Errorf("%s has another operation", a)
		}
	}
	for _, space := range []string{"nb201", "nb101", "nasnet", "darts"} {
		a := list(space, "sample=20")
		if len(a) != 20 || !slices.Equal(a, list(space, "sample=20")) || !slices.Equal(a, list(space, "sample=30")[:20]) {
			t.Errorf("%s: %v", space, a)
		}
	}
	for _, c := range []struct {
		space, which string
		is           error
		says         string
	}{
		{"nasnet", "all", evolve.ErrUnsupported, "the space nasnet cannot be listed, want sample=N"},
		{"nb201", "ops=0,9", evolve.ErrInvalid, "cells ops=0,9: no cell of nb201 has the operation 9, want some of 0,1,2,3,4"},
		{"nb201", "ops=7", evolve.ErrInvalid, "operation 7"},
		{"nb201", "sample=0", evolve.ErrInvalid, "sample=0"},
		{"nb201", "sample=x", evolve.ErrInvalid, "sample=x"},
		{"nb201", "sample=7000", evolve.ErrInvalid, "too few different ones"},
		{"nb201", "none", evolve.ErrInvalid, "want all, ops=0,1,3, sample=N or a file"},
		{"nb2001", "all", evolve.ErrUnknown, "nb2001"},
	} {
		if _, err := Cells(c.space, c.which); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %v, want %s", c.space, c.which, err, c.says)
		}
	}
}

// The manifest is JSON that says it all.
func TestManifest(t *testing.T) {
	dir := t.TempDir()
	p := protocol()
	if err := claim(dir, p); err != nil {
		t.Fatal(err)
	}
	q, err := Load(dir)
	if err != nil || q != p {
		t.Errorf("%+v, %v, want %+v", q, err, p)
	}
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil || !json.Valid(text) || text[len(text)-1] != '\n' {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.WriteFile(filepath.Join(dir, manifestName), text[:50], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), manifestName) {
		t.Errorf("half a manifest: %v", err)
	}
	if err := claim(dir, p); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("half a manifest: %v", err)
	}
}

// What is missing is counted, and given out seed by seed, whatever is there already.
func TestMissing(t *testing.T) {
	p := Protocol{Seeds: 3}
	for _, past := range [][]Run{nil, {{Arch: "000000", Seed: 1}}, {{Arch: "214201", Seed: 3}, {Arch: "333333", Seed: 2}, {Arch: "111111", Seed: 1}, {Arch: "000000", Seed: 4}}} {
		known := map[job]bool{}
		for _, r := range past {
			known[job{r.Arch, r.Seed}] = true
		}
		var want, got []job
		for seed := 1; seed <= p.Seeds; seed++ {
			for _, a := range archs {
				if j := (job{a, seed}); !known[j] {
					want = append(want, j)
				}
			}
		}
		q, err := p.missing(archs, past)
		if err != nil || q.left != len(want) {
			t.Fatalf("%v: %d left, %v; want %d", past, q.left, err, len(want))
		}
		for j, ok := q.next(); ok; j, ok = q.next() {
			got = append(got, j)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", past, got, want)
		}
	}
	// A table of many runs takes no memory before they are trained.
	if least := testing.AllocsPerRun(1, func() {
		p.Seeds = ownruns.MaxSeeds
		if q, err := p.missing(slices.Repeat(archs, 1<<10), nil); err != nil || q.left != 3<<20 {
			t.Error(q.left, err)
		}
	}); least > 20 {
		t.Errorf("%g allocations", least)
	}
}
