package space

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Parse reads, besides the genome,
//
//   - the Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=[2, 3], reduce=[…],
//     reduce_concat=range(2, 7)) of the DARTS repository with ten pairs a cell, or an object of
//     JSON with these four keys;
//   - the specification of tensorflow/tpu as JSON: an object of normal and reduction, or of
//     one cell for both, each with operations, hiddenstate_indices and, if not by rule,
//     used_hiddenstates, where a state with 0 is concatenated. State 0 there is c_{k-1} and
//     none the identity;
//   - the 40 numbers, input and operation by turns, of ENAS and NAO (Luo et al., NeurIPS
//     2018, arXiv:1808.07233), in the numbering of NAO_V1.
//
// Errors wrap ErrInvalid and say where the text breaks which rule.
func (NASNet) Parse(text string) (evolve.Arch, error) {
	text = strings.TrimSpace(text)
	var t Genotype
	var err error
	switch {
	case strings.HasPrefix(pasted(text), "Genotype"), strings.HasPrefix(pasted(text), "{") &&
		strings.Contains(text, "_concat"):
		s := literalScanner{space: "nasnet", text: text, ops: nasnetNames, nodes: nasnetBlocks}
		t, err = s.genotype()
	case strings.HasPrefix(text, "{"):
		t, err = nasnetTPU(text)
	case strings.Contains(text, " ") && strings.Trim(text, "0123456789 ") == "":
		t, err = nasnetNumbers(strings.Fields(text))
	default:
		g, err := nasnetOf(evolve.Arch(text))
		if err != nil {
			return "", err
		}
		return g.arch(), nil
	}
	if err != nil {
		return "", err
	}
	return nasnetFrom(t)
}

// Format prints the Genotype of the DARTS repository.
func (s NASNet) Format(a evolve.Arch) string {
	t, err := s.Genotype(a)
	if err != nil {
		return string(a) // not of the space
	}
	return t.String()
}

// nasnetAliases are other names of operations.
var nasnetAliases = map[string]string{"conv_7x1_1x7": "conv_1x7_7x1", "conv_3x1_1x3": "conv_1x3_3x1"}

// nasnetNames are all names that a Genotype may use.
var nasnetNames = append(NASNetOps[:len(NASNetOps):len(NASNetOps)], slices.Sorted(maps.Keys(nasnetAliases))...)

// nasnetFrom checks five blocks a cell of known operations and writes the genome. Without
// Concat the output is by rule.
func nasnetFrom(t Genotype) (evolve.Arch, error) {
	var g nasnetGenotype
	bad := func(i int, format string, v ...any) (evolve.Arch, error) {
		return "", fmt.Errorf("nasnet: %s: %s: %w", dartsCells[i], fmt.Sprintf(format, v...), evolve.ErrInvalid)
	}
	for i, from := range t.cells() {
		c := &g[i]
		for b := range from.Blocks {
			for side := range from.Blocks[b] {
				e := &from.Blocks[b][side]
				if name, ok := nasnetAliases[e.Op]; ok {
					e.Op = name
				}
				if e.In < 0 || e.In >= 2+b {
					return bad(i, "pair %d: block %d cannot read state %d: want 0..%d", 2*b+side+1, 2+b, e.In, 1+b)
				}
			}
		}
		copy(c.pairs[:], from.pairs(NASNetOps[:]))
		for _, s := range from.Concat {
			if s < 0 || s >= nasnetStates {
				return bad(i, "the output cannot have state %d: want 0..%d", s, nasnetStates-1)
			}
			c.concat |= 1 << s
		}
		if len(from.Concat) == 0 {
			c.concat = c.unread()
		} else if c.concat < 1<<2 {
			return bad(i, "no block is in the output")
		}
	}
	return g.arch(), nil
}

// nasnetTPUOps are the names of tensorflow/tpu, models/official/amoeba_net/network_utils.py
// and model_specs.py, where the suffix _2 is two convolutions.
var nasnetTPUOps = map[string]string{
	"none": "skip_connect", "separable_3x3_2": "sep_conv_3x3", "separable_5x5_2": "sep_conv_5x5",
	"separable_7x7_2": "sep_conv_7x7",
	"avg_pool_3x3":    "avg_pool_3x3", "max_pool_2x2": "max_pool_2x2", "max_pool_3x3": "max_pool_3x3",
	"1x1": "conv_1x1", "3x3": "conv_3x3", "1x3_3x1": "conv_1x3_3x1", "1x7_7x1": "conv_1x7_7x1",
	"dil_2_separable_5x5_2": "dil_2_sep_conv_5x5",
}

