package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
)

// useless refuses flags that were given though they change nothing beside the others; why says what they are of.
func useless(c *cobra.Command, why string, names ...string) error {
	for _, n := range names {
		if c.Flags().Changed(n) {
			return fmt.Errorf("--%s has no effect here, %s: leave it out: %w", n, why, evolve.ErrInvalid)
		}
	}
	return nil
}
