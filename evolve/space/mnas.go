package space

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Mnas is the MnasNet space of Accel-NASBench (Ahmad et al. 2024, arXiv:2404.08005; the
// space after Tan et al., CVPR 2019, arXiv:1807.11626): seven blocks, each with an
// expansion e of 1, 4 or 6, a kernel k of 3 or 5, l of 1, 2 or 3 layers (the sixth block
// also 4) and squeeze-and-excitation se or not; 36⁶·48 ≈ 1.04e11 networks. An Arch is the
// 28 values e, k, l, se of each block, a character each, se as 0 or 1.
type Mnas struct{ digitsSpace[mnasSpec] }

type mnasSpec struct{}

func (mnasSpec) core() *digits { return mnasDigits }

// mnasBlocks, and what each decides, in the order of the genome.
const mnasBlocks = 7

var mnasFields = [4]string{"e", "k", "l", "se"}

var mnasDigits = func() *digits {
	var keys, alphabets []string
	for block := range mnasBlocks {
		layers := "123"
		if block == 5 { // as in the authors' configuration space
			layers = "1234"
		}
		alphabets = append(alphabets, "146", "35", layers, "01")
	}
	for i := range alphabets {
		keys = append(keys, mnasKey(i))
	}
	d := newDigits("mnas", keys, alphabets...)
	return d.graphed(&mnasGraf, d.mnasGraphs)
}()

func init() {
	evolve.Spaces.Register(evolve.Entry[evolve.Space]{
		Name:  "mnas",
		Doc:   "Accel-NASBench's MnasNet space: 7 blocks of expansion, kernel, layers and squeeze-and-excitation",
		Paper: "Ahmad, Du, Xie and Zhang, 2024, arXiv:2404.08005; space: Tan et al., CVPR 2019, arXiv:1807.11626",
		New:   func(evolve.Options) (evolve.Space, error) { return Mnas{}, nil },
	})
}

// mnasKey is the published name of decision i.
func mnasKey(i int) string { return fmt.Sprintf("block%d_%s", i/4, mnasFields[i%4]) }

// mnasIndex is the decision of a published name, -1 if there is none.
func mnasIndex(key string) int {
	for i := range mnasDigits.decisions {
		if mnasKey(i) == key {
			return i
		}
	}
	return -1
}

// Parse reads the published JSON object, its 28 keys in any order, or 28 characters.
func (m Mnas) Parse(text string) (evolve.Arch, error) {
	if !strings.HasPrefix(text, "{") {
		return m.Canon(evolve.Arch(text))
	}
	var genome [4 * mnasBlocks]byte
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	bad := func(format string, v ...any) (evolve.Arch, error) {
		return "", fmt.Errorf("mnas: byte %d: "+format+": %w",
			append(append([]any{dec.InputOffset()}, v...), evolve.ErrInvalid)...)
	}
	if _, err := dec.Token(); err != nil {
		return bad("%v", err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return bad("%v", err)
		}
		i := mnasIndex(key.(string)) // what stands there in an object is a string
		if i < 0 {
			return bad("unknown key %s, want block0_e to block6_se", clip(key.(string)))
		}
		if genome[i] != 0 {
			return bad("%s is there twice", key)
		}
		value, err := dec.Token()
		if err != nil {
			return bad("%v", err)
		}
		if genome[i] = mnasValue(i, value); genome[i] == 0 {
			return bad("%s is %s, want one of %s", key, clip(fmt.Sprint(value)), mnasWant(i))
		}
	}
	if _, err := dec.Token(); err != nil {
		return bad("%v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return bad("something follows the object")
	}
	for i, c := range genome {
		if c == 0 {
			return bad("%s is missing", mnasKey(i))
		}
	}
	return m.Canon(evolve.Arch(genome[:]))
}

// mnasValue is the character of a JSON value of decision i, 0 if it is none.
func mnasValue(i int, value json.Token) byte {
	c := byte(0)
	switch v := value.(type) {
	case bool:
		if mnasFields[i%4] == "se" {
			c = '0'
			if v {
				c = '1'
			}
		}
	case json.Number:
		if mnasFields[i%4] != "se" && len(v) == 1 {
			c = v[0]
		}
	}
	if mnasDigits.decisions[i].value[c] < 0 {
		return 0
	}
	return c
}

// mnasWant lists the JSON values of decision i.
func mnasWant(i int) string {
	if mnasFields[i%4] == "se" {
		return "false, true"
	}
	return strings.Join(strings.Split(mnasDigits.decisions[i].chars, ""), ", ")
}

// Format prints the published JSON object, without spaces.
func (Mnas) Format(a evolve.Arch) string {
	var b strings.Builder
	for i := range len(a) {
		value := string(a[i : i+1])
		if mnasFields[i%4] == "se" {
			value = [2]string{"false", "true"}[a[i]-'0']
		}
		fmt.Fprintf(&b, ",%q:%s", mnasKey(i), value)
	}
	return "{" + b.String()[1:] + "}"
}

// mnasGraf: each block is a chain of equal layers, whose kind is a number of expansion, kernel and
// squeeze-and-excitation. It asks for all kinds, expansion 4 or 6, expansion 6, kernel 5, and squeeze-and-excitation.
var mnasGraf = graf{graphs: mnasBlocks, sources: 1, sinks: 1, sets: func() []uint32 {
	sets := make([]uint32, 5)
	for kind := range 3 * 2 * 2 {
		for i, in := range [5]bool{true, kind >= 4, kind >= 8, kind&2 != 0, kind&1 != 0} {
			if in {
				sets[i] |= 1 << kind
			}
		}
	}
	return sets
}()}

func (d *digits) mnasGraphs(a evolve.Arch) []grafGraph {
	all := make([]grafGraph, mnasBlocks)
	for b := range all {
		value := func(i int) int { return int(d.decisions[4*b+i].value[a[4*b+i]]) }
		all[b].chain(slices.Repeat([]int{4*value(0) + 2*value(1) + value(3)}, 1+value(2)))
	}
	return all
}
