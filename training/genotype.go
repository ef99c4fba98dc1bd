package training

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Genotype is the architecture of a checkpoint in the literature's notation.
func (c *Checkpoint) Genotype() (string, error) {
	_, notation, err := space.Open(c.Space)
	if err != nil {
		return "", fmt.Errorf("%s: %w", c.Path, err)
	}
	a, err := notation.Parse(string(c.Arch))
	if err != nil {
		return "", fmt.Errorf("%s: %w", c.Path, err)
	}
	return notation.Format(a), nil
}
