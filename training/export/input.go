package export

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Input says how images become what a network takes, and what its answers mean: without it a
// file's numbers are of no use to others. The zero Input is not written.
type Input struct {
	Data      string    // name of the data set
	Scale     float64   // that a pixel is divided by
	Mean, Std []float32 // of each channel, after that: subtracted and divided by
	Classes   []string  // labels in the order of the logits; nil where they are not known
}

// check compares with a network.
func (in *Input) check(n *net.Net) error {
	if in.Data == "" {
		return nil
	}
	c, classes := n.Layers[0].Out.C, n.Layers[n.Output].Out.C
	if !(in.Scale > 0) || len(in.Mean) != c || len(in.Std) != c || in.Classes != nil && len(in.Classes) != classes {
		return fmt.Errorf("images of %s are divided by %g, with %d means, %d deviations and %d labels: want a "+
			"positive number, %d, %[6]d and %d: %w",
			in.Data, in.Scale, len(in.Mean), len(in.Std), len(in.Classes), c, classes, evolve.ErrInvalid)
	}
	return nil
}

// rule is the preparation in words, of the names that the two lists have in a file.
func (in *Input) rule(mean, std string) string {
	return fmt.Sprintf("Input: pixels of %s, 0 to %s, divided by %[2]s; then of each channel %s is subtracted, and "+
		"the rest divided by %s.", in.Data, in.scale(), mean, std)
}

func (in *Input) scale() string { return strconv.FormatFloat(in.Scale, 'g', -1, 64) }

// lists are means, deviations and labels as JSON, which Python reads as well.
func (in *Input) lists() (mean, std, classes string, err error) {
	var text [3]string
	for i, v := range []any{in.Mean, in.Std, in.Classes} {
		b, err := json.Marshal(v)
		if err != nil { // no number
			return "", "", "", fmt.Errorf("preparation of images of %s: %w: %w", in.Data, err, evolve.ErrInvalid)
		}
		text[i] = string(b)
	}
	return text[0], text[1], text[2], nil
}
