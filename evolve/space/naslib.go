package space

import (
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// NASLib, and with it NAS-Bench-Suite-Zero (Krishnakumar et al., NeurIPS 2022, arXiv:2210.03230), write an
// architecture as a tuple of numbers (naslib/search_spaces/*/conversions.py), each space in an order of
// its own. Lists of the same numbers are refused: others write lists, and number in other ways.

// tuple reads all of the text as a tuple of at most so many digits.
func (s *literalScanner) tuple(most int) ([]int, error) {
	s.most = most
	s.assigned()
	if !strings.HasPrefix(s.rest(), "(") {
		return nil, s.bad(s.i, "a list does not say who numbered the operations: "+
			"NASLib writes a tuple in ( ), and only that is read")
	}
	v, err := s.value(0)
	if err == nil {
		err = s.end()
	}
	if err != nil {
		return nil, err
	}
	numbers := make([]int, len(v.list))
	for i, e := range v.list {
		if e.kind != literalNumber {
			return nil, s.bad(e.at, "want a tuple of numbers")
		}
		numbers[i] = e.number
	}
	return numbers, nil
}

// listed says that a text is a tuple or a list, NAME = in front of it or not.
func listed(text string) bool {
	rest := pasted(text)
	return strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, "[")
}

// nb201NASLib are NASLib's operations and edges by their places here: Identity, Zero, ReLUConvBN3x3,
// ReLUConvBN1x1, AvgPool1x1, and the edges by source (nasbench201/conversions.py, OP_NAMES and EDGE_LIST).
var nb201NASLib = struct {
	op   [5]byte
	edge [6]int
}{[5]byte{'1', '0', '3', '2', '4'}, [6]int{0, 1, 3, 2, 4, 5}}

// nb201FromNASLib reads a tuple such as (2, 0, 2, 2, 2, 0).
func nb201FromNASLib(text string) (evolve.Arch, error) {
	s := literalScanner{space: "nb201", text: text}
	numbers, err := s.tuple(6)
	if err != nil {
		return "", err
	}
	if len(numbers) != 6 {
		return "", s.bad(0, "NASLib's tuple has 6 operations, this has %d", len(numbers))
	}
	var genome [6]byte
	for i, op := range numbers {
		if op >= len(nb201NASLib.op) {
			return "", s.bad(0, "operation %d of NASLib's tuple is %d, want 0..%d", i+1, op, len(nb201NASLib.op)-1)
		}
		genome[nb201NASLib.edge[i]] = nb201NASLib.op[op]
	}
	return nb201Archs[nb201Rank(evolve.Arch(genome[:]))], nil
}

// nasLibDigits are the numbers of a tuple as text, for spaces whose own digits NASLib uses.
func nasLibDigits(space, text string) (string, error) {
	s := literalScanner{space: space, text: text}
	numbers, err := s.tuple(6)
	digits := make([]byte, len(numbers))
	for i, x := range numbers {
		digits[i] = byte('0' + x)
	}
	return string(digits), err
}

// nb101FromNASLib reads a tuple of the n² entries of a matrix, row by row, and n operations, numbered input,
// output, maxpool3x3, conv1x1-bn-relu, conv3x3-bn-relu (nasbench101/conversions.py, all_ops).
func nb101FromNASLib(text string) (evolve.Arch, error) {
	s := literalScanner{space: "nb101", text: text}
	numbers, err := s.tuple(nb101MaxParsed*nb101MaxParsed + nb101MaxParsed)
	if err != nil {
		return "", err
	}
	n := 2
	for n < nb101MaxParsed && n*n+n < len(numbers) {
		n++
	}
	if len(numbers) != n*n+n {
		return "", s.bad(0, "NASLib's tuple has n·n entries of a matrix and n operations, n from 2 to %d, this "+
			"has %d numbers",
			nb101MaxParsed, len(numbers))
	}
	parents, ops := make([]uint32, n), make([]byte, 0, n-2)
	for i, entry := range numbers[:n*n] {
		switch x, y := i/n, i%n; {
		case entry > 1:
			return "", s.bad(0, "row %d, column %d of the matrix is %d, want 0 or 1", x, y, entry)
		case entry == 1 && x >= y:
			return "", s.bad(0, "row %d, column %d of the matrix is 1: edges must lead to later vertices "+
				"(upper triangle)", x, y)
		default:
			parents[y] |= uint32(entry) << x
		}
	}
	for v, op := range numbers[n*n:] {
		switch end, ok := map[int]int{0: 0, n - 1: 1}[v]; {
		case ok && op != end:
			return "", s.bad(0, "operation %d of NASLib's tuple is %d, want %d: "+
				"it begins with the input, 0, and ends with the output, 1", v+1, op, end)
		case ok:
		case op < 2 || op > 4:
			return "", s.bad(0, "operation %d of NASLib's tuple is %d, want 2, 3 or 4", v+1, op)
		default:
			ops = append(ops, byte('0'+4-op)) // the operations of NB101Ops from behind
		}
	}
	a, err := nb101FromGraph(parents, ops)
	if err != nil {
		return "", fmt.Errorf("nb101: %w: %w", err, evolve.ErrInvalid)
	}
	return a, nil
}
