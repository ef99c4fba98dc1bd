package lab

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

func TestCutLabel(t *testing.T) {
	for _, c := range []struct{ text, label, spec, bad string }{
		{"regevo", "", "regevo", ""},
		{"regevo,population=100", "", "regevo,population=100", ""},
		{"RE=regevo,population=100", "RE", "regevo,population=100", ""},
		{"A-z_0.9+=a", "A-z_0.9+", "a", ""},
		{strings.Repeat("x", 32) + "=a", strings.Repeat("x", 32), "a", ""},
		{"a:b=c", "", "a:b=c", ""},
		{"a(b=c", "", "a(b=c", ""},
		{"RE=a,k=(b,l=1)", "RE", "a,k=(b,l=1)", ""},
		{"RE==a", "RE", "=a", ""},
		{"=a", "", "", `short name "": want 1 to 32 letters, digits and . _ + -`},
		{strings.Repeat("x", 33) + "=a", "", "", "want 1 to 32 letters"},
		{"my run=a", "", "", `algo "my run=a": short name "my run"`},
		{"é=a", "", "", `short name "é"`},
		{"<b>=a", "", "", `short name "<b>"`},
	} {
		label, spec, err := CutLabel(c.text)
		if c.bad != "" {
			if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.bad) {
				t.Errorf("%q: %v, want ErrInvalid with %s", c.text, err, c.bad)
			}
		} else if err != nil || label != c.label || spec != c.spec {
			t.Errorf("%q: %q and %q, %v; want %q and %q", c.text, label, spec, err, c.label, c.spec)
		}
	}
}

// An entry of algos is a text, with or without a short name, or a mapping. What is written is read back.
func TestReadLabels(t *testing.T) {
	for _, c := range []struct{ yaml, want, bad string }{
		{"algos: [random, 'RE=regevo,population=100']\n", "random RE=regevo,population=100", ""},
		{"algos:\n- random\n- label: RE\n  algo: regevo,population=100\n- {algo: eaopt}\n", "random RE=regevo,population=100 eaopt", ""},
		{"algos: [{label: RE, algo: 'regevo,population=100'}]\n", "RE=regevo,population=100", ""},
		{"algos: [{label: 7, algo: random}]\n", "7=random", ""},
		{"algos: [{label: 1.50, algo: random}, {label: \"yes\", algo: 'random,repeats=no'}]\n", "1.50=random yes=random,repeats=no", ""},
		{"algos: [{label: , algo: random}]\n", "", "x.yaml:1: label of an algorithm: want a text"},
		{"seeds: 2\nalgos:\n- random\n- label: RE\n", "", "x.yaml:4: an algorithm without algo, want {label: NAME, algo: 'NAME[,key=value…]'}"},
		{"algos:\n- {labl: RE, algo: random}\n", "", `x.yaml:2: key of an algorithm "labl": did you mean "label"?`},
		{"algos:\n- {label: my run, algo: random}\n", "", `x.yaml:2: short name "my run"`},
		{"algos:\n- {label: RE, algo: 'A=random'}\n", "", `x.yaml:2: algo "A=random" has the short name "A" and the label "RE": want one`},
		{"algos:\n- {label: [RE], algo: random}\n", "", "x.yaml:2: label of an algorithm: want a text"},
		{"algos:\n- {label: RE, algo: {a: b}}\n", "", "x.yaml:2: algo of an algorithm: want a text"},
	} {
		s, err := ReadSpec("x.yaml", []byte(c.yaml))
		if c.bad != "" {
			if !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) || !strings.Contains(err.Error(), c.bad) {
				t.Errorf("%s: %v, want an error with %s", c.yaml, err, c.bad)
			}
			continue
		}
		if err != nil || strings.Join(s.Algos, " ") != c.want {
			t.Errorf("%s: %q, %v; want %s", c.yaml, s.Algos, err, c.want)
			continue
		}
		s.Seeds = 1
		if again, err := ReadSpec("x.yaml", s.yaml()); err != nil || !slices.Equal(again.Algos, s.Algos) {
			t.Errorf("%s is written as\n%s\nand read as %q, %v", c.yaml, s.yaml(), again.Algos, err)
		}
	}
}

