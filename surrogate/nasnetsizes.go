package surrogate

import (
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/net"
)

// nasnetSizes are the sizes of all networks of one skeleton of quark0/darts: each of [net.Counts] is a sum over the
// pieces of the two cells. Cells read one another through 1×1 convolutions whose weights grow with the states that an
// output concatenates, and every operation within a cell has the cell's channels, so that no piece changes what
// another adds. A search asks for sizes at every trial, and building a network takes a thousand times as long.
type nasnetSizes [len(net.Counts)]nasnetSums

// nasnetSums are what one more of each piece of a [space.NASNetTally] adds to the rest.
type nasnetSums struct {
	rest  int
	cells [2]struct {
		ops           [2][len(space.NASNetOps)]int
		output, input int
	}
}

// newNASNetSizes builds the networks that differ in one piece from one whose every operation is zero.
func newNASNetSizes(c net.Config) (*nasnetSizes, error) {
	zero := string(byte('a' + slices.Index(space.NASNetOps[:], "none")))
	zeros := func(pairs int) string { return strings.Repeat("0"+zero, pairs) }
	const pairs, output = 10, ":2"
	plain := zeros(pairs) + output
	var failed error
	count := func(normal, reduction string) (sizes [len(net.Counts)]int) {
		n, err := net.Build("nasnet", evolve.Arch(normal+"-"+reduction), c)
		if err != nil {
			failed = err
			return sizes
		}
		for k := range sizes {
			sizes[k] = net.Counts[k].Of(n)
		}
		return sizes
	}
	all := new(nasnetSizes)
	rest := count(plain, plain)
	for i := range 2 {
		// add gives set what a cell has more than the plain one, by count.
		add := func(cell string, set func(s *nasnetSums, more int)) {
			cells := [2]string{plain, plain}
			cells[i] = cell
			sizes := count(cells[0], cells[1])
			for k := range all {
				set(&all[k], sizes[k]-rest[k])
			}
		}
		for op := range space.NASNetOps {
			letter := string(byte('a' + op))
			add("0"+letter+zeros(pairs-1)+output, func(s *nasnetSums, more int) { s.cells[i].ops[1][op] = more })
			add(zeros(2)+"2"+letter+zeros(pairs-3)+output,
				func(s *nasnetSums, more int) { s.cells[i].ops[0][op] = more })
		}
		add(zeros(pairs)+":23", func(s *nasnetSums, more int) { s.cells[i].output = more })
		add(zeros(pairs)+":02", func(s *nasnetSums, more int) { s.cells[i].input = more - s.cells[i].output })
	}
	for k := range all {
		s := &all[k]
		s.rest = rest[k] - s.cells[0].output - s.cells[1].output // the plain cells concatenate one state
	}
	return all, failed
}

// of is what [net.Counts] k says of an architecture's network.
func (s *nasnetSizes) of(a evolve.Arch, k int) (float64, error) {
	t, err := space.NASNet{}.Tally(a)
	if err != nil {
		return 0, err
	}
	sum := s[k].rest
	for i := range t {
		have, each := &t[i], &s[k].cells[i]
		for reads := range have.Ops {
			for op, n := range have.Ops[reads] {
				sum += int(n) * each.ops[reads][op]
			}
		}
		sum += int(have.Output)*each.output + int(have.Inputs)*each.input
	}
	return float64(sum), nil
}
