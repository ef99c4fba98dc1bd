package data

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// nb201Notes is the part of the file's header that only this table has.
type nb201Notes struct {
	EpochFit Fit `json:"epoch_fit"`
	TestFit  Fit `json:"test_fit"`
}

// encode returns the table's file and its hash.
func (t *NB201) encode() ([]byte, string, error) {
	notes, err := json.Marshal(nb201Notes{t.EpochFit, t.TestFit})
	if err != nil {
		return nil, "", err
	}
	h := tableHeader{Table: "nb201", Rows: space.NB201Size, Sources: t.Sources, Notes: notes}
	var columns [][]float64
	for _, c := range t.columns() {
		h.Columns = append(h.Columns, c.name)
		columns = append(columns, *c.data)
	}
	measured := make([]float64, space.NB201Size)
	for i, m := range t.Measured {
		if m {
			measured[i] = 1
		}
	}
	h.Columns = append(h.Columns, "measured")
	return encodeTable(h, append(columns, measured))
}

// WriteNB201 writes a table where [OpenNB201] can open it, replacing what is there. It
// makes the folder when that is missing.
func WriteNB201(path string, t *NB201) error {
	b, _, err := t.encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return durable.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// OpenNB201 opens an imported table. A missing file is an error that wraps
// fs.ErrNotExist; one that was cut or altered is refused with evolve.ErrInvalid.
func OpenNB201(path string) (*NB201, error) {
	h, columns, hash, err := readTable(path, "nb201")
	if err != nil {
		return nil, err
	}
	t := &NB201{Sources: h.Sources, Hash: hash, Measured: make([]bool, h.Rows)}
	var notes nb201Notes
	var want []string
	for _, c := range t.columns() {
		want = append(want, c.name)
	}
	want = append(want, "measured")
	if err := json.Unmarshal(h.Notes, &notes); err != nil || h.Rows != space.NB201Size || !slices.Equal(h.Columns, want) {
		return nil, fmt.Errorf("%s: %d rows of columns %v do not make the nb201 table of this program: run amoeba data import nb201 --from DIR again: %w", path, h.Rows, h.Columns, evolve.ErrInvalid)
	}
	t.EpochFit, t.TestFit = notes.EpochFit, notes.TestFit
	for i, c := range t.columns() {
		*c.data = columns[i]
	}
	for i, x := range columns[len(columns)-1] {
		t.Measured[i] = x == 1
	}
	return t, nil
}
