package main

import (
	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/plots/report"
)

func listCmd() *cobra.Command {
	var markdown, asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List spaces, searchers and benchmarks with their options", Args: args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			switch w := c.OutOrStdout(); {
			case markdown:
				return report.WriteBenchmarks(w)
			case asJSON:
				return printJSON(w, report.NewList())
			default:
				return report.WriteList(w)
			}
		},
	}
	c.Flags().BoolVar(&markdown, "markdown", false, "print the table of benchmarks as Markdown instead")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object instead")
	c.MarkFlagsMutuallyExclusive("json", "markdown")
	return c
}

func citeCmd() *cobra.Command {
	return &cobra.Command{
		Use: "cite [NAME…]", Short: "Print how to cite Amoeba and what it reimplements",
		Long: "Cite prints Amoeba's BibTeX entry and the papers of the named searchers, spaces and benchmarks, or of all.",
		RunE: func(c *cobra.Command, names []string) error { return report.WriteCitations(c.OutOrStdout(), names) },
	}
}
