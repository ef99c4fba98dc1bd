package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/plots/report"
)

func listCmd() *cobra.Command {
	var markdown, asJSON bool
	c := &cobra.Command{
		Use:   "list [spaces | searchers | benchmarks | figures | NAME]",
		Short: "List what there is, with its options",
		Args:  args(0, 1),
		RunE: func(c *cobra.Command, kinds []string) error {
			if err := flags.OneOf(c, "json", "markdown"); err != nil {
				return err
			}
			w := c.OutOrStdout()
			if markdown && len(kinds) > 0 {
				return fmt.Errorf("--markdown is the tables of searchers and benchmarks: leave %s out: %w",
					kinds[0], evolve.ErrInvalid)
			}
			if markdown {
				return report.WriteMarkdown(w)
			}
			all, err := report.NewList(kinds)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(w, all)
			}
			return all.WriteText(w)
		},
	}
	c.Flags().BoolVar(&markdown, "markdown", false, "print the tables of searchers and benchmarks as Markdown instead")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object instead")
	return c
}

func citeCmd() *cobra.Command {
	return &cobra.Command{
		Use: "cite [NAME…]", Short: "Print how to cite Amoeba and what it reimplements",
		Long: "Cite prints Amoeba's BibTeX entry and the papers of the named searchers, spaces and benchmarks, " +
			"or of all.",
		RunE: func(c *cobra.Command, names []string) error { return report.WriteCitations(c.OutOrStdout(), names) },
	}
}
