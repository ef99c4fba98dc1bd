package plots

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

func TestNLPCells(t *testing.T) {
	for _, c := range []struct{ why, text, want string }{
		{
			"a plain RNN", `{"f":{"op":"linear","input":["x","h_prev_0"]},"h_new_0":{"op":"activation_tanh","input":["f"]}}`,
			"x, h_prev_0, linear, tanh, h_new_0\n0>2, 1>2, 2>3, 3>4",
		},
		{
			"a node that nothing reads, and its source", `{"f":{"op":"linear","input":["x","h_prev_0"]},"g":{"op":"activation_sigm","input":["f"]},"h":{"op":"activation_leaky_relu","input":["g"]},"h_new_0":{"op":"activation_tanh","input":["f"]}}`,
			"x, h_prev_0, linear, sigm!, leaky_relu!, tanh, h_new_0\n0>2, 1>2, 2>3!, 3>4!, 2>5, 5>6",
		},
		{
			"blend names its inputs, and h_new_1 is read again", `{"h_new_0":{"op":"blend","input":["h_new_1","h_prev_1","h_prev_0"]},"h_new_1":{"op":"linear","input":["x","h_prev_0"]}}`,
			"x, h_prev_0, h_prev_1, blend, linear, h_new_0, h_new_1\n4>3 a, 2>3 b, 1>3 c, 0>4, 1>4, 3>5, 4>6",
		},
		{
			"h_new_00 is a name like others", `{"h_new_0":{"op":"activation_tanh","input":["h_new_00"]},"h_new_00":{"op":"linear","input":["x","h_prev_0"]}}`,
			"x, h_prev_0, tanh, linear, h_new_0\n3>2, 0>3, 1>3, 2>4",
		},
	} {
		if diff := cmp.Diff(c.want, describe(drawn(t, "nlp", c.text)[0])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, diff)
		}
	}
}

func TestNLPLSTM(t *testing.T) {
	var genotype struct{ Recipe json.RawMessage }
	if err := json.Unmarshal(published(t, "NAS-Bench-NLP LSTM"), &genotype); err != nil {
		t.Fatal(err)
	}
	g := drawn(t, "nlp", string(genotype.Recipe))[0]
	counts := map[string]int{}
	for _, n := range g.Nodes {
		counts[n.Label]++
		if n.Dead {
			t.Errorf("%+v is dead", n)
		}
	}
	want := map[string]int{"x": 1, "h_prev_0": 1, "h_prev_1": 1, "linear": 4, "tanh": 3, "sigm": 2, "prod": 3, "sum": 1, "h_new_0": 1, "h_new_1": 1}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	all := slices.Compact(slices.Sorted(slices.Values(kinds(g))))
	if want := []string{"activation", "elementwise", "linear"}; !slices.Equal(all, want) {
		t.Errorf("kinds %v, want %v", all, want)
	}
}

// TestNLPAlive: what lives is what Canon keeps.
func TestNLPAlive(t *testing.T) {
	for _, s := range []space.NLP{{Hidden: 1, Nodes: 3}, {Hidden: 2, Nodes: 7}, {Hidden: 3, Nodes: 24}} {
		r := rand.New(rand.NewPCG(5, 6))
		for range 100 {
			a := s.Sample(r)
			canon, err := s.Canon(a)
			if err != nil {
				t.Fatal(err)
			}
			var kept map[string]any
			if err := json.Unmarshal([]byte(canon), &kept); err != nil {
				t.Fatal(err)
			}
			sources, results, live := 0, 0, 0
			for _, n := range nlpCell(a)[0].Nodes {
				switch {
				case n.Kind == "input":
					sources++
				case n.Kind == "output":
					results++
				case !n.Dead:
					live++
				}
			}
			if sources != results+1 || live != len(kept) {
				t.Fatalf("%s: %d sources, %d results, %d living nodes, Canon keeps %d", a, sources, results, live, len(kept))
			}
		}
	}
}
