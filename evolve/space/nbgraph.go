package space

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Graph is the space of NAS-Bench-Graph (Qin et al., NeurIPS 2022, arXiv:2206.09166): four
// computing nodes, each reading the input or an earlier node and applying one operation;
// what no node reads goes to the output. An Arch is five digits: the link structure by its
// place in [GraphLinks] and the operations of the four nodes by theirs in [GraphOps].
// Genomes of four skips are left out, as in the benchmark. The zero value has all nine
// operations.
type Graph struct{ digitsSpace[graphSpec] }

// graphSpec chooses the operations.
type graphSpec struct{ proteins bool }

func (s graphSpec) core() *digits { return s.table().digits }

func (s graphSpec) table() *graphTable {
	if s.proteins {
		return graphFive
	}
	return graphNine
}

// graphTable is a core with the representative's rank by rank.
type graphTable struct {
	*digits
	canon func() []uint16
}

// GraphLinks are the link structures in the published order: for each node the node that
// it reads, 0 the input. All others are one of these with the nodes in another order.
var GraphLinks = [9]string{"0000", "0001", "0011", "0012", "0013", "0111", "0112", "0122", "0123"}

// GraphOps are the operations in the published order.
var GraphOps = [9]string{"gat", "gcn", "gin", "cheb", "sage", "arma", "graph", "fc", "skip"}

// The digit of the operation skip.
const graphSkip = 8

// The nine operations, and the five of the benchmark's data set proteins: gcn, sage, arma,
// fc, skip. Its records keep the numbers of the nine.
var graphNine, graphFive = newGraph("012345678"), newGraph("14578")

func init() {
	evolve.Spaces.Register(evolve.Entry[evolve.Space]{
		Name:  "graph",
		Doc:   "NAS-Bench-Graph: 9 link structures, 4 nodes of 9 operations, 26,206 networks",
		Paper: "Qin, Zhang, Wang, Zhang and Zhu, NeurIPS 2022, arXiv:2206.09166",
		Params: []evolve.Param{
			evolve.Choice("ops", "operations: all nine, or the five of the data set proteins", "9", "5"),
		},
		New: func(o evolve.Options) (evolve.Space, error) { return NewGraph(o.Text("ops") == "5"), nil },
	})
}

// NewGraph returns the space of nine operations, or of the five of the data set proteins.
func NewGraph(proteins bool) Graph {
	return Graph{digitsSpace[graphSpec]{graphSpec{proteins}}}
}

func newGraph(ops string) *graphTable {
	d := newDigits("graph", append([]string{"links"}, numbered("node", 4)...), "012345678", ops, ops, ops, ops)
	// skip is the last operation, so that its genome is the last of each link structure.
	block := d.decisions[0].place
	d.hole = func(rank int64) bool { return rank%block == block-1 }
	d.rule = "all four operations are skip, which the benchmark leaves out"
	t := &graphTable{digits: d}
	t.canon = sync.OnceValue(t.classes)
	d.graphed(&graphGraf, t.graphs)
	return t
}

// Size is the number of genomes, 59,040 with nine operations and 5,616 with five.
func (g Graph) Size() int { return int(g.spec.core().size) - len(GraphLinks) }

// At returns the genome of an index: in the order of rank, without the holes.
func (g Graph) At(i int) evolve.Arch {
	d := g.spec.core()
	return d.arch(int64(i) + int64(i)/(d.decisions[0].place-1))
}

// Index returns the index of a valid genome.
func (g Graph) Index(a evolve.Arch) int {
	d := g.spec.core()
	rank := d.rank(a)
	return int(rank - rank/d.decisions[0].place)
}

// Canon returns the genome under which the benchmark records a network. A skip moves to the
// input, before all other nodes, if a node reads it, if no other node reads what it reads,
// or if it brings the input itself to the output; of the skips, only those remain that
// bring a node's result to the output beside other readers of it. Then it is the lowest
// genome over all orders of the nodes. There are 26,206 classes with nine operations and
// 2,021 with five; the representatives are the recorded hashes.
func (g Graph) Canon(a evolve.Arch) (evolve.Arch, error) {
	t := g.spec.table()
	if err := t.check(a); err != nil {
		return "", err
	}
	return t.recorded(a), nil
}

func (t *graphTable) recorded(a evolve.Arch) evolve.Arch {
	return t.arch(int64(t.canon()[t.rank(a)]))
}

// classes is the table behind Canon.
func (t *graphTable) classes() []uint16 {
	ranks := make([]uint16, t.size)
	for rank := range ranks {
		if t.open(int64(rank)) {
			ranks[rank] = uint16(t.rank(graphOf(t.arch(int64(rank))).hoist().lowest()))
		}
	}
	return ranks
}

// Hash is the published number of a network: the recorded genome read as a decimal number.
func (g Graph) Hash(a evolve.Arch) string {
	if n := strings.TrimLeft(string(g.spec.table().recorded(a)), "0"); n != "" {
		return n
	}
	return "0"
}

// Find returns the network of a published number, which must be a recorded one.
func (g Graph) Find(hash string) (evolve.Arch, error) {
	a, err := g.Parse(hash)
	if err != nil || g.Hash(a) != hash {
		return "", fmt.Errorf("graph: %s is the published number of no network: want a recorded genome read as a "+
			"number, such as 68012: %w", clip(hash), evolve.ErrInvalid)
	}
	return a, nil
}

// graphNodes are four nodes, a reader after what it reads: the node that each reads, 1 the
// first and 0 the input, and the digits of the operations.
type graphNodes struct {
	from [4]int
	op   [4]byte
}

