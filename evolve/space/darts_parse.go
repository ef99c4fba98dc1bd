package space

import (
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// dartsOutput are the states that the output of a cell concatenates.
var dartsOutput = []int{2, 3, 4, 5}

// Parse reads the published Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=[2, 3,
// 4, 5], reduce=[…], reduce_concat=range(2, 6)), with pairs flat or, as in AutoDL-Projects,
// grouped by node; an object of JSON with these four keys; NASLib's tuples of [DARTSFromNASLib];
// or 32 digits. All four nodes must be concatenated. Errors wrap ErrInvalid and say the byte,
// counted from 0, or the cell and the pair.
func (DARTS) Parse(text string) (evolve.Arch, error) {
	if text != "" && strings.Trim(text, "0123456789") == "" {
		g, err := dartsOf(evolve.Arch(text))
		if err != nil {
			return "", err
		}
		return g.arch(), nil
	}
	if listed(text) {
		return dartsFromNASLib(text, true)
	}
	s := literalScanner{space: "darts", text: text, ops: DARTSOps[:], nodes: dartsNodes, output: dartsOutput}
	t, err := s.genotype()
	if err != nil {
		return "", err
	}
	var g dartsGenotype
	for i, c := range t.cells() {
		copy(g[i][:], c.pairs(DARTSOps[:]))
	}
	if err := g.valid(); err != nil {
		return "", err
	}
	return g.arch(), nil
}

// Format prints the Genotype as quark0/darts does.
func (DARTS) Format(a evolve.Arch) string {
	t, err := DARTS{}.Genotype(a)
	if err != nil {
		return string(a) // not of the space
	}
	return t.String()
}

// DARTSFromNASLib reads the compact form of naszilla and NASLib, ((input, op) × 8) × 2 in
// lists or tuples, normal cell first. Its operations count from 0 over [DARTSOps] without
// none. NASLib's list says so (nasbench301/conversions.py), and the parameters in its
// NAS-Bench-301 set are an exact function of the operations only with 2 as the skip and 3 to
// 6 as sep 3×3, sep 5×5, dil 3×3, dil 5×5; the pools 0 and 1 have none and rest on the list.
func DARTSFromNASLib(text string) (evolve.Arch, error) { return dartsFromNASLib(text, false) }

// dartsFromNASLib reads the compact form. A text of unknown origin may not be a tuple of two lists,
// which randomNAS (liamcli/randomNAS_release, darts_wrapper_discrete.py) prints too: there the numbers
// of the operations begin with none.
func dartsFromNASLib(text string, unknown bool) (evolve.Arch, error) {
	s := literalScanner{space: "darts", text: text}
	s.assigned()
	v, err := s.value(0)
	if err == nil {
		err = s.end()
	}
	if err != nil {
		return "", err
	}
	if len(v.list) != len(dartsCells) {
		return "", s.bad(v.at, "want a list of two cells, this has %d elements", len(v.list))
	}
	var g dartsGenotype
	for c, cell := range v.list {
		if unknown && v.tuple && cell.kind == literalList && !cell.tuple {
			return "", s.bad(cell.at, "naszilla and randomNAS both write ([…], […]) and number the operations in two "+
				"ways; write ((…), (…)) if max_pool_3x3 is 0, as in naszilla and NASLib")
		}
		if len(cell.list) != dartsPairs {
			return "", s.bad(cell.at, "a cell is %d pairs (input, op), this has %d", dartsPairs, len(cell.list))
		}
		for k, p := range cell.list {
			if len(p.list) != 2 || p.list[0].kind != literalNumber || p.list[1].kind != literalNumber {
				return "", s.bad(p.at, "want a pair (input, op) of numbers")
			}
			in, op := p.list[0].number, p.list[1].number
			if op >= dartsOps {
				return "", s.bad(p.at, "operation %d: want 0..%d", op, dartsOps-1)
			}
			g[c][k] = dartsPair{byte(in), byte(op + 1)}
		}
	}
	if err := g.valid(); err != nil {
		return "", err
	}
	return g.arch(), nil
}
