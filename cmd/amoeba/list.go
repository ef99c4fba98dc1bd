package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/data/holdings"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/plots"
)

func listCmd() *cobra.Command {
	var markdown, asJSON bool
	c := &cobra.Command{
		Use:   "list [spaces | searchers | benchmarks | figures]",
		Short: "List what there is, with its options",
		Args:  args(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			w := c.OutOrStdout()
			if markdown {
				if len(args) > 0 {
					return fmt.Errorf("--markdown is the tables of searchers and benchmarks: leave %s out: %w", args[0], evolve.ErrInvalid)
				}
				searcherTable(w)
				return benchmarkTable(w)
			}
			kinds, all := []string{"spaces", "searchers", "benchmarks", "figures"}, map[string][]listed{}
			if len(args) == 1 {
				if !slices.Contains(kinds, args[0]) {
					return evolve.Unknown("list of", args[0], kinds)
				}
				kinds = args
			}
			for _, kind := range kinds {
				switch kind {
				case "spaces":
					all[kind] = list(w, asJSON, "Spaces", evolve.Spaces, nil)
				case "searchers":
					all[kind] = list(w, asJSON, "Searchers (--algo)", evolve.Searchers, needsHere)
				case "benchmarks":
					all[kind] = list(w, asJSON, "Benchmarks (--benchmark)", evolve.Benchmarks, tablesHere)
				case "figures":
					all[kind] = list(w, asJSON, "Figures (plot --kind)", plots.Figures, nil)
				}
			}
			if asJSON {
				return json.NewEncoder(w).Encode(all)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&markdown, "markdown", false, "print the tables of searchers and benchmarks as Markdown instead")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object instead")
	c.MarkFlagsMutuallyExclusive("json", "markdown")
	return c
}

// list prints the entries of a registry, unless they are asked for as JSON.
func list[T any](w io.Writer, asJSON bool, title string, r *evolve.Registry[T],
	here func(evolve.Entry[T]) []string) []listed {
	if !asJSON {
		listEntries(w, title, r.Entries(), here)
	}
	return listOf(r.Entries())
}

// tablesHere says of each table that a benchmark answers from what is here of it.
func tablesHere(e evolve.Entry[evolve.Benchmark]) (lines []string) {
	for _, name := range e.Data {
		if t, err := data.Lookup(name); err == nil {
			lines = append(lines, "data: "+dataLine(t))
		}
	}
	return lines
}

// listed is what --json says of a registered thing.
type listed struct {
	Name     string         `json:"name"`
	Doc      string         `json:"doc"`
	Paper    string         `json:"paper"`
	Variants []string       `json:"variants,omitempty"`
	File     bool           `json:"file,omitempty"` // a file of the user's stands in the place of a variant
	Options  []listedOption `json:"options"`
}

// listedOption is one of its options. Min and max are of numbers, choices of choices and switches, of is what a spec is
// the spec of, and only what the option has an effect on, where it has none with some choices of the others.
type listedOption struct {
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
}

func listOf[T any](entries []evolve.Entry[T]) []listed {
	all := []listed{}
	for _, e := range entries {
		one := listed{e.Name, e.Doc, e.Paper, e.Variants, e.File, []listedOption{}}
		for _, p := range e.Params {
			o := listedOption{Name: p.Name, Kind: p.Kind.String(), Default: p.Default, Log: p.Log, Choices: p.Choices, Of: p.Of, Only: p.Only, Doc: p.Doc}
			if p.Kind == evolve.IntParam || p.Kind == evolve.FloatParam {
				o.Min, o.Max = &p.Min, &p.Max
			}
			one.Options = append(one.Options, o)
		}
		all = append(all, one)
	}
	return all
}

// dataLine says what is here of a benchmark's table.
func dataLine(t data.Table) string {
	line := t.Name + ": table " + holdings.State(t)
	if t.Embedded != "" {
		line += "; embedded: " + t.Embedded
	}
	return line
}

// needsHere says what a searcher asks of a benchmark.
func needsHere(e evolve.Entry[evolve.Searcher]) []string {
	if needs := needsOf(e); needs != "" {
		return []string{"needs " + needs}
	}
	return nil
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

// searcherTable is the README's table of searchers.
func searcherTable(w io.Writer) {
	fmt.Fprintln(w, "| `--algo` | what it is | needs | paper |\n|---|---|---|---|")
	for _, e := range evolve.Searchers.Entries() {
		fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", e.Name, e.Doc, needsOf(e), e.Paper)
	}
	fmt.Fprintln(w)
}

// benchmarkTable is the README's table of benchmarks.
func benchmarkTable(w io.Writer) error {
	fmt.Fprintln(w, "| `--benchmark` | what it is | data sets | where its numbers come from | paper |\n|---|---|---|---|---|")
	for _, e := range evolve.Benchmarks.Entries() {
		name, from := e.Name, []string{}
		if e.File {
			name += ":FILE"
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
		case len(e.Data) == 0:
			b, _, err := evolve.Benchmarks.Open(evolve.Spec{Name: e.Name})
			if err != nil {
				return err
			}
			from = append(from, origins[b.About().Kind])
		}
		fmt.Fprintf(w, "| `%s` | %s | %s | %s | %s |\n", name, e.Doc, strings.Join(e.Variants, ", "), strings.Join(from, "; "), e.Paper)
	}
	return nil
}

// origins are where the numbers of a benchmark come from that needs no imported table.
var origins = map[string]string{"table": "embedded: the table", "surrogate": "embedded: a surrogate", "synthetic": "computed", evolve.Training: "trained here"}

func listEntries[T any](w io.Writer, title string, entries []evolve.Entry[T], here func(evolve.Entry[T]) []string) {
	fmt.Fprintln(w, title)
	for _, e := range entries {
		name := e.Name
		if len(e.Variants) > 0 {
			name += ":" + strings.Join(e.Variants, "|")
		}
		if e.File {
			name += ":FILE"
		}
		fmt.Fprintf(w, "  %s\n    %s\n", name, e.Doc)
		if e.Paper != "" {
			fmt.Fprintf(w, "    %s\n", e.Paper)
		}
		for _, a := range e.Aliases {
			fmt.Fprintln(w, "    "+cmp.Or(a.Note, a.Name+" is read as "+a.Variant))
		}
		if here != nil {
			for _, line := range here(e) {
				fmt.Fprintf(w, "    %s\n", line)
			}
		}
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, p := range e.Params {
			doc := p.Doc
			if p.Only != "" {
				doc += "; of " + p.Only
			}
			fmt.Fprintf(t, "      %s=%s\t%s\t%s\n", p.Name, p.Default, values(p), doc)
		}
		t.Flush()
	}
	fmt.Fprintln(w)
}

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

func citeCmd() *cobra.Command {
	return &cobra.Command{
		Use: "cite [NAME…]", Short: "Print how to cite Amoeba and what it reimplements",
		Long: "Cite prints Amoeba's BibTeX entry and the papers of the named searchers, spaces and benchmarks, or of all.",
		RunE: func(c *cobra.Command, names []string) error {
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
			var text strings.Builder
			text.WriteString("@software{amoeba,\n  title  = {Amoeba: a laboratory for neural architecture search},\n  author = {{The Amoeba authors}},\n  year   = {2026},\n  url    = {https://github.com/amoeba-nas/amoeba}\n}\n\n")
			for _, n := range names {
				if papers[n] == "" {
					return evolve.Unknown("name", n, known)
				}
				fmt.Fprintf(&text, "%-8s %s\n", n, papers[n])
			}
			_, err := io.WriteString(c.OutOrStdout(), text.String())
			return err
		},
	}
}
