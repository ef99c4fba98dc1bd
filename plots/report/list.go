package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/data/holdings"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/plots"
	"github.com/amoeba-nas/amoeba/plots/cite"
)

// A List is what there is, by kind: spaces, searchers, benchmarks and figures.
type List map[string][]Listed

// listKinds are the kinds of a list in the order in which they are printed.
var listKinds = []string{"spaces", "searchers", "benchmarks", "figures"}

// NewList lists everything that is registered of the given kinds, or of all where none is given. A name in the place
// of a kind is all that has the name.
func NewList(kinds []string) (List, error) {
	if len(kinds) == 0 {
		kinds = listKinds
	}
	l := List{}
	for _, kind := range kinds {
		switch kind {
		case "spaces":
			l[kind] = listOf(evolve.Spaces, nothing[evolve.Space])
		case "searchers":
			l[kind] = listOf(evolve.Searchers, needsLines)
		case "benchmarks":
			l[kind] = listOf(evolve.Benchmarks, tableLines)
		case "figures":
			l[kind] = listOf(plots.Figures, nothing[plots.Figure])
		default:
			if err := l.addNamed(kind); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

// addNamed adds all that has a name.
func (l List) addNamed(name string) error {
	all, err := NewList(nil)
	if err != nil {
		return err
	}
	known, found := slices.Clone(listKinds), false
	for _, kind := range listKinds {
		for _, x := range all[kind] {
			if known = append(known, x.Name); x.Name != name {
				continue
			}
			if found = true; !slices.ContainsFunc(l[kind], func(y Listed) bool { return y.Name == name }) {
				l[kind] = append(l[kind], x)
			}
		}
	}
	if !found {
		slices.Sort(known)
		return evolve.Unknown("list of", name, slices.Compact(known))
	}
	return nil
}

// WriteText prints the list with the options of everything on it, and what is here of the benchmarks' tables.
func (l List) WriteText(w io.Writer) error {
	titles := map[string]string{"spaces": "Spaces", "searchers": "Searchers (--algo)",
		"benchmarks": "Benchmarks (--benchmark)", "figures": "Figures (plot --kind)"}
	for _, kind := range listKinds {
		all, ok := l[kind]
		if !ok {
			continue
		}
		fmt.Fprintln(w, titles[kind])
		for i := range all {
			if err := all[i].writeText(w); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	return nil
}

// Listed is a registered space, searcher or benchmark.
type Listed struct {
	Name     string         `json:"name"`
	Doc      string         `json:"doc"`
	Paper    string         `json:"paper"`
	Variants []string       `json:"variants,omitempty"`
	File     bool           `json:"file,omitempty"`    // a file of the user's stands in the place of a variant
	Program  bool           `json:"program,omitempty"` // a command line of the user's does
	Options  []ListedOption `json:"options"`

	aliases []string // in words
	takes   string   // FILE or PROGRAM ARGS, "" where variants are listed
	more    []string // lines about it: what a searcher needs, what is here of a benchmark's tables
	params  []evolve.Param
}

// ListedOption is one of its options. Min and max are of numbers, choices of choices and switches, of is what a spec is
// the spec of, and only what the option has an effect on, where it has none with some choices of the others.
type ListedOption struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`
	Default string   `json:"default"`
	Min     *float64 `json:"min,omitempty"`
	Max     *float64 `json:"max,omitempty"`
	Log     bool     `json:"log,omitempty"`
	Choices []string `json:"choices,omitempty"`
	Of      string   `json:"of,omitempty"`
	Only    string   `json:"only,omitempty"`
	Doc     string   `json:"doc"`

	Presets map[string]string `json:"presets,omitempty"` // what the default means with each value of the option preset
}

func listOf[T any](r *evolve.Registry[T], more func(evolve.Entry[T]) []string) []Listed {
	all := []Listed{}
	for _, e := range r.Entries() {
		one := Listed{Name: e.Name, Doc: e.Doc, Paper: e.Paper, Variants: e.Variants, File: e.File, Program: e.Program,
			Options: []ListedOption{},
			params:  e.Params, takes: e.Takes(), more: more(e)}
		for _, a := range e.Aliases {
			one.aliases = append(one.aliases, cmp.Or(a.Note, a.Name+" is read as "+a.Variant))
		}
		for _, p := range e.Params {
			o := ListedOption{Name: p.Name, Kind: p.Kind.String(), Default: p.Default, Log: p.Log, Choices: p.Choices,
				Of: p.Of, Only: p.Only, Doc: p.Doc, Presets: p.Presets}
			if p.Kind == evolve.IntParam || p.Kind == evolve.FloatParam {
				o.Min, o.Max = &p.Min, &p.Max
			}
			one.Options = append(one.Options, o)
		}
		all = append(all, one)
	}
	return all
}

func (e *Listed) writeText(w io.Writer) error {
	name := e.Name
	if len(e.Variants) > 0 {
		name += ":" + strings.Join(e.Variants, "|")
	}
	if e.takes != "" {
		name += ":" + e.takes
	}
	fmt.Fprintf(w, "  %s\n    %s\n", name, e.Doc)
	if e.Paper != "" {
		fmt.Fprintf(w, "    %s\n", e.Paper)
	}
	for _, a := range e.aliases {
		fmt.Fprintf(w, "    %s\n", a)
	}
	for _, line := range e.more {
		fmt.Fprintf(w, "    %s\n", line)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range e.params {
		doc := p.Doc
		if p.Only != "" {
			doc += "; of " + p.Only
		}
		doc += presets(p)
		fmt.Fprintf(t, "      %s=%s\t%s\t%s\n", p.Name, p.Default, values(p), doc)
	}
	return t.Flush()
}

// presets says what the default of an option means with each value of the option preset; "" of an option without.
func presets(p evolve.Param) string {
	text, sep := "", "; by preset: "
	for _, name := range slices.Sorted(maps.Keys(p.Presets)) {
		text, sep = text+sep+name+" "+p.Presets[name], ", "
	}
	return text
}

// dataLine says what is here of a benchmark's table.
func dataLine(t data.Table) string {
	line := t.Name + ": table " + holdings.State(t)
	if t.Embedded != "" {
		line += "; embedded: " + t.Embedded
	}
	return line
}

// nothing is all that is said of a thing beside its entry.
func nothing[T any](evolve.Entry[T]) []string { return nil }

// tableLines say of each table that a benchmark answers from what is here of it.
func tableLines(e evolve.Entry[evolve.Benchmark]) (lines []string) {
	for _, name := range e.Data {
		if t, err := data.Lookup(name); err == nil {
			lines = append(lines, "data: "+dataLine(t))
		}
	}
	return lines
}

// needsLines say what a searcher asks of a benchmark.
func needsLines(e evolve.Entry[evolve.Searcher]) []string {
	lines := slices.Clone(e.Rule)
	if lines == nil {
		lines = []string{}
	}
	if needs := needsOf(e); needs != "" {
		lines = append(lines, "needs "+needs)
	}
	if lab.Recommends(e) {
		return append(lines, "recommends an architecture (--incumbent searcher)")
	}
	return append(lines, "recommends nothing: --incumbent observed")
}

// needsOf is what a searcher with its default options asks of a benchmark, in words.
func needsOf(e evolve.Entry[evolve.Searcher]) string {
	_, o, err := evolve.Searchers.Resolve(evolve.Spec{Name: e.Name})
	if err != nil {
		return "" // defaults always resolve
	}
	needs := e.NeedsOf(o).String()
	for _, p := range e.Params {
		if p.Kind == evolve.NestedParam && p.Of == "searcher" {
			needs += ", and what " + p.Name + " needs"
		}
	}
	return needs
}

// WriteMarkdown prints the searchers and the benchmarks as tables of Markdown, which README.md has.
func WriteMarkdown(w io.Writer) error {
	fmt.Fprintln(w, "| `--algo` | what it is | needs | paper |\n|---|---|---|---|")
	for _, e := range evolve.Searchers.Entries() {
		name := e.Name
		if e.Takes() != "" {
			name += ":" + e.Takes()
		}
		fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", name, e.Doc, needsOf(e), e.Paper)
	}
	fmt.Fprintln(w)
	return writeBenchmarks(w)
}

func writeBenchmarks(w io.Writer) error {
	fmt.Fprintln(w,
		"| `--benchmark` | what it is | data sets | where its numbers come from | paper |\n|---|---|---|---|---|")
	for _, e := range evolve.Benchmarks.Entries() {
		name, from := e.Name, []string{}
		if e.Takes() != "" {
			name += ":" + e.Takes()
		}
		for _, table := range e.Data {
			t, err := data.Lookup(table)
			if err != nil {
				return err
			}
			if t.Embedded != "" {
				from = append(from, "embedded: "+t.Embedded)
			}
			get := "data import " + t.Name
			if t.Fetchable() {
				get = "data fetch " + t.Name
			}
			sources := "the authors' own files"
			if len(t.Sources) > 0 {
				sources = "licences: " + strings.Join(t.Licences(), ", ")
			}
			from = append(from, fmt.Sprintf("`%s` (%.2g MB; %s)", get, float64(t.Bytes)/1e6, sources))
		}
		switch {
		case e.File:
			from = append(from, "your file")
		case e.Program:
			from = append(from, "your program")
		case len(e.Data) == 0:
			b, _, err := evolve.Benchmarks.Open(evolve.Spec{Name: e.Name})
			if err != nil {
				return err
			}
			from = append(from, origins[b.About().Kind])
		}
		fmt.Fprintf(w, "| `%s` | %s | %s | %s | %s |\n", name, e.Doc, strings.Join(e.Variants, ", "),
			strings.Join(from, "; "), e.Paper)
	}
	return nil
}

// origins are where the numbers of a benchmark come from that needs no imported table.
var origins = map[string]string{"table": "embedded: the table", "surrogate": "embedded: a surrogate",
	"synthetic": "computed", evolve.Training: "trained here"}

// values says which values an option takes, with their kind where they do not tell it themselves.
func values(p evolve.Param) string {
	text := p.Range()
	switch p.Kind {
	case evolve.IntParam, evolve.FloatParam:
		text = p.Kind.String() + ", " + text
	case evolve.TextParam:
		text = p.Kind.String()
	}
	if p.Log {
		text += ", log"
	}
	return text
}

// WriteCitations prints how to cite Amoeba and the papers of the named searchers, spaces and benchmarks, or of all.
func WriteCitations(w io.Writer, names []string) error {
	papers := map[string]string{}
	var known []string
	add := func(name, paper string) {
		if papers[name] == "" {
			papers[name] = paper
			known = append(known, name)
		}
	}
	for _, e := range evolve.Searchers.Entries() {
		add(e.Name, e.Paper)
	}
	for _, e := range evolve.Spaces.Entries() {
		add(e.Name, e.Paper)
	}
	for _, e := range evolve.Benchmarks.Entries() {
		add(e.Name, e.Paper)
	}
	if len(names) == 0 {
		names = known
	}
	text := cite.Self + "\n"
	for _, n := range names {
		if papers[n] == "" {
			return evolve.Unknown("name", n, known)
		}
		text += fmt.Sprintf("%-8s %s\n", n, papers[n])
	}
	_, err := io.WriteString(w, text)
	return err
}
