package lab

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amoeba-nas/amoeba/evolve"
)

// An experiment.yaml is read, or refused in one line that begins with its name; what is read is
// written as a text that is read as the same.
func FuzzReadSpec(f *testing.F) {
	f.Add((&Experiment{Spec: Default()}).YAML())
	for _, text := range []string{
		"", "# mine\nworkers: 2 # two\n", "{workers: 2}", "---\na: 1\n---\nb: 2\n", "a: &x [*x]\n", "algos: [random, 'regevo,kill=worst']\nbudget: .inf\n",
		"budget: 5.5\novershoot: count\nepochs: 12\nrecord: all\nseed: 18446744073709551615\n", "seeds: 0x10\n", "benchmark: |\n  a\n  b\n", "\ufeffseeds: 1\r\n",
		"? [a]\n: 1\n", "algos: !!binary aGk=\n", "<<: {seeds: 2}\n", "seeds:\n", "\tseeds: 1\n", "- a\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ReadSpec("x.yaml", text)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) || !strings.HasPrefix(err.Error(), "x.yaml:") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if !slices.Contains(overshoots, s.Overshoot) || !slices.Contains(records, s.Record) || !utf8.ValidString(s.Benchmark+strings.Join(s.Algos, "")) {
			return // Open refuses it
		}
		if s.Seeds == 0 { // left open, which is never written
			s.Seeds = 1
		}
		again, err := ReadSpec("x.yaml", (&Experiment{Spec: s}).YAML())
		if err != nil || cmp.Diff(s, again, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()) != "" {
			t.Fatalf("%q is %+v, written as\n%s, %v: %s", text, s, (&Experiment{Spec: s}).YAML(), err, cmp.Diff(s, again))
		}
	})
}

// A manifest is the very text that amoeba writes of it, or refused; what it tells of an experiment
// can be told.
func FuzzManifest(f *testing.F) {
	text, err := os.ReadFile("testdata/manifest.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(strings.Replace(string(text), `"runs": `, `"runs": -`, 1)))
	f.Add((&manifest{}).text())
	f.Add([]byte("null\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseManifest("x", text)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		if string(m.text()) != string(text) {
			t.Fatalf("%q was read, and is written as %q", text, m.text())
		}
		e := m.experiment(Spec{Seeds: m.Runs})
		if e.id() != digest(text) || len(e.Arms) != len(m.Algos) {
			t.Fatalf("%+v", e)
		}
	})
}
