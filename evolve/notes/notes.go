package notes

import (
	"fmt"
	"math"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

// File is the name of the file in the folder that a benchmark keeps of a run.
const File = "notes.json"

// Notes are those of one run.
type Notes struct {
	Space  string   `json:"space"`
	Ops    []string `json:"ops"`   // candidates of an edge
	Edges  int      `json:"edges"` // of all cells that have shares of their own
	Epochs []Epoch  `json:"epochs"`
	Said   string   `json:"said,omitempty"` // what the method tells people of itself, a line; "" of most
}

// Epoch is the note of one epoch. What is not known is NaN, and null in the file.
type Epoch struct {
	Epoch int `json:"epoch"` // from 1
	// Shares are the candidates' probabilities, each at its edge times the number of candidates plus its own place, as
	// [net.Supernet.Gate] numbers gates; none of a method that learns no probabilities.
	Shares  []float64       `json:"shares,omitempty"`
	Entropy number.Nullable `json:"entropy"` // of an edge's shares, in nats, the mean over edges
	// Eigenvalue is the largest of the Hessian of the validation loss in the architecture weights.
	Eigenvalue number.Nullable `json:"eigenvalue"`
	Loss       number.Nullable `json:"loss"` // of training: the mean cross entropy of the epoch, in nats
}

// Entropy is the mean over edges of the entropy of an edge's shares, in nats; NaN of no shares.
func Entropy(shares []float64, ops int) float64 {
	if len(shares) == 0 || ops == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, p := range shares {
		if p > 0 {
			sum -= float64(p * math.Log(p))
		}
	}
	return sum / float64(len(shares)/ops)
}

// most bounds a file that is read: 1000 epochs of the 224 gates of the DARTS space take a tenth of it.
const most = 64 << 20

// Write replaces the file of a folder, as [durable.WriteBytes] does.
func (n *Notes) Write(dir string) error {
	text, err := checked.File(n)
	if err != nil {
		return err
	}
	return durable.WriteBytes(filepath.Join(dir, File), text)
}

// Read reads the file of a folder. The error wraps [evolve.ErrInvalid] where it is not as Write wrote it.
func Read(dir string) (*Notes, error) {
	path := filepath.Join(dir, File)
	text, err := durable.ReadFile(path, most)
	if err != nil {
		return nil, err
	}
	n, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return n, nil
}

// Parse reads the text of a file.
func Parse(text []byte) (*Notes, error) {
	n := new(Notes)
	if err := checked.ParseFile(text, n); err != nil {
		return nil, err
	}
	if n.Edges < 0 {
		return nil, fmt.Errorf("%d edges: %w", n.Edges, evolve.ErrInvalid)
	}
	for i, e := range n.Epochs {
		switch {
		case i > 0 && e.Epoch <= n.Epochs[i-1].Epoch:
			return nil, fmt.Errorf("epoch %d after epoch %d: %w", e.Epoch, n.Epochs[i-1].Epoch, evolve.ErrInvalid)
		case len(e.Shares) > 0 && !n.fits(len(e.Shares)):
			return nil, fmt.Errorf("epoch %d: %d shares of %d edges and %d candidates: %w", e.Epoch, len(e.Shares),
				n.Edges, len(n.Ops), evolve.ErrInvalid)
		}
	}
	return n, nil
}

// fits says whether so many shares are one for each candidate of each edge; without a product that a hostile file could
// have overflow.
func (n *Notes) fits(shares int) bool {
	ops := len(n.Ops)
	return ops > 0 && shares%ops == 0 && shares/ops == n.Edges
}
