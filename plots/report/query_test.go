package report

import (
	"errors"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func nobody(string) string { return "" }

// A benchmark without a data set is all of them; each answers with its facts.
func TestAsk(t *testing.T) {
	sets, left, err := OpenQueried("nb201", nobody)
	if err != nil || len(sets)+len(left) < 3 {
		t.Fatalf("%d sets, %v, %v", len(sets), left, err)
	}
	one, _, err := OpenQueried("nb201:cifar100", nobody)
	if err != nil || len(one) != 1 {
		t.Fatalf("%d sets, %v", len(one), err)
	}
	all, left, err := Ask(one, "#284")
	if err != nil || len(all) != 1 || left != nil {
		t.Fatalf("%v, %v, %v", all, left, err)
	}
	a := all[0]
	if a.Benchmark != "nb201:cifar100" || a.Arch != "#284" || !strings.HasPrefix(a.Notation, "|") || len(a.Facts) == 0 {
		t.Errorf("%+v", a)
	}
	if again, err := one[0].Ask(a.Notation); err != nil || again.Genome != a.Genome {
		t.Errorf("%+v, %v: the notation names the same", again, err)
	}
	var b strings.Builder
	if err := a.WriteText(&b); err != nil || !strings.HasPrefix(b.String(), "nb201:cifar100 · ") || strings.Count(b.String(), "\n") != 2+len(a.Facts) {
		t.Errorf("%v\n%s", err, b.String())
	}
	if _, _, err := Ask(one, "nope"); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

func TestOpenQueriedRefuses(t *testing.T) {
	for text, kind := range map[string]error{"nb202": evolve.ErrUnknown, "nb201:cifar1": evolve.ErrUnknown, "a:b:,": evolve.ErrUnknown} {
		if _, _, err := OpenQueried(text, nobody); !errors.Is(err, kind) && !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Equivalent cells have one canonical form; what is none has an error and nothing else.
func TestCanonicalise(t *testing.T) {
	sp, n, err := space.Open("nb201")
	if err != nil {
		t.Fatal(err)
	}
	dead, blocked := Canonicalise(sp, n, "000000"), Canonicalise(sp, n, "100000") // nothing reaches the output of either
	if !dead.Valid || dead.Canonical != blocked.Canonical || dead.Error != "" || dead.Hash == "" {
		t.Errorf("%+v and %+v", dead, blocked)
	}
	if got := Canonicalise(sp, n, "9"); got.Valid || got.Error == "" || got.Canonical != "" || got.Hash != "" {
		t.Errorf("%+v", got)
	}
}
