package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
)

func listCmd() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List spaces, searchers and benchmarks with their options", Args: args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			w := c.OutOrStdout()
			listEntries(w, "Spaces", evolve.Spaces.Entries(), nil)
			listEntries(w, "Searchers (--algo)", evolve.Searchers.Entries(), nil)
			here := map[string]string{}
			for _, t := range data.Tables() {
				here[t.Name] = "table " + state(t)
				if t.Embedded != "" {
					here[t.Name] += "; embedded: " + t.Embedded
				}
			}
			listEntries(w, "Benchmarks (--benchmark)", evolve.Benchmarks.Entries(), here)
			return nil
		},
	}
}

func listEntries[T any](w io.Writer, title string, entries []evolve.Entry[T], here map[string]string) {
	fmt.Fprintln(w, title)
	for _, e := range entries {
		name := e.Name
		if len(e.Variants) > 0 {
			name += ":" + strings.Join(e.Variants, "|")
		}
		fmt.Fprintf(w, "  %s\n    %s\n    %s\n", name, e.Doc, e.Paper)
		if s := here[e.Name]; s != "" {
			fmt.Fprintf(w, "    data: %s\n", s)
		}
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, p := range e.Params {
			doc := p.Doc
			if p.Choices != nil {
				doc += " (" + strings.Join(p.Choices, "|") + ")"
			}
			fmt.Fprintf(t, "      %s=%s\t%s\n", p.Name, p.Default, doc)
		}
		t.Flush()
	}
	fmt.Fprintln(w)
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
