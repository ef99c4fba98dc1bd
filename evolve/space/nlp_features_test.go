package space

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

func nlpEncode(t testing.TB, a evolve.Arch) []float64 {
	t.Helper()
	v, err := NLP{}.Encode(nil, "wl", a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The LSTM without the parts that do nothing new: one linear and its sigmoid feed the output
// and the second hidden state.
func TestNLPEncodeByHand(t *testing.T) {
	v := nlpEncode(t, nlpParse(t, "{"+strings.Join([]string{
		nlpNode("f", "linear", "x", "h_prev_0"), nlpNode("g", "activation_sigm", "f"),
		nlpNode("h_new_1", "elementwise_prod", "g", "h_prev_1"), nlpNode("h_new_0", "activation_tanh", "h_new_1"),
	}, ",")+"}"))
	if len(v) != 229 {
		t.Fatalf("%d features, want 229", len(v))
	}
	next := func(n int) []float64 {
		part := v[:n]
		v = v[n:]
		return part
	}
	if got, want := next(10), []float64{2, 4, 1, 0, 1, 0, 1, 1, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("counts %v, want %v", got, want)
	}
	// x→linear, h_prev_0→linear, h_prev_1→product, linear→sigmoid, product→tanh, sigmoid→product.
	if got, want := nb201Ones(next(70)), []int{0, 7, 2*7 + 2, 3*7 + 5, 5*7 + 4, 8*7 + 2}; !slices.Equal(got, want) {
		t.Errorf("edges %v, want %v", got, want)
	}
	if got, want := next(6), []float64{4, 4, 0, 1, 1, 4}; !slices.Equal(got, want) {
		t.Errorf("shape %v, want %v", got, want)
	}
	if got, want := next(8), []float64{1, 1, 1, 1, 0, 0, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("depths %v, want %v", got, want)
	}
	if got, want := next(7), []float64{0, 0, 0, 0, 1, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("output %v, want %v", got, want)
	}
	for range 2 {
		sum := 0.
		for _, x := range next(64) {
			sum += x
		}
		if sum != 4 {
			t.Errorf("%g labels, want one a node", sum)
		}
	}
}

// The hidden states but the first have the same role.
func TestNLPEncodeStates(t *testing.T) {
	cell := func(i, j string) string {
		return "{" + strings.Join([]string{
			nlpNode("f", "linear", "x", "h_prev_0", "h_prev_"+i), nlpNode("h_new_0", "blend", "f", "h_new_"+i, "h_prev_"+j),
			nlpNode("h_new_"+i, "activation_tanh", "f"), nlpNode("h_new_"+j, "activation_sigm", "f"),
		}, ",") + "}"
	}
	a, b := nlpParse(t, cell("1", "2")), nlpParse(t, cell("2", "1"))
	if nlpCanon(t, a) == nlpCanon(t, b) || !slices.Equal(nlpEncode(t, a), nlpEncode(t, b)) {
		t.Errorf("%s and %s: want other canonical forms and the same encoding", a, b)
	}
}

// recipeShared reads a gzipped file of the shared data, or skips.
func recipeShared(t *testing.T, path ...string) []byte {
	t.Helper()
	f, err := os.Open(shared.Path(t, path...))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// All recorded runs are of valid cells. The 344 numbered cells are 265 different ones: the
// authors' list repeats itself under other names. Isomorphic cells have the same number of
// parameters.
func TestNLPRecorded(t *testing.T) {
	runs, ids, params := 0, map[int]bool{}, map[evolve.Arch]int{}
	repeated := map[evolve.Arch]bool{}
	for line := range bytes.Lines(recipeShared(t, "data", "nasbench-nlp", "wikitext2_logs.jsonl.gz")) {
		var v struct {
			ID     int             `json:"recepie_id"`
			Params int             `json:"num_params"`
			Recipe json.RawMessage `json:"recepie"`
		}
		if err := json.Unmarshal(bytes.ReplaceAll(line, []byte("NaN"), []byte("null")), &v); err != nil {
			t.Fatal(err)
		}
		a, err := NLP{}.Parse(string(v.Recipe))
		if err != nil {
			t.Errorf("%d: %v", v.ID, err)
			continue
		}
		c := nlpCanon(t, a)
		if p, ok := params[c]; ok && p != v.Params {
			t.Errorf("%d: %d parameters, an isomorphic cell has %d", v.ID, v.Params, p)
		} else if ok && !ids[v.ID] {
			repeated[c] = true
		}
		params[c] = v.Params
		ids[v.ID] = true
		runs++
	}
	if runs != 345 || len(ids) != 344 || len(params) != 265 {
		t.Errorf("%d runs, %d numbers, %d cells; want 345, 344, 265", runs, len(ids), len(params))
	}
	if len(repeated) != 52 {
		t.Errorf("%d cells have several numbers, want 52", len(repeated))
	}
}

// The authors' example list and the companion of the reference hold the same RNN, LSTM and
// GRU. In the GRU the result reads h_prev_0, which the generator refuses and Parse accepts.
func TestNLPPublished(t *testing.T) {
	var list []json.RawMessage
	if err := json.Unmarshal(recipeShared(t, "data", "nasbench-nlp", "recepies_example.json.gz"), &list); err != nil {
		t.Fatal(err)
	}
	nodes := []int{2, 13, 8}
	for i, text := range list {
		a := nlpParse(t, string(text))
		if i < len(nodes) && len(nlpRecipe(t, a).nodes) != nodes[i] {
			t.Errorf("cell %d: %s, want %d nodes", i, a, nodes[i])
		}
	}
	for _, e := range recipeGenotypes(t, "nb-nlp") {
		var g struct{ Recipe json.RawMessage }
		if err := json.Unmarshal(e.Genotype, &g); err != nil {
			t.Fatal(err)
		}
		if a := nlpParse(t, string(g.Recipe)); !slices.ContainsFunc(list, func(text json.RawMessage) bool { return nlpParse(t, string(text)) == a }) {
			t.Errorf("%s is not in the authors' list", e.Name)
		}
	}
}

// recipeGenotypes are the entries of a space in the companion file of the reference.
func recipeGenotypes(t *testing.T, space string) (all []recipeGenotype) {
	t.Helper()
	text, err := os.ReadFile(shared.Path(t, "reference", "genotypes.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Entries []recipeGenotype }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, e := range file.Entries {
		if e.Space == space {
			all = append(all, e)
		}
	}
	return all
}

type recipeGenotype struct {
	Name, Space string
	Genotype    json.RawMessage
}
