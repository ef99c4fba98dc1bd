package data

import (
	"encoding/json"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// nb201Notes is the part of the file's header that only this table has.
type nb201Notes struct {
	EpochFit Fit `json:"epoch_fit"`
	TestFit  Fit `json:"test_fit"`
}

// frame is the table as it is kept.
func (t *NB201) frame() (*Frame, error) {
	notes, err := json.Marshal(nb201Notes{t.EpochFit, t.TestFit})
	if err != nil {
		return nil, err
	}
	f := &Frame{Table: "nb201", Rows: space.NB201Size, Sources: t.Sources, Notes: notes}
	for _, c := range t.places() {
		f.AddFloats(c.name, *c.data)
	}
	measured := make([]uint32, space.NB201Size)
	for i, m := range t.Measured {
		if m {
			measured[i] = 1
		}
	}
	f.AddUint32s("measured", measured)
	return f, nil
}

// OpenNB201 opens the imported table, with the errors of [Open].
func OpenNB201() (*NB201, error) {
	f, err := Open("nb201")
	if err != nil {
		return nil, err
	}
	return nb201Of(f)
}

// nb201Of reads the table out of its frame.
func nb201Of(f *Frame) (*NB201, error) {
	t := &NB201{Sources: f.Sources, Hash: f.Hash, Measured: make([]bool, space.NB201Size)}
	var notes nb201Notes
	if err := json.Unmarshal(f.Notes, &notes); err != nil || f.Rows != space.NB201Size {
		return nil, fmt.Errorf("nb201: %d rows do not make the table of this program: %s again: %w",
			f.Rows, "run "+importCommand("nb201"), evolve.ErrInvalid)
	}
	t.EpochFit, t.TestFit = notes.EpochFit, notes.TestFit
	for _, c := range t.places() {
		var err error
		if *c.data, err = f.Floats(c.name); err != nil {
			return nil, err
		}
	}
	measured, err := f.Uint32s("measured")
	for i, x := range measured {
		t.Measured[i] = x == 1
	}
	return t, err
}
