package surrogate

import (
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

// What a table's entry in the list of data and its benchmark's option say of objectives is what the benchmark offers.
func TestOffersAreListed(t *testing.T) {
	for table, text := range map[string]string{
		"accel": "accel,source=table", "channel": "channel:resnet", "darts": "darts", "graph": "graph:cora", "graph-proteins": "graph:proteins",
		"macro": "macro", "nlp": "nlp", "tnb101-micro": "tnb101-micro", "tnb101-macro": "tnb101-macro:normal", "nb101": "nb101,val=measured",
	} {
		needImported(t, table)
		b, err := tryOpen(text)
		if err != nil {
			t.Fatal(err)
		}
		var offers []evolve.Objective
		switch b := b.(type) {
		case *rows:
			offers = b.offers
		case *lookup:
			offers = b.offers
		default:
			t.Fatalf("%s: %T", text, b)
		}
		listed, err := data.Lookup(table)
		if err != nil {
			t.Fatal(err)
		}
		want, got := slices.Sorted(slices.Values(listed.Objectives[1:])), slices.Sorted(slices.Values(evolve.ObjectiveNames(offers)))
		if !slices.Equal(got, want) || !strings.HasPrefix(listed.Objectives[0], b.Problem().Objectives[0].Name) && !strings.Contains(listed.Objectives[0], "or loss") {
			t.Errorf("%s is listed with %q and offers %q beside %s", table, listed.Objectives, got, b.Problem().Objectives[0].Name)
		}
		name, _, _ := strings.Cut(strings.Split(text, ",")[0], ":")
		e, err := evolve.Benchmarks.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		doc := e.Params[slices.IndexFunc(e.Params, func(p evolve.Param) bool { return p.Name == wrap.ObjectivesOption })].Doc
		for _, n := range got {
			if !strings.Contains(doc, n) {
				t.Errorf("the help of %s says nothing of %s: %s", name, n, doc)
			}
		}
	}
}