func graphOf(a evolve.Arch) (n graphNodes) {
	for i := range n.from {
		n.from[i] = int(GraphLinks[a[0]-'0'][i] - '0')
		n.op[i] = a[i+1]
	}
	return n
}

// hoist moves the skips that Canon names to the input, as a chain that all others follow.
func (n graphNodes) hoist() graphNodes {
	var gone [4]bool
	chain := 0
	for i, op := range n.op {
		if op != '0'+graphSkip {
			continue
		}
		read, alone := false, true
		for j, from := range n.from {
			if !gone[j] && j != i {
				read = read || from == i+1
				alone = alone && from != n.from[i]
			}
		}
		if !read && !alone && n.from[i] != 0 {
			continue
		}
		gone[i] = true
		chain++
		for j, from := range n.from {
			if from == i+1 {
				n.from[j] = n.from[i]
			}
		}
	}
	var to graphNodes
	place := [5]int{chain} // by old number; the input becomes the end of the chain
	for i := range chain {
		to.from[i], to.op[i] = i, '0'+graphSkip
	}
	next := chain
	for i := range n.from {
		if !gone[i] {
			to.from[next], to.op[next] = place[n.from[i]], n.op[i]
			next++
			place[i+1] = next
		}
	}
	return to
}

// lowest is the lowest genome among the orders of the nodes whose links are listed.
func (n graphNodes) lowest() evolve.Arch {
	best, text := math.MaxInt, [5]byte{}
	var place [5]int // the new number of each old node that has one
	var links [4]byte
	var visit func(k int)
	visit = func(k int) {
		if k == 4 {
			link := slices.Index(GraphLinks[:], string(links[:]))
			if link < 0 {
				return
			}
			code := link
			for _, c := range text[1:] {
				code = 10*code + int(c-'0')
			}
			if code < best {
				best = code
			}
			return
		}
		for i, from := range n.from {
			if place[i+1] != 0 || from != 0 && place[from] == 0 {
				continue
			}
			place[i+1] = k + 1
			links[k], text[k+1] = byte('0'+place[from]), n.op[i]
			visit(k + 1)
			place[i+1] = 0
		}
	}
	visit(0)
	return evolve.Arch(fmt.Sprintf("%05d", best))
}

// Parse reads links and operations such as 0012:gat,gcn,gin,skip, with the nodes in any
// order in which each reads an earlier one; Arch([0, 0, 1, 2], ['gat', 'gcn', 'gin', 'skip']) of the
// authors' code; the published number of a network, without leading zeros; or five digits.
func (g Graph) Parse(text string) (evolve.Arch, error) {
	if strings.HasPrefix(pasted(text), "Arch") {
		plain, err := graphArch(text)
		if err != nil {
			return "", err
		}
		text = plain
	}
	d := g.spec.core()
	links, names, ok := strings.Cut(text, ":")
	if !ok {
		if n := len(text); n > 0 && n < 5 && (text[0] != '0' || n == 1) && strings.Trim(text, "0123456789") == "" {
			text = "00000"[n:] + text
		}
		return d.read(evolve.Arch(text))
	}
	bad := func(format string, v ...any) (evolve.Arch, error) {
		return "", fmt.Errorf("graph: %s: "+format+": %w",
			append(append([]any{clip(text)}, v...), evolve.ErrInvalid)...)
	}
	ops := strings.Split(names, ",")
	if len(links) != 4 || len(ops) != 4 {
		return bad("want four links and four operations, such as 0012:gat,gcn,gin,skip")
	}
	var n graphNodes
	for i, name := range ops {
		n.from[i] = int(links[i]) - '0'
		if n.from[i] < 0 || n.from[i] > i {
			return bad("node %d reads %q, want 0..%d", i+1, links[i], i)
		}
		op := slices.Index(GraphOps[:], name)
		if op < 0 || d.decisions[1].value['0'+op] < 0 {
			return bad("unknown operation %s (known: %s)", clip(name), strings.Join(graphNames(d), ", "))
		}
		n.op[i] = byte('0' + op)
	}
	if link := slices.Index(GraphLinks[:], links); link >= 0 {
		return d.read(evolve.Arch([]byte{byte('0' + link), n.op[0], n.op[1], n.op[2], n.op[3]}))
	}
	return d.read(n.lowest())
}

// graphNames are the operations that a core has.
func graphNames(d *digits) (names []string) {
	for _, c := range []byte(d.decisions[1].chars) {
		names = append(names, GraphOps[c-'0'])
	}
	return names
}

// Format prints links and operations.
func (Graph) Format(a evolve.Arch) string {
	var names [4]string
	for i := range names {
		names[i] = GraphOps[a[i+1]-'0']
	}
	return GraphLinks[a[0]-'0'] + ":" + strings.Join(names[:], ",")
}

// graphGraf: a skip does nothing. The graph is that of the recorded genome.
var graphGraf = graf{graphs: 1, sources: 1, sinks: 1, free: 1 << graphSkip,
	sets: grafSomeSets(grafBits(0, len(GraphOps)))}

func (t *graphTable) graphs(a evolve.Arch) []grafGraph {
	n := graphOf(t.recorded(a))
	var g grafGraph
	at := [5]int{g.source()}
	var unread uint64
	for i, from := range n.from {
		at[i+1] = g.add(int(n.op[i]-'0'), 1<<at[from])
		unread = unread&^(1<<at[from]) | 1<<at[i+1]
	}
	g.sink(unread)
	return []grafGraph{g}
}