// nasnetTPU reads the specification of tensorflow/tpu.
func nasnetTPU(text string) (t Genotype, err error) {
	type cell struct {
		Operations []string `json:"operations"`
		Inputs     []int    `json:"hiddenstate_indices"`
		Used       []int    `json:"used_hiddenstates"`
	}
	var spec struct {
		Normal *cell `json:"normal"`
		Reduce *cell `json:"reduction"`
		Both   *cell `json:"cell"`
	}
	bad := func(format string, v ...any) (Genotype, error) {
		return Genotype{}, fmt.Errorf("nasnet: %s: %w", fmt.Sprintf(format, v...), evolve.ErrInvalid)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&spec); err != nil {
		return bad("JSON, byte %d: %v", d.InputOffset(), err)
	}
	if _, err := d.Token(); err != io.EOF {
		return bad("JSON, byte %d: something follows the object", d.InputOffset())
	}
	if spec.Both != nil && spec.Normal == nil && spec.Reduce == nil {
		spec.Normal, spec.Reduce, spec.Both = spec.Both, spec.Both, nil
	}
	if spec.Normal == nil || spec.Reduce == nil || spec.Both != nil {
		return bad("JSON: want normal and reduction, or cell alone")
	}
	newer := func(s int) int { // there the newer input comes first
		if s == 0 || s == 1 {
			return 1 - s
		}
		return s
	}
	for i, from := range []*cell{spec.Normal, spec.Reduce} {
		name := []string{"normal", "reduction"}[i]
		if len(from.Operations) != nasnetPairs || len(from.Inputs) != nasnetPairs {
			return bad("JSON: %s has %d operations and %d hiddenstate_indices, want %d of each",
				name, len(from.Operations), len(from.Inputs), nasnetPairs)
		}
		c := t.cells()[i]
		c.Blocks = make([][2]Edge, nasnetBlocks)
		for k, op := range from.Operations {
			known, ok := nasnetTPUOps[op]
			if !ok {
				return bad("JSON: %s: unknown operation %q (known: %s)",
					name, op, strings.Join(slices.Sorted(maps.Keys(nasnetTPUOps)), ", "))
			}
			c.Blocks[k/2][k%2] = Edge{known, newer(from.Inputs[k])}
		}
		if from.Used == nil {
			continue
		}
		if len(from.Used) != nasnetStates {
			return bad("JSON: %s has %d used_hiddenstates, want %d", name, len(from.Used), nasnetStates)
		}
		for s := range from.Used {
			switch from.Used[newer(s)] {
			case 0:
				c.Concat = append(c.Concat, s)
			case 1:
			default:
				return bad("JSON: %s: used_hiddenstates has %d, want 0 or 1", name, from.Used[newer(s)])
			}
		}
		if len(c.Concat) == 0 {
			return bad("JSON: %s: used_hiddenstates has no 0, so that nothing is concatenated", name)
		}
	}
	return t, nil
}

// nasnetNAO are the operations in the numbering of renqianluo/NAO_pytorch, NAO_V1, whose
// first five are those of ENAS.
var nasnetNAO = [16]string{
	"sep_conv_3x3", "sep_conv_5x5", "avg_pool_3x3", "max_pool_3x3", "skip_connect", "skip_connect", "conv_1x1",
	"conv_3x3",
	"conv_1x3_3x1", "conv_1x7_7x1", "max_pool_2x2", "max_pool_3x3", "max_pool_5x5", "avg_pool_2x2", "avg_pool_3x3",
	"avg_pool_5x5",
}

// nasnetNumbers reads input and operation by turns.
func nasnetNumbers(fields []string) (t Genotype, err error) {
	if len(fields) != 2*2*nasnetPairs {
		return t, fmt.Errorf("nasnet: want 40 numbers, input and operation by turns, this has %d: %w",
			len(fields), evolve.ErrInvalid)
	}
	for i, c := range t.cells() {
		c.Blocks = make([][2]Edge, nasnetBlocks)
		for k := range nasnetPairs {
			at := 2 * (i*nasnetPairs + k)
			in, e1 := strconv.Atoi(fields[at])
			op, e2 := strconv.Atoi(fields[at+1])
			if e1 != nil || e2 != nil || op >= len(nasnetNAO) {
				return t, fmt.Errorf("nasnet: numbers %d and %d are %s and %s: want an input and an "+
					"operation 0..%d: %w", at+1, at+2, clip(fields[at]), clip(fields[at+1]), len(nasnetNAO)-1,
					evolve.ErrInvalid)
			}
			c.Blocks[k/2][k%2] = Edge{nasnetNAO[op], in}
		}
	}
	return t, nil
}
