package space

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// nb101MaxParsed vertices may be written: the authors' README allows nine before pruning.
const nb101MaxParsed = 9

// Parse reads {"matrix":[[0,1],[0,0]],"ops":["input","output"]}, 2 to 9 vertices, the same as a
// tuple of NASLib, or the compact genome. A matrix of at most seven vertices keeps its dead parts;
// of a larger one the pruned graph is taken.
func (NB101) Parse(text string) (evolve.Arch, error) {
	if strings.HasPrefix(pasted(text), "(") {
		return nb101FromNASLib(text)
	}
	if !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		a := evolve.Arch(text)
		if _, _, err := nb101Check(a); err != nil {
			return "", err
		}
		return a, nil
	}
	a, err := nb101ParseJSON(text)
	if err != nil {
		return "", fmt.Errorf("nb101: %s: %w: %w", clip(text), err, evolve.ErrInvalid)
	}
	return a, nil
}

func nb101ParseJSON(text string) (evolve.Arch, error) {
	var matrix [][]json.RawMessage
	var labels []string
	if err := nb101Object(text, &matrix, &labels); err != nil {
		return "", err
	}
	parents, err := nb101Matrix(matrix)
	if err != nil {
		return "", err
	}
	ops, err := nb101Operations(labels, len(parents))
	if err != nil {
		return "", err
	}
	return nb101FromGraph(parents, ops)
}

// nb101FromGraph writes a graph of at most nine vertices, of which each has its parents and the inner
// ones an operation.
func nb101FromGraph(parents []uint32, ops []byte) (evolve.Arch, error) {
	var err error
	if len(parents) > nb101Vertices {
		if parents, ops, err = nb101PruneLarge(parents, ops); err != nil {
			return "", err
		}
	}
	edges, genome := nb101Embed(parents, ops)
	if !nb101Valid(edges) {
		return "", errors.New(nb101Broken(edges))
	}
	return nb101Text(edges, genome), nil
}

// nb101Object reads an object with exactly these two keys. encoding/json alone would take
// keys twice, and in other letters.
func nb101Object(text string, matrix *[][]json.RawMessage, labels *[]string) error {
	d := json.NewDecoder(strings.NewReader(text))
	at := func(err error) error { return fmt.Errorf("byte %d: %w", d.InputOffset(), err) }
	if _, err := d.Token(); err != nil { // {
		return at(err)
	}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return at(err)
		}
		key := token.(string) // of an object that the decoder has found well-formed up to here
		if seen[key] {
			return at(fmt.Errorf("key %s a second time", clip(key)))
		}
		seen[key] = true
		switch key {
		case "matrix":
			err = d.Decode(matrix)
		case "ops":
			err = d.Decode(labels)
		default: // records of cells carry more
			err = d.Decode(new(json.RawMessage))
		}
		if err != nil {
			return at(err)
		}
	}
	if _, err := d.Token(); err != nil { // }
		return at(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return at(errors.New("more text behind the object"))
	}
	for _, key := range []string{"matrix", "ops"} {
		if !seen[key] {
			return fmt.Errorf("key %q is missing", key)
		}
	}
	return nil
}

// nb101Matrix returns the mask of parents of each vertex.
func nb101Matrix(matrix [][]json.RawMessage) ([]uint32, error) {
	n := len(matrix)
	if n < 2 || n > nb101MaxParsed {
		return nil, fmt.Errorf("the matrix has %d rows, want 2 to %d", n, nb101MaxParsed)
	}
	parents := make([]uint32, n)
	for x, row := range matrix {
		if len(row) != n {
			return nil, fmt.Errorf("row %d of the matrix has %d entries, want %d", x, len(row), n)
		}
		for y, entry := range row {
			switch text := string(entry); {
			case text == "0":
			case text != "1":
				return nil, fmt.Errorf("row %d, column %d of the matrix is %s, want the whole number 0 or 1",
					x, y, clip(text))
			case x >= y:
				return nil, fmt.Errorf("row %d, column %d of the matrix is 1: edges must lead to later vertices "+
					"(upper triangle)", x, y)
			default:
				parents[y] |= 1 << x
			}
		}
	}
	return parents, nil
}

