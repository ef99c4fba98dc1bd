package surrogate

import (
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The surrogate that is named answers for whatever its space has, without an import.
func TestAnswering(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir())
	for space, want := range map[string]string{
		"nb201": "nb201,source=surrogate", "nb101": "nb101,source=surrogate", "mnas": "accel,source=surrogate", "nasnet": "nasnet-digits,source=surrogate",
		"darts": "", "macro": "", "tnb101-micro": "", "bits": "",
	} {
		got := Answering(space)
		if got != want {
			t.Errorf("%s: %q, want %q", space, got, want)
		}
		if got == "" {
			continue
		}
		spec, err := evolve.ParseSpec(got)
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := evolve.Benchmarks.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		a := b.Problem().Space.Sample(evolve.Stream(1, "answering"))
		if facts, err := b.(evolve.Querier).Query(a); err != nil || len(facts) == 0 || b.About().Kind != "surrogate" {
			t.Errorf("%s: %d facts of %s, %v", got, len(facts), a, err)
		}
	}
}

// The official names of data sets open what they mean, and say what that is where it is not plain.
func TestAliases(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir())
	for given, want := range map[string]string{"ImageNet16-120": "imagenet16", "imagenet16-120": "imagenet16", "cifar10-valid": "cifar10", "CIFAR-100": "cifar100"} {
		b, o, err := evolve.Benchmarks.Open(evolve.Spec{Name: "nb201", Variant: given, Set: []evolve.Setting{{Key: "source", Value: "surrogate"}}})
		if err != nil {
			t.Errorf("%s: %v", given, err)
			continue
		}
		plain, _, err := evolve.Benchmarks.Open(evolve.Spec{Name: "nb201", Variant: want, Set: []evolve.Setting{{Key: "source", Value: "surrogate"}}})
		if err != nil {
			t.Fatal(err)
		}
		source := plain.About().Source
		if o.Note() != "" {
			source += "; " + o.Note()
		}
		if o.Variant() != want || b.About().Dataset != want || b.About().Source != source || (o.Note() != "") != (given == "cifar10-valid") {
			t.Errorf("%s opens %s, %+v, noted %q", given, o.Variant(), b.About(), o.Note())
		}
	}
	for _, e := range evolve.Benchmarks.Entries() {
		for _, a := range e.Aliases {
			_, o, err := evolve.Benchmarks.Resolve(evolve.Spec{Name: e.Name, Variant: a.Name})
			if err != nil || o.Variant() != a.Variant || o.Note() != a.Note {
				t.Errorf("%s:%s is %s, %v", e.Name, a.Name, o.Variant(), err)
			}
			if _, _, err := evolve.Benchmarks.Resolve(evolve.Spec{Name: e.Name, Variant: a.Variant}); err != nil {
				t.Errorf("%s: the alias %s leads nowhere: %v", e.Name, a.Name, err)
			}
		}
	}
}
