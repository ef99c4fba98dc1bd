package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data/holdings"
	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/sheet"
	"github.com/amoeba-nas/amoeba/surrogate/card"
)

func dataCardCmd() *cobra.Command {
	var set string
	var asJSON bool
	c := &cobra.Command{
		Use:   "card NAME[:DATASET]",
		Short: "Describe an imported table (its results, their noise, the shape of its landscape) or image set",
		Long: `Card computes the datasheet of an imported table (names: amoeba data list): what it holds and how
that is known; of each result its best, spread and quantiles; what can be known of its noise; rank
correlations (Kendall's tau-b / Spearman's rho) with shorter schedules, sizes and training-free
scores; fitness-distance correlation (Jones and Forrest 1995), near 1 where the loss leads to the
best architecture; autocorrelation along a random walk of mutations (Weinberger 1990); seconds. Of an image set it
tells the pictures, the classes of each split and the mean and deviation of the training images.`,
		Example: "  amoeba data card nb201:cifar10\n  amoeba data card macro --json",
		Args:    args(1, 1),
		RunE: func(c *cobra.Command, names []string) error {
			// As benchmarks are named.
			if name, after, ok := strings.Cut(names[0], ":"); ok && after != "" {
				if set != "" && set != after {
					return fmt.Errorf("%s --set %s: want one data set: %w", names[0], set, evolve.ErrInvalid)
				}
				names[0], set = name, after
			}
			if i, err := images.Lookup(names[0]); err == nil {
				if set != "" {
					return fmt.Errorf("%s has no data sets to choose from: leave out --set", i.Name)
				}
				card, err := images.NewCard(i.Name)
				if err != nil {
					return err
				}
				return printCard(c.OutOrStdout(), card, asJSON)
			}
			if _, err := holdings.Lookup(names[0]); err != nil {
				return err
			}
			table, err := card.New(names[0], set)
			if err != nil {
				return err
			}
			return printCard(c.OutOrStdout(), table, asJSON)
		},
	}
	c.Flags().StringVar(&set, "set", "", "`data set` of the table, as after the colon (default all)")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// printCard prints a datasheet as a page or as JSON.
func printCard(w io.Writer, card interface{ Sheet() *sheet.Sheet }, asJSON bool) error {
	if asJSON {
		return printJSON(w, card)
	}
	return card.Sheet().WriteText(w)
}
