package data

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/amoeba-nas/amoeba/data/tfrecord"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// NB101Record is one training run of the official NAS-Bench-101 files (Ying et al.,
// ICML 2019, arXiv:1902.09635).
type NB101Record struct {
	Number   int          // of the record in its file, from 1
	Offset   int64        // of the record in its file, in bytes
	Hash     [16]byte     // the official module hash
	Epochs   int          // of the training schedule: 4, 12, 36 or 108
	Vertices int          // 2..7, input and output included
	Bits     uint32       // bit x + y(y-1)/2 is the edge x -> y, 0 <= x < y < Vertices
	Ops      []byte       // of the interior vertices, as indexes of space.NB101Ops
	Params   int          // trainable parameters
	Total    float64      // total_time: seconds of training and evaluating
	Evals    [3]NB101Eval // at step 0, half-way, at the end
}

// NB101Eval is what was measured at one moment of a run.
type NB101Eval struct {
	Epoch                     float64 // current_epoch
	TrainSeconds              float64 // on one TPU v2 until then
	TrainAcc, ValAcc, TestAcc float64 // fractions 0..1
}

// nb101EpochText is how a record writes NB101Epochs.
var nb101EpochText = [...]string{"4", "12", "36", "108"}

// nb101MaxVertices is the limit of the space (Ying et al., section 2.1).
const nb101MaxVertices = 7

// nb101MaxRecord bounds a record in bytes; the published ones have about 400.
const nb101MaxRecord = 1 << 16

// ReadNB101 returns the records of nasbench_only108.tfrecord or nasbench_full.tfrecord in
// order. The record and its Ops are valid until the next one. Memory does not grow with
// the file. The first error ends the sequence; it names the record and its byte, and wraps
// evolve.ErrInvalid unless reading r itself failed.
func ReadNB101(r io.Reader) iter.Seq2[*NB101Record, error] {
	return func(yield func(*NB101Record, error) bool) {
		var p nb101Parser
		for raw, err := range tfrecord.Read(r, nb101MaxRecord) {
			if err != nil {
				yield(nil, err)
				return
			}
			p.rec = NB101Record{Number: raw.Number, Offset: raw.Offset}
			if err := p.parse(raw.Data); err != nil {
				yield(nil, p.rec.fail(err))
				return
			}
			if !yield(&p.rec, nil) {
				return
			}
		}
	}
}

// fail says which record an error is about.
func (r *NB101Record) fail(err error) error {
	return fmt.Errorf("record %d at byte %d: %w: %w", r.Number, r.Offset, err, evolve.ErrInvalid)
}

// nb101Parser keeps what every record of a file can use again.
type nb101Parser struct {
	rec     NB101Record
	ops     [nb101MaxVertices - 2]byte
	metrics []byte // decoded base64
}

// parse reads the JSON list [module_hash, epochs, raw_adjacency, raw_operations, raw_metrics].
func (p *nb101Parser) parse(b []byte) error {
	l := jsonList{b}
	hash, ok := l.text('[')
	if !ok {
		return nb101Field("module_hash", "a string")
	}
	epochs, ok := l.number(',')
	if !ok {
		return nb101Field("epochs", "a whole number")
	}
	var texts [3][]byte
	for i, name := range [...]string{"raw_adjacency", "raw_operations", "raw_metrics"} {
		if texts[i], ok = l.text(','); !ok {
			return nb101Field(name, "a string")
		}
	}
	adjacency, ops, metrics := texts[0], texts[1], texts[2]
	if !l.mark(']') || len(l.rest) > 0 {
		return fmt.Errorf("the JSON list goes on after its fifth value with %.20q, want it to end", l.rest)
	}
	if err := p.rec.parseHash(hash); err != nil {
		return err
	}
	i := slices.Index(nb101EpochText[:], string(epochs))
	if i < 0 {
		return fmt.Errorf("epochs %.20s, want one of %v", epochs, NB101Epochs)
	}
	p.rec.Epochs = NB101Epochs[i]
	if err := p.rec.parseAdjacency(adjacency); err != nil {
		return err
	}
	if err := p.parseOps(ops); err != nil {
		return err
	}
	if most := base64.StdEncoding.DecodedLen(len(metrics)); len(p.metrics) < most {
		p.metrics = make([]byte, most)
	}
	n, err := base64.StdEncoding.Decode(p.metrics, metrics)
	if err != nil {
		return fmt.Errorf("raw_metrics: %w, want standard base64", err)
	}
	return p.rec.parseMetrics(p.metrics[:n])
}

