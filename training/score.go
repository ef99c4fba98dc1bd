package training

import (
	"fmt"
	"math"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Speed is how many images a second training went through, evaluation left out; 0 where no
// epoch's seconds are known.
func (j *Job) Speed(data *Data, histories ...[]Epoch) float64 {
	epoch := j.Recipe.PerEpoch(len(data.Split.Train))
	images, seconds := 0, 0.0
	for _, h := range histories {
		for _, e := range h {
			if e.Seconds > 0 {
				images += epoch
				seconds += e.Seconds
			}
		}
	}
	if seconds == 0 {
		return 0
	}
	return float64(images) / seconds
}

// Params counts the learned parameters in the file, those of the auxiliary head left out, and
// compares with the network's own count.
func (c *Checkpoint) Params() (int, error) {
	n, err := net.Build(c.Space, c.Arch, c.Net)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", c.Path, err)
	}
	head := map[string]bool{}
	for i, is := range n.AuxOnly() {
		head[n.Layers[i].Name] = is
	}
	total := 0
	for _, t := range c.Tensors {
		name, ok := strings.CutPrefix(t.Name, "weight ")
		if layer := name[:max(strings.LastIndexByte(name, '/'), 0)]; ok && !head[layer] {
			total += t.N
		}
	}
	if want := n.Params(); total != want {
		return 0, fmt.Errorf("%s: its tensors have %d parameters, the network of %s %s has %d: %w",
			c.Path, total, c.Space, c.Arch, want, evolve.ErrInvalid)
	}
	return total, nil
}

// Score is what an evaluation says of one class.
type Score struct {
	Class             int
	Images            int     // of the class
	Precision, Recall float64 // fractions; NaN where nothing was given the class, or it has no image
}

// Scores are those of all classes.
func (e Evaluation) Scores() []Score {
	out := make([]Score, len(e.Confusion))
	for c, row := range e.Confusion {
		images, given := 0, 0
		for k, n := range row {
			images += n
			given += e.Confusion[k][c]
		}
		right := float64(row[c])
		out[c] = Score{c, images, right / float64(given), right / float64(images)}
	}
	return out
}

// Wilson is the 95 % score interval of the accuracy, of the images alone: what other images of
// the same kind would give these weights (Wilson, JASA 22, 1927).
func (e Evaluation) Wilson() (low, high float64) {
	const z = 1.959963984540054 // of the normal distribution at 0.975
	n, p := float64(e.Images), e.Accuracy()
	mid := (p + z*z/(2*n)) / (1 + z*z/n)
	half := float64(z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n)))
	return max(mid-half, 0), min(mid+half, 1)
}
