package space

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"math/bits"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Hash is the official module hash, the key of the data set, 32 hexadecimal digits; "" for
// what is not valid (nasbench, lib/graph_util.py, hash_module). Every vertex begins with the
// MD5 of its degrees and label and takes in its neighbours' as often as there are vertices;
// the result is the MD5 of all of them, sorted.
func (NB101) Hash(a evolve.Arch) string {
	edges, word, err := nb101Check(a)
	if err != nil {
		return ""
	}
	g := nb101Compact(edges, word)
	sum := g.hash()
	return hex.EncodeToString(sum[:])
}

// nb101Digest is an MD5 as the text that the next one is made of.
type nb101Digest [2 * md5.Size]byte

func (d *nb101Digest) sum(text []byte) {
	sum := md5.Sum(text)
	hex.Encode(d[:], sum[:])
}

func (g *nb101Graph) hash() [md5.Size]byte {
	var now, next [nb101Vertices]nb101Digest
	var buf [512]byte
	for v := range g.n {
		now[v].sum(g.label(buf[:0], v))
	}
	// Neighbours enter in the order of their digests, so that all vertices are sorted once.
	var sorted [nb101Vertices]int
	order := func() []int {
		all := sorted[:g.n]
		for v := range all {
			at := v
			for at > 0 && bytes.Compare(now[all[at-1]][:], now[v][:]) > 0 {
				all[at] = all[at-1]
				at--
			}
			all[at] = v
		}
		return all
	}
	for range g.n {
		all := order()
		for v := range g.n {
			text := buf[:0]
			for _, u := range all {
				if g.in[v]>>u&1 != 0 {
					text = append(text, now[u][:]...)
				}
			}
			text = append(text, '|')
			for _, u := range all {
				if g.out[v]>>u&1 != 0 {
					text = append(text, now[u][:]...)
				}
			}
			text = append(text, '|')
			next[v].sum(append(text, now[v][:]...))
		}
		now = next
	}
	// The text of a Python list.
	text := append(buf[:0], '[')
	for i, v := range order() {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = append(text, '\'')
		text = append(text, now[v][:]...)
		text = append(text, '\'')
	}
	return md5.Sum(append(text, ']'))
}

// label is the text of the Python tuple (out-degree, in-degree, label); the input is -1, the
// output -2, the others the place of their operation.
func (g *nb101Graph) label(text []byte, v int) []byte {
	label := int64(g.op[v])
	switch v {
	case 0:
		label = -1
	case g.n - 1:
		label = -2
	}
	text = append(text, '(')
	for _, d := range [2]uint8{g.out[v], g.in[v]} {
		text = strconv.AppendInt(text, int64(bits.OnesCount8(d)), 10)
		text = append(text, ", "...)
	}
	return append(strconv.AppendInt(text, label, 10), ')')
}