func nb101Field(name, want string) error {
	return fmt.Errorf("%s is not %s in the JSON list [module_hash, epochs, raw_adjacency, raw_operations, raw_metrics]",
		name, want)
}

// parseHash wants 32 lower-case hex digits.
func (r *NB101Record) parseHash(b []byte) error {
	var again [2 * len(r.Hash)]byte
	if len(b) == len(again) {
		if _, err := hex.Decode(r.Hash[:], b); err == nil {
			hex.Encode(again[:], r.Hash[:]) // hex.Decode takes capitals too
		}
	}
	if !bytes.Equal(again[:], b) {
		return fmt.Errorf("module_hash %.40q, want %d lower-case hex digits", b, len(again))
	}
	return nil
}

// parseAdjacency reads a row-major matrix of 0 and 1, all edges upwards.
func (r *NB101Record) parseAdjacency(b []byte) error {
	n := 2
	for n < nb101MaxVertices && n*n < len(b) {
		n++
	}
	if n*n != len(b) {
		return fmt.Errorf("raw_adjacency of %d characters, want V*V for 2 <= V <= %d vertices",
			len(b), nb101MaxVertices)
	}
	for x := range n {
		for y := range n {
			switch c := b[x*n+y]; {
			case c == '1' && x < y:
				r.Bits |= 1 << (x + y*(y-1)/2)
			case c == '1':
				return fmt.Errorf("raw_adjacency has the edge %d -> %d, want only edges to a higher vertex", x, y)
			case c != '0':
				return fmt.Errorf("raw_adjacency has %q at character %d, want 0 or 1", c, x*n+y)
			}
		}
	}
	r.Vertices = n
	return nil
}

// parseOps reads the names of the vertices' operations, joined by commas.
func (p *nb101Parser) parseOps(b []byte) error {
	ops, last := p.ops[:0], p.rec.Vertices-1
	for v, rest, more := 0, b, true; more; v++ {
		var name []byte
		name, rest, more = bytes.Cut(rest, []byte(","))
		switch {
		case v > last || v < last && !more:
			return fmt.Errorf("raw_operations has %d names, want one for each of %d vertices",
				bytes.Count(b, []byte(","))+1, p.rec.Vertices)
		case v == 0 && string(name) != "input":
			return fmt.Errorf("raw_operations starts with %.30q, want input", name)
		case v == last && string(name) != "output":
			return fmt.Errorf("raw_operations ends with %.30q, want output", name)
		case v > 0 && v < last:
			op := slices.Index(space.NB101Ops[:], string(name))
			if op < 0 {
				return fmt.Errorf("raw_operations has %.30q for vertex %d, want one of %v", name, v, space.NB101Ops)
			}
			ops = append(ops, byte(op))
		}
	}
	p.rec.Ops = ops
	return nil
}

// jsonList takes a JSON list apart. encoding/json would take most of the time of a file
// of five million lists.
type jsonList struct{ rest []byte }

// mark takes white space, c and white space.
func (l *jsonList) mark(c byte) bool {
	const space = " \t\r\n"
	l.rest = bytes.TrimLeft(l.rest, space)
	if len(l.rest) == 0 || l.rest[0] != c {
		return false
	}
	l.rest = bytes.TrimLeft(l.rest[1:], space)
	return true
}

// number takes the mark before a value and a whole number, and returns its digits.
func (l *jsonList) number(before byte) ([]byte, bool) {
	if !l.mark(before) {
		return nil, false
	}
	n := 0
	for n < len(l.rest) && l.rest[n] >= '0' && l.rest[n] <= '9' {
		n++
	}
	digits := l.rest[:n]
	l.rest = l.rest[n:]
	return digits, n > 0
}

// text takes the mark before a value and a string, and returns what the string says.
func (l *jsonList) text(before byte) ([]byte, bool) {
	if !l.mark(before) || len(l.rest) == 0 || l.rest[0] != '"' {
		return nil, false
	}
	for i, c := range l.rest[1:] {
		switch {
		case c == '"':
			s := l.rest[1 : 1+i]
			l.rest = l.rest[2+i:]
			return s, true
		case c == '\\':
			return l.escaped()
		case c < ' ': // JSON wants an escape for these
			return nil, false
		}
	}
	return nil, false
}

// escaped takes a string that has a backslash. Base64 of some writers has line ends.
func (l *jsonList) escaped() ([]byte, bool) {
	var s string
	d := json.NewDecoder(bytes.NewReader(l.rest))
	if err := d.Decode(&s); err != nil {
		return nil, false
	}
	l.rest = l.rest[d.InputOffset():]
	return []byte(s), true
}