// A short name is one algorithm's, and an algorithm has one.
func TestLabelsAreUnique(t *testing.T) {
	for _, c := range []struct {
		algos []string
		says  string
	}{
		{[]string{"RE=regevo", "RE=random"}, `algo "RE=random" has the name of "RE=regevo": want another`},
		{[]string{"random", "random=regevo"}, `algo "random=regevo": "random" is a searcher's own name: want another short name`},
		{[]string{"random=regevo"}, `algo "random=regevo": "random" is a searcher's own name`},
		{[]string{"regevo=regevo,population=20", "X=regevo"}, `algo "X=regevo": "regevo" would name another algorithm too`},
		{[]string{"X=regevo", "regevo=regevo,population=20"}, `20": "regevo" would name another algorithm too`},
		{[]string{"regevo", "population=20"}, `algo "population=20": "population" is read as a short name: searcher "20" (known: `},
		{[]string{"RE=regevo", "regevo,population=50"}, `algo "regevo,population=50" is the same as "RE=regevo"`},
		{[]string{"A=regevo", "B=regevo"}, `algo "B=regevo" is the same as "A=regevo"`},
		{[]string{"A=regvo"}, `did you mean "regevo"?`},
		{[]string{"A B=regevo"}, `short name "A B"`},
	} {
		s := tiny()
		s.Algos = c.algos
		_, err := Open(s)
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want one line with %s", c.algos, err, c.says)
		}
		var at *KeyError
		if text := "algos:\n- " + strings.Join(c.algos, "\n- ") + "\n"; !errors.As(err, &at) || !strings.HasPrefix(In("x.yaml", []byte(text), err).Error(), "x.yaml:") {
			t.Errorf("%q: %v does not say where it stands", c.algos, err)
		}
	}
	const flow = "seeds: 1\nalgos: [RE=regevo,population=20]\n"
	s, err := ReadSpec("x.yaml", []byte(flow))
	if err == nil {
		_, err = Open(s)
		err = In("x.yaml", []byte(flow), err)
	}
	const says = `x.yaml:2: between [ and ] an entry with a comma stands in quotes: algo "population=20": "population" is read`
	if err == nil || !strings.HasPrefix(err.Error(), says) {
		t.Errorf("%v", err)
	}
	s = tiny()
	s.Algos = []string{"random=random", "regevo=regevo,kill=worst"}
	e, err := Open(s)
	if err != nil || e.Arms[0].Label != "random" || e.Arms[1].Label != "regevo" || e.Arms[1].Algo != "regevo,kill=worst" {
		t.Errorf("%+v, %v", e, err)
	}
}

// A short name changes nothing but itself: the rows beside it are those of the algorithm without one. It stands in the
// folder, which is read, extended and verified with it.
func TestLabelsStand(t *testing.T) {
	s := tiny()
	s.Algos, s.Record = []string{"random", "regevo,population=10,sample=3"}, "all"
	_, plain := finished(t, s, 1)
	s.Algos = []string{"RE=regevo,population=10,sample=3", "random"}
	dir, _ := finished(t, s, 2)
	rows := func(dir string, m *manifest) map[string][]journal.Entry {
		t.Helper()
		got, err := journal.Read[journal.Entry](filepath.Join(dir, IncumbentsFile), m.digest)
		if err != nil {
			t.Fatal(err)
		}
		by := map[string][]journal.Entry{}
		for _, r := range got {
			label := r.Label
			r.Label = ""
			by[r.Algo] = append(by[r.Algo], r)
			if want := map[string]string{"random": "random", "regevo,population=10,sample=3": "RE"}[r.Algo]; m.Algos[0].Label == "RE" && label != want {
				t.Errorf("%s is labelled %q, want %q", r.Algo, label, want)
			}
		}
		return by
	}
	was := t.TempDir()
	put(t, was, plain)
	m, err := readManifest(was)
	if err != nil {
		t.Fatal(err)
	}
	want := rows(was, m)
	if m, err = readManifest(dir); err != nil {
		t.Fatal(err)
	}
	got := rows(dir, m)
	for algo, w := range want {
		if !slices.EqualFunc(got[algo], w, func(a, b journal.Entry) bool { return a.Same(&b) }) {
			t.Errorf("%s finds something else with a short name", algo)
		}
	}
	if m.Algos[0].Label != "RE" || m.Algos[0].Algo != "regevo,population=10,sample=3" || m.Algos[1].Label != "random" {
		t.Errorf("the manifest has %+v", m.Algos)
	}
	o, err := Load(dir)
	if err != nil || o.Set.Arms[0].Label != "RE" || o.Set.Arms[0].Algo != "regevo,population=10,sample=3" || o.Set.Arms[1].Label != "random" {
		t.Fatalf("%+v, %v", o, err)
	}

	for _, c := range []struct{ algo, says string }{
		{"regevo,population=10,sample=3", "has it already"},
		{"X=regevo,population=10,sample=3", "has it already"},
		{"RE=eaopt", `has the name of "RE=regevo`},
	} {
		if _, err := OpenExtended(dir, Extension{Algos: []string{c.algo}}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an error with %s", c.algo, err, c.says)
		}
	}
	extended(t, dir, Extension{Algos: []string{"NA=regevo,kill=worst,population=10,sample=3"}}, 1)
	if o, err = Load(dir); err != nil || len(o.Set.Arms) != 3 || o.Set.Arms[2].Label != "NA" || o.Set.Arms[0].Label != "RE" {
		t.Errorf("extended: %+v, %v", o.Set.Arms, err)
	}
}

// Who names the algorithm of an extension that was stopped again names it as before, or without a short name.
func TestLabelOfBegunExtension(t *testing.T) {
	s, dir := tiny(), t.TempDir()
	begun := []string{"NA=regevo,kill=worst"}
	for algo, says := range map[string]string{"NA=regevo,kill=worst": "", "regevo,kill=worst": "", "N=regevo,kill=worst": `begun with it as "NA=regevo,kill=worst"`} {
		now := s
		now.Algos = append(slices.Clone(s.Algos), begun...)
		got, err := Extension{Algos: []string{algo}}.of(dir, now, begun)
		if says == "" && (err != nil || !slices.Equal(got.Algos, now.Algos)) || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %q, %v; want %q", algo, got.Algos, err, says)
		}
	}
}
