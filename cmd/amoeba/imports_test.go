package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/amoeba-nas/amoeba/"

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
