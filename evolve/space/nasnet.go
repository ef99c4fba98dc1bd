package space

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// NASNet is the space of convolutional cells of Zoph, Vasudevan, Shlens and Le (CVPR 2018,
// arXiv:1707.07012) as AmoebaNet-A was searched in it (Real, Aggarwal, Huang and Le, AAAI
// 2019, arXiv:1802.01548). Each of two cells, normal and reduction, has the inputs 0
// (c_{k-2}) and 1 (c_{k-1}), the order of DARTS and not of the TensorFlow code, and five
// blocks, the states 2 to 6; a block is the sum of two operations on two earlier states,
// which may be the same. The cell's output concatenates states: by rule those that no block
// reads, inputs included; published cells depart from it.
//
// An Arch is two cells with a dash between them. A cell is ten pairs of an input, a digit,
// and an operation, a letter from a on in the order of [NASNetOps], two pairs a block. Where
// the concatenation departs from the rule, a colon and the states follow in rising order.
// The order of a block's pairs is kept.
type NASNet struct {
	// Identity is the probability with which the mutations real2019 and redraw copy the
	// parent, which is then trained again.
	Identity float64
	// Ops says which operations samples and moves draw: "" for all that are searched, or ENASOps.
	Ops string
}

// ENASOps are the five operations of the micro space of ENAS: separable convolutions of 3×3 and 5×5, average and max
// pool of 3×3, and the identity (Pham, Guan, Zoph, Le and Dean, ICML 2018, arXiv:1802.03268, section 2.4).
const ENASOps = "enas"

// The operations that are searched, by their places in [NASNetOps].
var (
	nasnetSearched = []byte{0, 1, 2, 3, 4, 5, 6, 7}
	enasSearched   = []byte{0, 1, 2, 4, 5}
)

// searched are the operations that samples and moves draw.
func (s NASNet) searched() []byte {
	if s.Ops == ENASOps {
		return enasSearched
	}
	return nasnetSearched
}

// NASNetIdentity is the published probability of the identity mutation.
const NASNetIdentity = 0.05

// NASNetOps are the operations by their names in the DARTS notation. The first eight are
// those of AmoebaNet-A's search, and the only ones that samples and moves draw; the others
// are of published cells. skip_connect is the identity, which the TensorFlow code calls
// none; none is zero. dil_conv is one dilated separable convolution of rate 2; sep_conv is
// two separable ones; conv is not separable.
var NASNetOps = [18]string{
	"skip_connect", "sep_conv_3x3", "sep_conv_5x5", "sep_conv_7x7", "avg_pool_3x3", "max_pool_3x3", "dil_conv_3x3",
	"conv_1x7_7x1",
	"conv_1x1", "conv_3x3", "conv_1x3_3x1", "max_pool_2x2", "max_pool_5x5", "avg_pool_2x2", "avg_pool_5x5",
	"dil_conv_5x5", "dil_2_sep_conv_5x5", "none",
}

const (
	nasnetNone   = byte(len(NASNetOps) - 1)
	nasnetOps    = 8 // that are searched
	nasnetBlocks = 5
	nasnetPairs  = 2 * nasnetBlocks // of a cell
	nasnetStates = 2 + nasnetBlocks
)

func init() {
	evolve.Spaces.Register(evolve.Entry[evolve.Space]{
		Name: "nasnet",
		Doc:  "NASNet / AmoebaNet convolutional cells: 2 cells of 5 blocks, 8 operations, 3.10e29 architectures",
		Paper: "Zoph, Vasudevan, Shlens and Le, CVPR 2018, arXiv:1707.07012; Real, Aggarwal, Huang and Le, AAAI " +
			"2019, arXiv:1802.01548",
		Params: []evolve.Param{
			evolve.Float("identity", NASNetIdentity, 0, 1,
				"probability of the identity mutation in real2019 and redraw"),
			evolve.Choice("ops", "operations that are searched: all eight, or the five of ENAS's micro space",
				"all", ENASOps).AddedLater(),
		},
		New: func(o evolve.Options) (evolve.Space, error) {
			s := NASNet{Identity: o.Float("identity")}
			if ops := o.Text("ops"); ops == ENASOps {
				s.Ops = ops
			}
			return s, nil
		},
	})
}

