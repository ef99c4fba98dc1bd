package model_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

var raceEnabled bool // by the race detector's build

// fitted is a model of a space's samples that counts something of each, and the samples.
func fitted(t *testing.T, s evolve.Space, encoding string, leaves int) (*model.Model, []evolve.Arch) {
	t.Helper()
	r, archs, y := evolve.Stream(1, "rows"), make([]evolve.Arch, 300), make([]float64, 300)
	for i := range archs {
		archs[i] = s.Sample(r)
		for k, c := range []byte(archs[i]) {
			y[i] += float64(k%5) * float64(c%7)
		}
	}
	in, err := model.Encode(s.(evolve.Encoder), encoding, len(archs), func(i int) evolve.Arch { return archs[i] })
	if err != nil {
		t.Fatal(err)
	}
	p := model.Defaults()
	p.Rounds, p.Leaves = 30, leaves
	trees, err := model.Fit(in.Columns(nil), y, p)
	if err != nil {
		t.Fatal(err)
	}
	return &model.Model{Encoding: encoding, Trees: trees}, archs
}

// A row says what the trees say of the encoding, whether its ones are listed or not, for several models, for
// many askers at once and without allocating.
func TestRow(t *testing.T) {
	for _, c := range []struct {
		s         evolve.Space
		encodings []string
	}{
		{space.NASNet{}, []string{"onehot", "adj", "onehot"}}, {space.Mnas{}, []string{"onehot", "onehot"}},
		{space.NB201{}, []string{"onehot+structure", "structure"}}, {space.NB101{}, []string{"structure+canonical"}},
	} {
		asker := model.NewAsker(c.s.(evolve.Encoder))
		var models []*model.Model
		var archs []evolve.Arch
		for i, encoding := range c.encodings {
			var m *model.Model
			m, archs = fitted(t, c.s, encoding, 8<<(2*i))
			models = append(models, m)
		}
		ask := func(a evolve.Arch) (y [3]float64) {
			row := asker.Row(a)
			defer row.Done()
			for i, m := range models {
				var err error
				if y[i], err = row.Predict(m); err != nil {
					t.Error(err)
				}
			}
			return y
		}
		want := make([][3]float64, len(archs))
		for k, m := range models {
			in, err := model.Encode(c.s.(evolve.Encoder), m.Encoding, len(archs), func(i int) evolve.Arch { return archs[i] })
			if err != nil {
				t.Fatal(err)
			}
			all, err := in.Predict(m.Trees, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range want {
				want[i][k] = all[i]
			}
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for i, a := range archs {
					if got := ask(a); got != want[i] {
						t.Errorf("%s %s: %v, want %v", c.s.Name(), a, got, want[i])
					}
				}
			})
		}
		wg.Wait()
		row := asker.Row("no architecture")
		if _, err := row.Predict(models[0]); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("%s: no architecture: %v", c.s.Name(), err)
		}
		row.Done()
	}
	if raceEnabled {
		return // the race detector drops what a pool keeps
	}
	asker := model.NewAsker(space.NASNet{})
	m, archs := fitted(t, space.NASNet{}, "onehot", 8)
	if n := testing.AllocsPerRun(200, func() {
		row := asker.Row(archs[0])
		row.Predict(m)
		row.Done()
	}); n != 0 {
		t.Errorf("a prediction allocates %g times", n)
	}
}

// A whole space is encoded once.
func TestWhole(t *testing.T) {
	in, err := model.Whole(space.Macro{}, "onehot+adj")
	if err != nil {
		t.Fatal(err)
	}
	if x := in.Columns(nil); len(x) != 24+8 || len(x[0]) != (space.Macro{}).Size() {
		t.Errorf("%d features of %d genomes", len(x), len(x[0]))
	}
	if again, err := model.Whole(space.Macro{}, "onehot+adj"); err != nil || again != in {
		t.Errorf("encoded again: %v", err)
	}
	five, err := model.Whole(space.NewGraph(true), "onehot")
	if err != nil {
		t.Fatal(err)
	}
	if nine, err := model.Whole(space.NewGraph(false), "onehot"); err != nil || nine == five {
		t.Errorf("two spaces are encoded as one: %v", err)
	}
	if _, err := model.Whole(space.Macro{}, "onehot+onehat"); !errors.Is(err, evolve.ErrUnknown) {
		t.Errorf("unknown group: %v", err)
	}
}
