package plots

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

func TestNB101Cells(t *testing.T) {
	for _, c := range []struct{ why, text, want string }{
		{
			"two vertices", `{"matrix":[[0,1],[0,0]],"ops":["input","output"]}`,
			"input, output\n0>1",
		},
		{
			"a vertex that nothing feeds", `{"matrix":[[0,1,0,0],[0,0,0,1],[0,0,0,1],[0,0,0,0]],"ops":["input","conv1x1-bn-relu","maxpool3x3","output"]}`,
			"input, conv1x1, maxpool3x3!, output\n0>1, 1>3, 2>3!",
		},
		{
			"a vertex that nothing reads", `{"matrix":[[0,1,1,0],[0,0,1,1],[0,0,0,0],[0,0,0,0]],"ops":["input","conv3x3-bn-relu","conv1x1-bn-relu","output"]}`,
			"input, conv3x3, conv1x1!, output\n0>1, 0>2!, 1>2!, 1>3",
		},
		{
			"a vertex without edges", `{"matrix":[[0,0,1],[0,0,0],[0,0,0]],"ops":["input","maxpool3x3","output"]}`,
			"input, maxpool3x3!, output\n0>2",
		},
	} {
		if got := describe(drawn(t, "nb101", c.text)[0]); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.why, got, c.want)
		}
	}
}

func TestNB101Inception(t *testing.T) {
	g := drawn(t, "nb101", string(published(t, "NB101 Inception-like")))[0]
	want := "input, conv1x1, conv3x3, conv3x3, conv3x3, maxpool3x3, output\n0>1, 0>2, 0>3, 3>4, 0>5, 1>6, 2>6, 4>6, 5>6"
	if got := describe(g); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got, want := kinds(g), []string{"small", "conv", "conv", "conv", "pool"}; !slices.Equal(got, want) {
		t.Errorf("kinds %v, want %v", got, want)
	}
}

// TestNB101Alive: what lives is the pruned graph, which Canon has too.
func TestNB101Alive(t *testing.T) {
	s, r := space.NB101{}, rand.New(rand.NewPCG(3, 4))
	dead := 0
	for range 1000 {
		a := s.Sample(r)
		canon, err := s.Canon(a)
		if err != nil {
			t.Fatal(err)
		}
		var pruned struct {
			Matrix [][]int
			Ops    []string
		}
		if err := json.Unmarshal([]byte(s.Format(canon)), &pruned); err != nil {
			t.Fatal(err)
		}
		edges := 0
		for _, row := range pruned.Matrix {
			for _, bit := range row {
				edges += bit
			}
		}
		g := nb101Cell(a)[0]
		var labels []string
		for _, n := range g.Nodes {
			if !n.Dead {
				labels = append(labels, n.Label)
			}
		}
		for _, e := range g.Edges {
			if !e.Dead {
				edges--
			}
		}
		for i, op := range pruned.Ops {
			pruned.Ops[i] = strings.TrimSuffix(op, "-bn-relu")
		}
		slices.Sort(labels)
		slices.Sort(pruned.Ops)
		if edges != 0 || !slices.Equal(labels, pruned.Ops) {
			t.Fatalf("%s: living vertices %v, Canon has %v and %d edges more", a, labels, pruned.Ops, edges)
		}
		dead += len(g.Nodes) - len(labels)
	}
	if dead < 1000 {
		t.Errorf("only %d dead vertices in 1000 samples", dead)
	}
}
