package model

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Model is a fitted surrogate and what one must know to use and to trust it.
type Model struct {
	Name     string            `json:"name"`               // for example cifar10_val_200
	Unit     string            `json:"unit"`               // of the target
	Encoding string            `json:"encoding"`           // the space's, for the features
	Notes    map[string]string `json:"notes,omitempty"`    // provenance
	Params   Params            `json:"params"`             // of the fit
	Rows     int               `json:"rows"`               // architectures fitted on
	HeldOut  *stats.Quality    `json:"held_out,omitempty"` // on architectures left out of the fit; nil = none
	Trees    *Trees            `json:"-"`
}

// File is a set of models with what they have in common.
type File struct {
	Notes  map[string]string `json:"notes,omitempty"` // provenance
	Models []Model           `json:"models"`
}

// A file is a line that names the format, a line of JSON (the File and the sizes below),
// the trees of the models in DEFLATE, and the SHA-256 of everything before it.
const magic = "amoeba models 1\n"

// Limits that hold a hostile file to some hundred megabytes of memory. Fifteen models of
// NAS-Bench-201 take about half a megabyte, a tenth of the first limit.
const (
	maxFile = 4 << 20 // bytes of a file
	maxBody = 8 << 20 // bytes of all its trees; a node in memory has 12 for one or more
)

// header is the JSON line: what Trees does not say about itself in text.
type header struct {
	*File
	Sizes []size `json:"sizes"` // of the models, in their order
}

type size struct {
	Features int `json:"features"`
	Trees    int `json:"trees"`
	Leaves   int `json:"leaves"`
	Bytes    int `json:"bytes"` // before compression
}

func sizeOf(t *Trees, bytes int) size {
	trees, leaves := t.Size()
	return size{t.features, trees, leaves, bytes}
}

// MarshalBinary returns the file. It refuses what Read would.
func (f *File) MarshalBinary() ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	h := header{File: f}
	var body []byte
	for _, m := range f.Models {
		start := len(body)
		body, _ = m.Trees.AppendBinary(body) // never fails
		h.Sizes = append(h.Sizes, sizeOf(m.Trees, len(body)-start))
	}
	line, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("model: header: %w", err)
	}
	var out bytes.Buffer
	out.WriteString(magic)
	out.Write(line)
	out.WriteByte('\n')
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	w.Write(body) // a Buffer takes everything
	w.Close()
	sum := sha256.Sum256(out.Bytes())
	out.Write(sum[:])
	if out.Len() > maxFile || len(body) > maxBody {
		return nil, fmt.Errorf("model: file of %d bytes, %d before compression: the limits are %d and %d",
			out.Len(), len(body), maxFile, maxBody)
	}
	return out.Bytes(), nil
}

// Model returns the named model, nil if there is none.
func (f *File) Model(name string) *Model {
	for i := range f.Models {
		if f.Models[i].Name == name {
			return &f.Models[i]
		}
	}
	return nil
}

// check says that every model has trees and can be found by its name.
func (f *File) check() error {
	seen := make(map[string]bool, len(f.Models))
	for i, m := range f.Models {
		switch {
		case m.Name == "" || seen[m.Name]:
			return fmt.Errorf("model %d has no name or that of another: %q", i, m.Name)
		case m.Trees == nil || m.Trees.features == 0:
			return fmt.Errorf("%q has no trees", m.Name)
		}
		seen[m.Name] = true
	}
	return nil
}
