package model

import (
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
)

// Asker asks models about architectures of a space, one at a time and without allocating. It is safe for
// concurrent use.
type Asker struct {
	encoder evolve.Encoder
	lister  evolve.BitLister // the same; nil where it lists no bits
	rows    sync.Pool
}

// NewAsker returns an Asker of the architectures that an encoder knows.
func NewAsker(e evolve.Encoder) *Asker {
	q := &Asker{encoder: e}
	q.lister, _ = e.(evolve.BitLister)
	q.rows.New = func() any { return &Row{asker: q} }
	return q
}

// Row is an architecture's features, encoded once for all models that see the same encoding.
type Row struct {
	asker    *Asker
	arch     evolve.Arch
	encoding string // of the features below; "" before the first model
	listed   bool   // ones has the features, and not whole
	ones     []uint16
	whole    []uint8
	numbers  []float64
}

// Row returns an architecture's row. The caller gives it back when its last model has answered.
func (q *Asker) Row(a evolve.Arch) *Row {
	r := q.rows.Get().(*Row)
	r.arch, r.encoding = a, ""
	return r
}

// Done gives a row back.
func (r *Row) Done() { r.asker.rows.Put(r) }

// Predict returns a model's answer in the unit of its target. The error is of an architecture that is not
// of the space.
func (r *Row) Predict(m *Model) (float64, error) {
	if r.encoding != m.Encoding {
		r.encoding = ""
		if err := r.encode(m.Encoding); err != nil {
			return 0, err
		}
		r.encoding = m.Encoding
	}
	if r.listed {
		return m.Trees.PredictOnes(r.ones), nil
	}
	return m.Trees.Predict(r.whole), nil
}

func (r *Row) encode(encoding string) (err error) {
	if r.listed = r.asker.lister != nil; r.listed {
		if r.ones, err = r.asker.lister.Ones(r.ones[:0], encoding, r.arch); err != evolve.ErrUnsupported {
			return err
		}
		r.listed = false
	}
	if r.numbers, err = features.Append(r.numbers[:0], r.asker.encoder, encoding, r.arch); err != nil {
		return err
	}
	r.whole = r.whole[:0]
	for _, x := range r.numbers {
		r.whole = append(r.whole, uint8(x))
	}
	return nil
}