// nb101Operations returns the operations of the inner vertices.
func nb101Operations(labels []string, n int) ([]byte, error) {
	if len(labels) != n {
		return nil, fmt.Errorf("%d ops for %d vertices", len(labels), n)
	}
	ops := make([]byte, 0, n-2)
	for v, label := range labels {
		if end, ok := map[int]string{0: "input", n - 1: "output"}[v]; ok {
			if label != end {
				return nil, fmt.Errorf("ops[%d] is %s, want %q", v, clip(label), end)
			}
			continue
		}
		op := slices.Index(NB101Ops[:], label)
		if op < 0 {
			return nil, fmt.Errorf("ops[%d] is %s (known: %s)", v, clip(label), strings.Join(NB101Ops[:], ", "))
		}
		ops = append(ops, byte('0'+op))
	}
	return ops, nil
}

// nb101PruneLarge prunes a graph of more vertices than a genome has.
func nb101PruneLarge(parents []uint32, ops []byte) ([]uint32, []byte, error) {
	n := len(parents)
	from, to := uint32(1), uint32(1)<<(n-1)
	for y, p := range parents {
		if p&from != 0 {
			from |= 1 << y
		}
	}
	for y, p := range slices.Backward(parents) {
		if to>>y&1 != 0 {
			to |= p
		}
	}
	live := from & to
	if live == 0 {
		return nil, nil, errors.New(nb101Broken(0))
	}
	if left := bits.OnesCount32(live); left > nb101Vertices {
		return nil, nil, fmt.Errorf("%d vertices after pruning, at most %d are allowed", left, nb101Vertices)
	}
	var left []uint32
	var kept []byte
	for y, p := range parents {
		if live>>y&1 == 0 {
			continue
		}
		var mask uint32
		for p &= live; p != 0; p &= p - 1 {
			mask |= 1 << bits.OnesCount32(live&(p&-p-1))
		}
		left = append(left, mask)
		if 0 < y && y < n-1 {
			kept = append(kept, ops[y-1])
		}
	}
	return left, kept, nil
}

// nb101Embed puts a graph of at most seven vertices into a genome.
func nb101Embed(parents []uint32, ops []byte) (edges uint32, genome [nb101Inner]byte) {
	last := len(parents) - 1
	for y, p := range parents[:last] {
		if y > 0 {
			edges |= p << nb101Bit(0, y)
		}
	}
	genome = nb101Labels[0]
	copy(genome[:], ops)
	return edges | parents[last]<<nb101Output, genome
}

// Format prints matrix and operations as JSON. Isolated vertices of operation 0 behind the
// other inner ones are left out, as in graphs of fewer than seven vertices; all else that is
// dead is printed. It is "" for what is not valid.
func (NB101) Format(a evolve.Arch) string {
	edges, _, err := nb101Check(a)
	if err != nil {
		return ""
	}
	inner := nb101Inner
	for inner > 0 && a[6+inner] == '0' && nb101Isolated(edges, inner) {
		inner--
	}
	// Of the embedded graph's vertices, those that are printed.
	vertices := []int{0, 1, 2, 3, 4, 5}[:inner+1]
	vertices = append(vertices, nb101Vertices-1)
	var b strings.Builder
	b.WriteString(`{"matrix":[`)
	for i, x := range vertices {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('[')
		for k, y := range vertices {
			if k > 0 {
				b.WriteByte(',')
			}
			bit := byte('0')
			if x < y && edges>>nb101Bit(x, y)&1 != 0 {
				bit = '1'
			}
			b.WriteByte(bit)
		}
		b.WriteByte(']')
	}
	b.WriteString(`],"ops":["input"`)
	for v := range inner {
		b.WriteString(`,"` + NB101Ops[a[7+v]-'0'] + `"`)
	}
	b.WriteString(`,"output"]}`)
	return b.String()
}

// nb101Isolated says whether an inner vertex has no edge at all.
func nb101Isolated(edges uint32, v int) bool {
	touching := nb101Within[31] &^ nb101Within[31&^(1<<(v-1))]
	return edges&touching == 0
}
