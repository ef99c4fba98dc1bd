package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/amoeba-nas/amoeba/"

// floors are the packages of the program from the ground up. A package imports packages of
// lower floors alone; whoever adds one says where it stands.
var floors = [][]string{
	{"evolve", "evolve/number", "evolve/pareto", "evolve/samebits", "evolve/sheet", "evolve/stats", "internal/jsonline", "internal/lines",
		"internal/shared", "internal/long", "plots/cite", "data/parquet", "data/pickle", "data/tfrecord/tfrecordtest", "training/kernel"},
	{"evolve/adam", "evolve/checked", "evolve/cluster", "evolve/durable", "evolve/features", "evolve/forest", "evolve/front",
		"evolve/gauss", "evolve/gin", "evolve/grid", "evolve/lstm", "evolve/mlp", "evolve/parzen", "evolve/words",
		"data/tfrecord", "training/blas", "training/device/launch"},
	{"evolve/journal", "evolve/notes", "evolve/program", "evolve/scores", "evolve/search", "evolve/space", "evolve/verify", "data/fetch", "data/ownruns",
		"surrogate/model", "training/device"},
	{"evolve/answer", "evolve/byhand", "evolve/census", "evolve/hyper", "evolve/landscape", "evolve/search/command", "evolve/trace", "evolve/wrap", "data/nats", "data/usertable", "training/net", "training/net/nettest",
		"training/device/conform", "training/device/gpu", "internal/browser"},
	{"evolve/evolvetest", "evolve/lab", "evolve/scores/runs", "data", "data/nats/natstest", "training/graph", "training/device/opencl", "plots"},
	{"training/device/opencl/opencltest", "data/images", "training/device/devices", "data/papers", "surrogate", "internal/benchtest", "internal/flags"},
	{"examples/annealing", "data/holdings", "surrogate/card", "surrogate/command", "surrogate/fit", "surrogate/predictor", "surrogate/truth", "training"},
	{"surrogate/ranking", "training/export", "training/oneshot", "training/tabulate", "plots/report", "internal/progress"},
	{"plots/page", "training/oneshot/method", "training/oneshot/poll"},
	{"plots/live"},
	{"cmd/amoeba"},
}

// rooms are the top-level folders from the ground up: no package of one imports a package of a higher one.
var rooms = []string{"evolve", "data", "training", "surrogate", "plots", "cmd"}

// No arrow runs up, neither between rooms nor within one.
func TestFloors(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	floor := map[string]int{}
	for k, names := range floors {
		for _, name := range names {
			floor[name] = k + 1
		}
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		paths := strings.Fields(line)
		from := strings.TrimPrefix(paths[0], module)
		if seen++; floor[from] == 0 {
			t.Errorf("%s: say on which floor it stands", from)
			continue
		}
		for _, path := range paths[1:] {
			to, ours := strings.CutPrefix(path, module)
			if !ours {
				continue
			}
			if floor[to] >= floor[from] {
				t.Errorf("%s, floor %d, imports %s, floor %d", from, floor[from], to, floor[to])
			}
			a, b := slices.Index(rooms, strings.SplitN(from, "/", 2)[0]), slices.Index(rooms, strings.SplitN(to, "/", 2)[0])
			if a >= 0 && b > a { // what is internal belongs to no room
				t.Errorf("%s imports %s of a higher room", from, to)
			}
		}
	}
	if seen != len(floor) {
		t.Errorf("%d packages, and %d are named", seen, len(floor))
	}
}

// Imports run down only; docs and reviews rely on it, so it is a test.
func TestImportRules(t *testing.T) {
	type pkg struct {
		ImportPath    string
		Standard      bool
		Imports, Deps []string
	}
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps", module+"...")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, errs.Bytes())
	}
	all := map[string]pkg{}
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
	below := func(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }
	// No package below from may depend on one below to.
	for _, rule := range []struct{ from, to string }{
		{module + "evolve/search", module + "data"},
		{module + "evolve/search", module + "evolve/front"}, // which is for analysis
		{module + "evolve/space", module + "evolve/search"},
		{module + "evolve/journal", module + "evolve/trace"},
		{module + "evolve/trace", module + "evolve/lab"},
		{module + "plots", module + "surrogate"},
		{module + "plots", module + "evolve/search"},
		{module + "surrogate", module + "training"},
		{module + "surrogate/model", module + "data"},
		{module + "data", module + "surrogate"},
		{module + "surrogate", module + "evolve/search"},
		{module + "training", module + "surrogate"},
		{module + "training", module + "evolve/search"},
		{module + "training", module + "evolve/lab"},
		{module + "evolve", module + "training"},
		{module + "evolve", module + "data"},
		{module + "evolve", module + "surrogate"},
		{module + "evolve", module + "plots"},
		{module + "data", module + "surrogate"},
		{module + "data", module + "plots"},
		{module + "surrogate", module + "plots"},
		{module + "training", module + "plots"},
		{module + "data", module + "training"},
		{module + "plots", module + "training"},
		{module + "training/net", "gorgonia.org"},
		{module + "training/net", module + "training/graph"},
		{module + "training/net", module + "training/device"},
		{module + "training/kernel", module + "training/device"},
		{module + "training/device", module + "training/graph"},
		{module + "evolve", module + "cmd"},
		{module + "plots", module + "cmd"},
		{module + "surrogate", module + "cmd"},
		{module + "training", module + "cmd"},
		{module + "data", module + "cmd"},
	} {
		for path, p := range all {
			if !below(path, rule.from) {
				continue
			}
			for _, dep := range p.Deps {
				if below(dep, rule.to) && !(dep == module+"training/net" && rule.from == module+"surrogate") { // which computes nothing
					t.Errorf("%s depends on %s", path, dep)
				}
			}
		}
	}
	for path, p := range all {
		for _, dep := range p.Imports {
			switch {
			case path == module+"evolve" && !all[dep].Standard:
				t.Errorf("evolve imports %s, and not only the standard library", dep)
			case path == module+"evolve/stats" && strings.HasPrefix(dep, module):
				t.Errorf("%s imports %s: statistics are of slices alone", path, dep)
			case below(path, module+"evolve/search") && below(dep, module+"surrogate") && !below(dep, module+"surrogate/model"):
				t.Errorf("%s imports the benchmark %s", path, dep)
			// Searchers that need a network are packages of their own below search.
			case path == module+"evolve/search" && below(dep, module+"training"):
				t.Errorf("%s imports %s", path, dep)
			case strings.HasPrefix(path, module) && below(dep, "github.com/MaxHalford/eaopt") && !below(path, module+"evolve/search"):
				t.Errorf("%s imports eaopt", path)
			case strings.HasPrefix(path, module) && strings.HasPrefix(dep, "gorgonia.org/") && !below(path, module+"training"):
				t.Errorf("%s imports %s", path, dep)
			}
		}
	}
	if len(all) < 50 || len(all[module+"cmd/amoeba"].Imports) == 0 {
		t.Errorf("go list told of %d packages only", len(all))
	}
}
