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
	l, err := NewList(nil)
	if err := errors.Join(err, l.WriteText(&text), WriteMarkdown(&table), WriteCitations(&cited, nil)); err != nil {
		t.Fatal(err)
	}
	if n := len(l["benchmarks"]); n != len(evolve.Benchmarks.Entries()) || strings.Count(table.String(), "\n") != 2+len(l["searchers"])+1+2+n {
		t.Errorf("%d benchmarks listed, the table is\n%s", n, table.String())
	}
	if len(l["figures"]) == 0 {
		t.Error("no figures")
	}
	for kind, part := range l {
		for _, e := range part {
			if kind == "figures" {
				cited.WriteString("\n" + e.Name + " ") // they cite nothing
			}
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

// What a default means with each preset is told in the order of their names, and nothing of an option without.
func TestPresets(t *testing.T) {
	p := evolve.Int("epochs", 1, 1, 9, "of the supernet")
	if text := presets(p); text != "" {
		t.Errorf("%q", text)
	}
	if text := presets(p.WithPreset(map[string]string{"small": "5", "published": "50"})); text != "; by preset: published 50, small 5" {
		t.Errorf("%q", text)
	}
}

// A list of one kind is of nothing else.
func TestListOfAKind(t *testing.T) {
	l, err := NewList([]string{"searchers"})
	if err != nil || len(l) != 1 || len(l["searchers"]) == 0 {
		t.Errorf("%v, %v", l, err)
	}
	l, err = NewList([]string{"nb101"})
	if err != nil || len(l) != 2 || len(l["spaces"]) != 1 || len(l["benchmarks"]) != 1 || l["benchmarks"][0].Name != "nb101" {
		t.Errorf("of a name: %v, %v", l, err)
	}
	if _, err := NewList([]string{"serchers"}); !errors.Is(err, evolve.ErrUnknown) || !strings.Contains(err.Error(), `did you mean "searchers"?`) {
		t.Errorf("%v", err)
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
