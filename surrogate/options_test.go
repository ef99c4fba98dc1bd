package surrogate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Values of options that have no choices, some of which a benchmark may not know.
var tried = map[string][]string{
	"permute": {"1"}, "epochs": {"1", "3", "12"}, "objective": {"params", "flops_m", "latency"}, "latency": {"raspi4"},
	"length": {"50"}, "cost": {"2"},
}

// settingsOf are those of a benchmark's options that are not in its text, each to another value
// than its default. What a user's file holds is no choice among results.
func settingsOf(s evolve.Spec) (all []evolve.Setting) {
	entry, _ := evolve.Benchmarks.Lookup(s.Name)
	for _, p := range entry.Params {
		if slices.ContainsFunc(s.Set, func(kv evolve.Setting) bool { return kv.Key == p.Name }) || slices.Contains([]string{"space", "columns", "percent"}, p.Name) {
			continue
		}
		for _, v := range append(slices.Clone(p.Choices), tried[p.Name]...) {
			if v != p.Default {
				all = append(all, evolve.Setting{Key: p.Name, Value: v})
			}
		}
	}
	return all
}

// behaviour is what a search sees of a benchmark and what is reported of it, of some architectures.
func behaviour(b evolve.Benchmark) string {
	var out strings.Builder
	p := b.Problem()
	fmt.Fprintf(&out, "%T %q %v %s\n", p.Space, p.Objectives, p.Fidelities, b.About().Metric)
	rng := evolve.Stream(1, "behaviour")
	for i := range 30 {
		t := evolve.Trial{ID: i, Seed: uint64(i), Proposal: evolve.Proposal{Arch: p.Space.Sample(rng)}}
		var r evolve.Result
		err := b.Evaluate(context.Background(), &t, &r)
		s, err2 := b.Score(&t)
		fmt.Fprintln(&out, t.Arch, r, err, s, err2)
	}
	return out.String()
}

// walk opens a benchmark with every setting beside none and beside every other. Each changes what a
// search or its report sees, or is refused in one line; where it has no effect the line names it and
// what it stands beside. It returns the numbers of both.
func walk(t *testing.T, text string) (effects, idle int) {
	t.Helper()
	base, err := evolve.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	settings := settingsOf(base)
	for _, beside := range append([]evolve.Setting{{}}, settings...) {
		plain := base
		if beside.Key != "" {
			plain.Set = append(slices.Clone(base.Set), beside)
		}
		b, _, err := evolve.Benchmarks.Open(plain)
		if err != nil {
			continue // refused alone
		}
		was := behaviour(b)
		for _, s := range settings {
			if s.Key == beside.Key {
				continue
			}
			with := plain
			with.Set = append(slices.Clone(plain.Set), s)
			b, _, err := evolve.Benchmarks.Open(with)
			switch {
			case err != nil && strings.Contains(err.Error(), "has no effect"):
				idle++
				named := false // one of the two is idle
				for _, x := range []evolve.Setting{s, beside} {
					named = named || strings.Contains(err.Error(), x.Key+"="+x.Value+" has no effect with ")
				}
				if !named || strings.Contains(err.Error(), "\n") || !errors.Is(err, evolve.ErrUnsupported) ||
					strings.Contains(err.Error(), "the other options") {
					t.Errorf("%s: %v", with, err)
				}
			case err != nil:
			case behaviour(b) == was:
				t.Errorf("%s does as %s", with, plain)
			default:
				effects++
			}
		}
	}
	return effects, idle
}

// Every option of what needs no import has an effect or is refused.
func TestOptionsHaveEffects(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir())
	for _, c := range []struct {
		text string
		idle bool // some settings are refused for that
	}{ // Without a table source=surrogate is what auto chooses.
		{"bits,noise=0.5", false}, {"bits,noise=0", true}, {"nb201,source=surrogate", false}, {"nb101,source=surrogate", true}, {"accel,source=surrogate", true}, {"nasnet-digits", true}, {"digits201", false},
		{"table:" + userFile(t, ownCSV), true}, // at 12 epochs it has no repeats
		{"table:" + userFile(t, "arch,val,params\n000000,10,3\n111111,20,2\n333333,40,5\n"), true},
	} {
		effects, idle := walk(t, c.text)
		if effects == 0 && !strings.HasPrefix(c.text, "accel") || (idle > 0) != c.idle {
			t.Errorf("%s: %d settings with an effect and %d without", c.text, effects, idle)
		}
	}
}

// So has every one of the imported tables that are small.
func TestOptionsOfTables(t *testing.T) {
	tables := []string{"darts", "nlp", "macro", "tnb101-micro", "tnb101-macro", "channel"}
	needImported(t, tables...)
	for _, name := range tables {
		effects, idle := walk(t, name)
		if settings := settingsOf(evolve.Spec{Name: name}); effects < len(settings)-2 || idle > 0 {
			t.Errorf("%s: %d settings with an effect and %d without", name, effects, idle)
		}
	}
}

// The pool of NAS-Bench-101's measured cells has no sampler and one run a cell; the whole space has no moves.
func TestOptionsOfNB101(t *testing.T) {
	needImported(t, "nb101")
	for text, want := range map[string]string{
		"nb101,val=measured,sampler=unique": "sampler=unique has no effect with val=measured",
		"nb101,val=measured,noise=mean":     "noise=mean has no effect with val=measured",
		"nb101,moves=refuse":                "moves=refuse has no effect with val=modelled",
		"nb101,val=measured,moves=refuse":   "",
		"nb101,sampler=unique":              "",
	} {
		_, err := tryOpen(text)
		if want == "" && err != nil || want != "" && (!errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