// A nasnetCell is its pairs, two a block, and the set of the states in its output.
type (
	nasnetCell struct {
		pairs  [nasnetPairs]dartsPair
		concat byte // bit i: state i
	}
	nasnetGenotype [2]nasnetCell
)

// unread is the set of the states that no block reads, the output by rule. The last block
// is always one of them.
func (c *nasnetCell) unread() byte {
	set := byte(1<<nasnetStates - 1)
	for _, p := range c.pairs {
		set &^= 1 << p.in
	}
	return set
}

// arch writes the genome.
func (g *nasnetGenotype) arch() evolve.Arch {
	text := make([]byte, 0, 2*(2*nasnetPairs+1+nasnetStates)+1)
	for i := range g {
		c := &g[i]
		if i > 0 {
			text = append(text, '-')
		}
		for _, p := range c.pairs {
			text = append(text, '0'+p.in, 'a'+p.op)
		}
		if c.concat == c.unread() {
			continue
		}
		text = append(text, ':')
		for s := range byte(nasnetStates) {
			if c.concat>>s&1 != 0 {
				text = append(text, '0'+s)
			}
		}
	}
	return evolve.Arch(text)
}

// nasnetOf reads and checks a genome.
func nasnetOf(a evolve.Arch) (g nasnetGenotype, err error) {
	bad := func(format string, v ...any) (nasnetGenotype, error) {
		return nasnetGenotype{}, fmt.Errorf("nasnet: %s: %s: %w", clip(string(a)), fmt.Sprintf(format, v...),
			evolve.ErrInvalid)
	}
	first, second, two := strings.Cut(string(a), "-")
	if !two {
		return bad("a genome is two cells with a dash between them")
	}
	for i, text := range [2]string{first, second} {
		c := &g[i]
		text, concat, explicit := strings.Cut(text, ":")
		if len(text) != 2*nasnetPairs {
			return bad("%s has %d characters, want %d, an input and an operation for each of %d pairs",
				dartsCells[i], len(text), 2*nasnetPairs, nasnetPairs)
		}
		for k := range c.pairs {
			in, op := text[2*k]-'0', text[2*k+1]-'a'
			if int(in) >= dartsStates(k) {
				return bad("pair %d of %s: block %d cannot read state %q: want 0..%d",
					k+1, dartsCells[i], dartsStates(k), text[2*k], dartsStates(k)-1)
			}
			if int(op) >= len(NASNetOps) {
				return bad("pair %d of %s: operation %q: want a..%c", k+1, dartsCells[i], text[2*k+1], 'a'+nasnetNone)
			}
			c.pairs[k] = dartsPair{in, op}
		}
		c.concat = c.unread()
		if !explicit {
			continue
		}
		c.concat = 0
		for k := range len(concat) {
			if s := concat[k] - '0'; s >= nasnetStates || c.concat>>s != 0 {
				return bad("output of %s: %q: want states 0..%d in rising order",
					dartsCells[i], concat[k], nasnetStates-1)
			}
			c.concat |= 1 << (concat[k] - '0')
		}
		if c.concat < 1<<2 {
			return bad("output of %s: no block is in it", dartsCells[i])
		}
	}
	return g, nil
}

// nasnetRead reads a valid genome.
func nasnetRead(a evolve.Arch) nasnetGenotype {
	g, _ := nasnetOf(a) // a valid one has no error
	return g
}

func (NASNet) Name() string { return "nasnet" }

// Sample draws every input among the earlier states and every operation among those that are
// searched, all uniformly and independently (Real et al.).
func (s NASNet) Sample(r *rand.Rand) evolve.Arch {
	var g nasnetGenotype
	ops := s.searched()
	for i := range g {
		c := &g[i]
		for k := range c.pairs {
			c.pairs[k] = dartsPair{byte(r.IntN(dartsStates(k))), ops[r.IntN(len(ops))]}
		}
		c.concat = c.unread()
	}
	return g.arch()
}
