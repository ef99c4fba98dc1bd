package search_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/google/go-cmp/cmp"
)

// The rule, and what it chooses on every space, with one schedule and with three, with one objective and with two.
func TestAutoRule(t *testing.T) {
	e, err := evolve.Searchers.Lookup("auto")
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	fmt.Fprintln(&got, strings.Join(e.Rule, "\n"))
	fmt.Fprintln(&got, "\nspace\tschedules\tobjectives\tfor=150\tfor=1000\tfor=100000")
	for _, s := range evolve.Spaces.Entries() {
		if s.File {
			continue
		}
		sp, _, err := evolve.Spaces.Open(evolve.Spec{Name: s.Name})
		if err != nil {
			t.Fatal(err)
		}
		whole := (&evolvetest.Invented{Space: sp, Rungs: true}).Problem()
		for kind := range 4 {
			p := whole
			if kind%2 == 0 {
				p = p.At(9)
			}
			if kind < 2 {
				p.Objectives = p.Objectives[:1]
			}
			fmt.Fprintf(&got, "%s\t%d\t%d", s.Name, len(p.Fidelities), len(p.Objectives))
			for _, n := range []string{"150", "1000", "100000"} {
				_, o, err := evolve.Searchers.Resolve(evolve.Spec{Name: "auto", Set: []evolve.Setting{{Key: "for", Value: n}}})
				if err != nil {
					t.Fatal(err)
				}
				chosen := e.Chooses(o, p)
				fmt.Fprintf(&got, "\t%s", chosen.Searcher)
				if !slices.Contains(e.Rule, chosen.Because) {
					t.Errorf("%s is chosen by %q, which is no line of the rule", chosen.Searcher, chosen.Because)
				}
				of, opts, err := evolve.Searchers.Resolve(chosen.Searcher)
				if err != nil {
					t.Fatal(err)
				}
				if err := of.Fit(opts, p); err != nil {
					t.Errorf("on %s with %d schedules: %v", s.Name, len(p.Fidelities), err)
				}
			}
			fmt.Fprintln(&got)
		}
	}
	path := filepath.Join("testdata", "auto-rule.txt")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// Auto proposes what its choice proposes, trial by trial.
func TestAutoIsItsChoice(t *testing.T) {
	for name, rungs := range map[string]bool{"nb201": false, "darts": true, "nlp": false} {
		sp, _, err := evolve.Spaces.Open(evolve.Spec{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		b := &evolvetest.Invented{Space: sp, Rungs: rungs}
		e, o, err := evolve.Searchers.Resolve(evolve.Spec{Name: "auto"})
		if err != nil {
			t.Fatal(err)
		}
		auto, err := e.New(o)
		if err != nil {
			t.Fatal(err)
		}
		chosen, _, err := evolve.Searchers.Open(e.Chooses(o, b.Problem()).Searcher)
		if err != nil {
			t.Fatal(err)
		}
		one, two := run(t, b.Problem(), auto, b, 3, 40, 7), run(t, b.Problem(), chosen, b, 3, 40, 7)
		if !slices.EqualFunc(one, two, func(a, b evolve.Outcome) bool { return a.Trial == b.Trial && a.Loss == b.Loss }) {
			t.Errorf("on %s auto is not what it chose", name)
		}
		want, recommends := chosen.(evolve.Recommender)
		got, ok := auto.(evolve.Recommender).Recommend()
		if ok != recommends {
			t.Errorf("on %s auto recommends: %t, what it chose: %t", name, ok, recommends)
		} else if ok {
			if a, _ := want.Recommend(); a != got {
				t.Errorf("on %s auto recommends %s, what it chose %s", name, got, a)
			}
		}
	}
}

// Every number of the rule stands on the page that it cites.
func TestAutoCitesThePage(t *testing.T) {
	e, err := evolve.Searchers.Lookup("auto")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "quality.md"))
	if err != nil {
		t.Fatal(err)
	}
	numbers := regexp.MustCompile(`\d\.\d{3}`).FindAllString(strings.Join(e.Rule, "\n"), -1)
	if len(numbers) < 10 {
		t.Fatalf("the rule gives %d numbers", len(numbers))
	}
	for _, x := range numbers {
		if !bytes.Contains(page, []byte("| "+x+" ±")) {
			t.Errorf("docs/quality.md has no mean of %s", x)
		}
	}
}
