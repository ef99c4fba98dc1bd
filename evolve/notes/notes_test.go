package notes

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

func written(t testing.TB, n *Notes) []byte {
	t.Helper()
	dir := t.TempDir()
	if err := n.Write(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, File))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func two() *Notes {
	nan := number.Nullable(math.NaN())
	return &Notes{Space: "nb201", Ops: []string{"none", "skip"}, Edges: 2, Epochs: []Epoch{
		{Epoch: 1, Shares: []float64{.5, .5, .25, .75}, Entropy: number.Nullable(Entropy([]float64{.5, .5, .25, .75}, 2)), Eigenvalue: 2, Loss: 1},
		{Epoch: 3, Entropy: nan, Eigenvalue: nan, Loss: .5}}}
}

func TestNotes(t *testing.T) {
	dir := t.TempDir()
	want := two()
	if err := want.Write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if e := got.Epochs[1]; !math.IsNaN(float64(e.Entropy)) || !math.IsNaN(float64(e.Eigenvalue)) {
		t.Errorf("%+v", e)
	}
	for _, n := range []*Notes{got, want} { // NaN is not itself
		n.Epochs[1].Entropy, n.Epochs[1].Eigenvalue = 0, 0
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestEntropy(t *testing.T) {
	quarter := -(.25*math.Log(.25) + .75*math.Log(.75))
	if got, want := Entropy([]float64{.5, .5, .25, .75}, 2), (math.Ln2+quarter)/2; math.Abs(got-want) > 1e-15 {
		t.Errorf("%g, want %g", got, want)
	}
	if got := Entropy([]float64{0, 1, 0}, 3); got != 0 {
		t.Errorf("%g of a choice that is made", got)
	}
	if got := Entropy(nil, 5); !math.IsNaN(got) {
		t.Errorf("%g of no shares", got)
	}
}

func TestRefused(t *testing.T) {
	for says, n := range map[string]*Notes{
		"epoch 2 after epoch 2":                         {Epochs: []Epoch{{Epoch: 2}, {Epoch: 2}}},
		"epoch 1: 3 shares of 2 edges and 2 candidates": {Ops: []string{"a", "b"}, Edges: 2, Epochs: []Epoch{{Epoch: 1, Shares: []float64{1, 2, 3}}}},
		"epoch 1: 1 shares of 1 edges and 0 candidates": {Edges: 1, Epochs: []Epoch{{Epoch: 1, Shares: []float64{1}}}},
		"-1 edges": {Edges: -1},
	} {
		if _, err := Parse(written(t, n)); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
	}
	if _, err := Parse(bytes.Replace(written(t, two()), []byte("0.5"), []byte("0.6"), 1)); !errors.Is(err, checked.ErrAltered) {
		t.Errorf("an altered file: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(written(f, two()))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if n, err := Parse(text); err == nil {
			for _, e := range n.Epochs {
				if len(e.Shares) > 0 && len(e.Shares) != n.Edges*len(n.Ops) {
					t.Errorf("%d shares of %d edges and %d candidates", len(e.Shares), n.Edges, len(n.Ops))
				}
			}
		}
	})
}
