package surrogate

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Every option of every benchmark that opens here either has an effect or is refused with what it is of: none that was
// given is passed over in silence.
func TestOptionsHaveEffectOrAreRefused(t *testing.T) {
	opened, refused := 0, 0
	for _, e := range evolve.Benchmarks.Entries() {
		if e.Takes() != "" {
			continue
		}
		for _, source := range sourcesOf(e) {
			for _, p := range e.Params {
				if p.Name == "source" {
					continue
				}
				spec := evolve.Spec{Name: e.Name, Set: append(source, evolve.Setting{Key: p.Name, Value: p.Default})}
				switch _, _, err := evolve.Benchmarks.Open(spec); {
				case errors.Is(err, fs.ErrNotExist):
				case err == nil:
					opened++
				case errors.Is(err, evolve.ErrUnsupported) && strings.Contains(err.Error(), "has no effect here, it is of "+p.Only) && p.Only != "":
					refused++
				default:
					t.Errorf("%s: %v", spec, err)
				}
			}
		}
	}
	if opened < 15 || refused < 4 {
		t.Errorf("%d options were taken and %d refused, there are more", opened, refused)
	}
}

// sourcesOf are the choices of a benchmark's source, or none.
func sourcesOf(e evolve.Entry[evolve.Benchmark]) (all [][]evolve.Setting) {
	for _, p := range e.Params {
		if p.Name == "source" {
			for _, c := range p.Choices {
				all = append(all, []evolve.Setting{{Key: "source", Value: c}})
			}
			return all
		}
	}
	return [][]evolve.Setting{nil}
}
