package model

import (
	"encoding/binary"
	"fmt"
	"math"
)

// AppendBinary appends the trees to b: features, step, base and number of trees, then
// three runs that compress well apart, each in the order of the nodes: what a node is
// (0 = leaf, else feature+1), the limits of the splits, the values of the leaves. Levels
// are complete, so that the children of the k-th split of a tree are its nodes 2k+1 and
// 2k+2 and need no pointers. The error is always nil.
func (t *Trees) AppendBinary(b []byte) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(t.features))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(t.step))
	b = binary.AppendVarint(b, t.base)
	b = binary.AppendUvarint(b, uint64(len(t.roots)))
	for i := range t.nodes {
		kind := uint64(0)
		if n := &t.nodes[i]; !n.isLeaf() {
			kind = uint64(n.feature) + 1
		}
		b = binary.AppendUvarint(b, kind)
	}
	for i := range t.nodes {
		if n := &t.nodes[i]; !n.isLeaf() {
			b = append(b, n.limit)
		}
	}
	for i := range t.nodes {
		if n := &t.nodes[i]; n.isLeaf() {
			b = binary.AppendVarint(b, int64(n.leaf))
		}
	}
	return b, nil
}

// MarshalBinary returns what AppendBinary appends.
func (t *Trees) MarshalBinary() ([]byte, error) { return t.AppendBinary(nil) }

// UnmarshalBinary reads what MarshalBinary wrote and nothing after it. It allocates in
// proportion to the data, whatever the data declares; an error names the byte.
func (t *Trees) UnmarshalBinary(data []byte) error {
	d := decoder{data: data}
	read := d.trees()
	if d.err == nil && d.at < len(data) {
		d.fail("%d bytes after the last leaf", len(data)-d.at)
	}
	if d.err != nil {
		return d.err
	}
	*t = *read
	t.masks = newMasks(t)
	return nil
}

// decoder reads trees from data. After the first error it reads zeros.
type decoder struct {
	data []byte
	at   int
	err  error
}

func (d *decoder) fail(format string, v ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("model: trees: byte %d: "+format, append([]any{d.at}, v...)...)
	}
}

func (d *decoder) uvarint(what string, most uint64) uint64 {
	v, n := binary.Uvarint(d.data[d.at:])
	switch {
	case n <= 0:
		d.fail("%s is cut short or too long", what)
	case v > most:
		d.fail("%s is %d, at most %d is possible", what, v, most)
	}
	if d.err != nil {
		return 0
	}
	d.at += n
	return v
}

// varint reads a number of absolute value at most most.
func (d *decoder) varint(what string, most int64) int64 {
	z := d.uvarint(what, 2*uint64(most))
	return int64(z>>1) ^ -int64(z&1)
}

func (d *decoder) bytes(what string, n int) []byte {
	if d.err == nil && len(d.data)-d.at < n {
		d.fail("%s is cut short", what)
	}
	if d.err != nil {
		return make([]byte, n)
	}
	d.at += n
	return d.data[d.at-n : d.at]
}

func (d *decoder) trees() *Trees {
	t := &Trees{features: int(d.uvarint("number of features", maxFeatures))}
	t.step = math.Float64frombits(binary.LittleEndian.Uint64(d.bytes("step", 8)))
	if d.err == nil && (t.features == 0 || !(t.step > 0) || math.IsInf(t.step, 1)) {
		d.fail("%d features and a step of %v", t.features, t.step)
	}
	t.base = d.varint("base", maxSteps)
	for k := d.uvarint("number of trees", maxRounds); k > 0 && d.err == nil; k-- {
		d.shape(t)
	}
	for i := range t.nodes {
		if n := &t.nodes[i]; d.err == nil && !n.isLeaf() {
			if n.limit = d.bytes("limit", 1)[0]; n.isLeaf() {
				d.at--
				d.fail("limit is %d, at most %d is possible", n.limit, math.MaxUint8-1)
			}
		}
	}
	for i := range t.nodes {
		if n := &t.nodes[i]; d.err == nil && n.isLeaf() {
			n.leaf = int32(d.varint("leaf", math.MaxInt32))
		}
	}
	return t
}

// shape reads what the nodes of the next tree are, level by level. A node costs a byte
// of data or more.
func (d *decoder) shape(t *Trees) {
	t.roots = append(t.roots, int32(len(t.nodes)))
	depth := -1 // of the level above
	for lo, hi := len(t.nodes), len(t.nodes)+1; lo < hi && d.err == nil; depth++ {
		end := hi
		for at := lo; at < hi && d.err == nil; at++ {
			kind := d.uvarint("node", uint64(t.features))
			if kind == 0 {
				t.nodes = append(t.nodes, leafNode(at, 0))
				continue
			}
			t.nodes = append(t.nodes, node{left: int32(end), feature: uint16(kind - 1)})
			end += 2
		}
		lo, hi = hi, end
		if depth == math.MaxUint8 {
			d.fail("tree %d is deeper than %d", len(t.roots), math.MaxUint8)
		}
	}
	t.depth = append(t.depth, uint8(depth))
}
