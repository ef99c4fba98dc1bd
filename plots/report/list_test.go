package report

import (
	"errors"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Whatever is registered is listed, cited and has its options.
func TestList(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir())
	var text, table, cited strings.Builder
	if err := errors.Join(WriteList(&text), WriteBenchmarks(&table), WriteCitations(&cited, nil)); err != nil {
		t.Fatal(err)
	}
	l := NewList()
	if len(l.Benchmarks) != len(evolve.Benchmarks.Entries()) || strings.Count(table.String(), "\n") != 2+len(l.Benchmarks) {
		t.Errorf("%d benchmarks listed, the table is\n%s", len(l.Benchmarks), table.String())
	}
	for _, part := range [][]Listed{l.Spaces, l.Searchers, l.Benchmarks} {
		for _, e := range part {
			if !strings.Contains(text.String(), "\n  "+e.Name) || !strings.Contains(text.String(), e.Doc) || !strings.Contains(cited.String(), "\n"+e.Name+" ") {
				t.Errorf("%s is not listed or not cited", e.Name)
			}
			for _, o := range e.Options {
				if !strings.Contains(text.String(), "\n      "+o.Name+"="+o.Default+" ") || o.Kind == "" {
					t.Errorf("option %+v of %s", o, e.Name)
				}
				if number := o.Kind == "int" || o.Kind == "float"; number != (o.Min != nil && o.Max != nil) {
					t.Errorf("range of %+v", o)
				}
			}
		}
	}
}

func TestCitations(t *testing.T) {
	var b strings.Builder
	if err := WriteCitations(&b, []string{"regevo"}); err != nil || !strings.HasPrefix(b.String(), "@software{amoeba,\n") || !strings.Contains(b.String(), "}\n\nregevo   ") {
		t.Errorf("%v\n%s", err, b.String())
	}
	if err := WriteCitations(&b, []string{"regvo"}); !errors.Is(err, evolve.ErrUnknown) {
		t.Errorf("%v", err)
	}
}
