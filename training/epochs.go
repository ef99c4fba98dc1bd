package training

import (
	"fmt"
	"io"

	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// readEpochs reads the journal of a session, whose lines are epochs 1, 2 and so on. It is written
// whole, so that no line of it is torn. Damage is an error with its place.
func readEpochs(path string) ([]Epoch, error) {
	f, _, err := durable.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	epochs, err := parseEpochs(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return epochs, nil
}

func parseEpochs(from io.Reader) (epochs []Epoch, err error) {
	r := checked.NewReader(from)
	for {
		var e Epoch
		switch err := r.Next(&e); {
		case err == io.EOF && r.Torn() > 0:
			return nil, r.At(checked.Fault("cut or altered, it has no end"))
		case err == io.EOF:
			return epochs, nil
		case err != nil:
			return nil, err
		case e.Epoch != len(epochs)+1:
			return nil, r.At(checked.Fault("epoch %d, want %d", e.Epoch, len(epochs)+1))
		}
		epochs = append(epochs, e)
	}
}
