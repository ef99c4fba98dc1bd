package oneshot

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/net"
)

// What differs from a table's protocol is named with both values; the schedule and learned scales are no difference.
func TestDifferences(t *testing.T) {
	recipe := training.DefaultRecipe()
	recipe.Batch, recipe.Images = 64, 0
	text, err := json.Marshal(protocol{"ab", net.Config{F: 8, N: 1, Classes: 10}, recipe})
	if err != nil {
		t.Fatal(err)
	}
	same := Meta{Data: "digits", DataHash: "ab", Batch: 64, Net: net.Config{F: 8, N: 1, Classes: 10, Unscaled: true},
		Plan: Plan{LR: 3}}
	for _, c := range []struct {
		change func(m *Meta, h *ownruns.Header)
		want   []string
	}{
		{func(*Meta, *ownruns.Header) {}, nil},
		{func(m *Meta, _ *ownruns.Header) { m.Net.F, m.Images = 4, 5000 }, []string{"F=4 for 8", "images=5000 for all"}},
		{func(m *Meta, _ *ownruns.Header) { m.Net.N, m.Batch = 2, 32 }, []string{"N=2 for 1", "batch=32 for 64"}},
		{func(m *Meta, _ *ownruns.Header) { m.DataHash = "cd" }, []string{"other images of digits"}},
		{func(m *Meta, _ *ownruns.Header) { m.Data = "mnist" }, []string{"mnist for digits"}},
		{func(m *Meta, _ *ownruns.Header) { m.Net.Aux = true }, []string{"another network around the cells"}},
		{func(_ *Meta, h *ownruns.Header) { h.Protocol = []byte(`{}`) },
			[]string{"the table does not say how its networks were trained"}},
	} {
		m, h := same, ownruns.Header{Data: "digits", Protocol: text}
		c.change(&m, &h)
		if got := m.Differences(&h); !slices.Equal(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
