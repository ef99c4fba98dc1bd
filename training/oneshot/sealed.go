package oneshot

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/notes"
	"github.com/amoeba-nas/amoeba/training/net"
)

// A checkpoint of a supernet is a file of
//
//	8 bytes   "amoebaS" and the format's version
//	4 bytes   length of the header, little-endian
//	header    JSON: Meta
//	tensors   float32, little-endian, in the header's order
//	state     float64, little-endian, in the header's order
//	32 bytes  SHA-256 of all before
const (
	sealMagic = "amoebaS\x01"
	sealHead  = len(sealMagic) + 4
)

// SealKind is the kind of the files of supernets.
var SealKind = durable.Begins("checkpoint of a supernet of amoeba", sealMagic[:7])

// maxSealed is far above a supernet of the published sizes: that of DARTS has 2 million weights in its search (Liu,
// Simonyan and Yang 2019, section 3.1.1).
const maxSealed = 1 << 31

// Meta is a checkpoint's header.
type Meta struct {
	Supernet string     `json:"supernet"` // as net.SuperSpaces names it
	Net      net.Config `json:"net"`
	Data     string     `json:"data"`
	DataHash string     `json:"data_sha256"`
	Images   int        `json:"images,omitzero"` // of the training part; 0 all
	Batch    int        `json:"batch"`
	Plan     Plan       `json:"plan"`
	Sampling string     `json:"sampling,omitempty"` // of paths, where the command drew them: see Samplings
	Shuffled bool       `json:"shuffled,omitempty"` // the control: the labels of the training part in random order
	Seed     uint64     `json:"seed,string"`
	Engine   int        `json:"engine"`
	Kernels  string     `json:"kernels"`

	Trials int    `json:"trials"` // told before it was written
	Done   bool   `json:"done"`   // later trials change nothing
	Epoch  int    `json:"epoch"`  // epochs trained
	Asked  int    `json:"asked"`  // batches that the architecture was given
	Steps  []int  `json:"steps"`  // that have moved each weight
	Notes  []Note `json:"notes"`

	Tensors []Tensor `json:"tensors"`
	State   []Tensor `json:"state"`
}

// Tensor names numbers of a checkpoint.
type Tensor struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// Note is what curves show of an epoch: its shares are by gate, none of a method that learns no probabilities.
type Note = notes.Epoch

// State is what a method keeps beside the weights: numbers by name.
type State map[string][]float64

// checkpoint is one in memory.
type checkpoint struct {
	Meta
	path    string
	tensors [][]float32
	state   State
}

// marshal is a checkpoint's bytes. There are no measured seconds in it, so that the same training gives the same bytes.
func (c *checkpoint) marshal() ([]byte, error) {
	var body []byte
	c.Meta.State = nil
	for _, t := range c.tensors {
		for _, v := range t {
			body = binary.LittleEndian.AppendUint32(body, math.Float32bits(v))
		}
	}
	names := make([]string, 0, len(c.state))
	for name := range c.state {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c.Meta.State = append(c.Meta.State, Tensor{name, len(c.state[name])})
		for _, v := range c.state[name] {
			body = binary.LittleEndian.AppendUint64(body, math.Float64bits(v))
		}
	}
	head, err := json.Marshal(c.Meta)
	if err != nil {
		return nil, err
	}
	text := append([]byte(sealMagic), binary.LittleEndian.AppendUint32(nil, uint32(len(head)))...)
	text = append(append(text, head...), body...)
	sum := sha256.Sum256(text)
	return append(text, sum[:]...), nil
}

// damaged is the error of a checkpoint whose bytes are none of this build's format.
type damaged struct{ error }

func (d damaged) Unwrap() error { return d.error }

// readSealed reads a checkpoint.
func readSealed(path string) (*checkpoint, error) {
	text, err := durable.ReadFile(path, maxSealed)
	if err != nil {
		return nil, err
	}
	return parseSealed(path, text)
}

// parseSealed reads a checkpoint's bytes; path is for errors, which wrap evolve.ErrInvalid and are damaged, but for
// that of another format.
func parseSealed(path string, text []byte) (*checkpoint, error) {
	bad := func(format string, v ...any) (*checkpoint, error) {
		err := fmt.Errorf("%s: "+format+": %w", append(append([]any{path}, v...), evolve.ErrInvalid)...)
		return nil, damaged{err}
	}
	switch {
	case len(text) < sealHead+sha256.Size || string(text[:7]) != sealMagic[:7]:
		return bad("this is no checkpoint of a supernet: it does not begin with %q", sealMagic[:7])
	case text[7] != sealMagic[7]:
		return nil, fmt.Errorf("%s: format %d, this build reads %d: %w", path, text[7], sealMagic[7], evolve.ErrInvalid)
	}
	end := len(text) - sha256.Size
	if sum := sha256.Sum256(text[:end]); string(sum[:]) != string(text[end:]) {
		return bad("the checksum differs: the file is altered or cut")
	}
	n := uint64(binary.LittleEndian.Uint32(text[8:]))
	if n > uint64(end-sealHead) {
		return bad("a header of %d bytes in a file of %d", n, len(text))
	}
	c := &checkpoint{path: path, state: State{}}
	if err := json.Unmarshal(text[sealHead:][:n], &c.Meta); err != nil {
		return bad("header: %v", err)
	}
	body := text[sealHead+int(n) : end]
	want := 0
	for _, part := range []struct {
		of   []Tensor
		size int
	}{{c.Tensors, 4}, {c.Meta.State, 8}} {
		for _, t := range part.of {
			if t.N < 0 || t.N > len(body)/part.size {
				return bad("%d bytes of numbers, and %s alone has %d numbers", len(body), t.Name, t.N)
			}
			want += part.size * t.N
		}
	}
	if want != len(body) {
		return bad("%d bytes of numbers, the header says %d", len(body), want)
	}
	for _, t := range c.Tensors {
		v := make([]float32, t.N)
		for i := range v {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:]))
		}
		c.tensors, body = append(c.tensors, v), body[4*t.N:]
	}
	for _, t := range c.Meta.State {
		v := make([]float64, t.N)
		for i := range v {
			v[i] = math.Float64frombits(binary.LittleEndian.Uint64(body[8*i:]))
		}
		if _, twice := c.state[t.Name]; twice {
			return bad("two states are called %s", t.Name)
		}
		c.state[t.Name], body = v, body[8*t.N:]
	}
	return c, nil
}
