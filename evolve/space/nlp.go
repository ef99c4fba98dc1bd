package space

import (
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// NLP is the space of recurrent cells of NAS-Bench-NLP (Klyuchnikov et al., IEEE Access
// 2022, arXiv:2006.07116). A recipe maps the names of nodes to an operation and its inputs:
//
//	{"f": {"op": "linear", "input": ["x", "h_prev_0"]},
//	 "h_new_0": {"op": "activation_tanh", "input": ["f"]}}
//
// An Arch is the recipe as JSON without blanks, keys in alphabetical order. Hidden and
// Nodes are the sizes that Sample draws; every other method takes recipes of any size. So a
// recipe is no fixed number of decisions, and the space is no [evolve.Decider].
type NLP struct {
	Hidden int // hidden states, 1..3
	Nodes  int // intermediate vertices, 1..24
}

// The published defaults and what the released cells reach.
const (
	nlpHidden    = 2
	nlpNodes     = 7
	nlpMaxHidden = 3
	nlpMaxNodes  = 24
)

func init() {
	evolve.Spaces.Register(evolve.Entry[evolve.Space]{
		Name: "nlp",
		Doc:  "NAS-Bench-NLP recurrent cells: graphs of 7 operations with up to 3 hidden states",
		Paper: "Klyuchnikov, Trofimov, Artemova, Salnikov, Fedorov, Filippov and Burnaev, IEEE Access 2022, " +
			"arXiv:2006.07116",
		Params: []evolve.Param{
			evolve.Int("hidden", nlpHidden, 1, nlpMaxHidden, "hidden states of a sampled cell"),
			evolve.Int("nodes", nlpNodes, 1, nlpMaxNodes,
				"intermediate vertices that a cell is sampled with, before those without effect are left out"),
		},
		New: func(o evolve.Options) (evolve.Space, error) {
			return NLP{o.Int("hidden"), o.Int("nodes")}, nil
		},
	})
}

func (NLP) Name() string { return "nlp" }

// Parse reads a recipe as JSON. The error wraps ErrInvalid and names the node and the rule
// that it breaks:
//
//   - names are of letters, digits and _; the sources are x and h_prev_i, the results
//     h_new_0, h_new_1, … without a gap, and there are as many of the one as of the other;
//   - linear takes 2 or 3 inputs, blend 3, elementwise_prod and elementwise_sum 2, an
//     activation 1, all different; the graph has no cycle;
//   - x, whose width is its own, is read by linear only;
//   - x and every h_prev_i have an effect on some h_new_j.
//
// A node without an effect is accepted; Canon leaves it out.
func (NLP) Parse(text string) (evolve.Arch, error) {
	r, err := recipeParse(text)
	if err != nil {
		return "", err
	}
	return r.arch(), nil
}

// Format prints the recipe as JSON.
func (NLP) Format(a evolve.Arch) string { return string(a) }

// Canon names the nodes canonically: two cells get the same text exactly when an
// isomorphism that keeps x, h_prev_i and h_new_i maps one to the other. The order of inputs
// counts for blend only: linear has a matrix for each input, and the other operations are
// symmetric. Nodes without an effect are left out.
func (NLP) Canon(a evolve.Arch) (evolve.Arch, error) {
	r, err := recipeOf(a)
	if err != nil {
		return "", err
	}
	return r.canonical().arch(), nil
}

// Mutations: naslib (NASLib, nasbenchnlp/graph.py) moves the source of one edge or changes
// one operation, with equal chance. Edges from x and h_prev_i stay; an activation becomes
// another, a product a sum and a sum a product, linear and blend stay. Here the source
// becomes another one, and a child that breaks a rule of Parse is drawn again; where one
// kind of change has no child the other is made, and where neither has (a cell of linear
// and blend that read only sources) the parent is returned.
func (NLP) Mutations() []string { return []string{"naslib"} }

// Mutation returns a named operator.
func (s NLP) Mutation(name string) (evolve.Mutation, error) {
	if name != "naslib" {
		return nil, evolve.Unknown("nlp mutation", name, s.Mutations())
	}
	return recipeMutate, nil
}

// recipeMutate is the operator naslib.
func recipeMutate(parent evolve.Arch, rng *rand.Rand) evolve.Arch {
	r, err := recipeOf(parent)
	if err != nil {
		return parent // a valid parent is the operator's contract
	}
	first, second := (*recipe).moveEdge, (*recipe).changeOp
	if rng.IntN(2) == 1 {
		first, second = second, first
	}
	if first(r, rng) || second(r, rng) {
		return r.arch()
	}
	return parent
}
