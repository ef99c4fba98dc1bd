package surrogate

import (
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Answering is the spec of the benchmark whose embedded surrogate answers for every architecture of the
// space of a name, "" where there is none.
func Answering(name string) string {
	for _, e := range evolve.Benchmarks.Entries() {
		has := func(p evolve.Param) bool { return p.Name == "source" && slices.Contains(p.Choices, "surrogate") }
		if !slices.ContainsFunc(e.Params, has) {
			continue
		}
		spec := evolve.Spec{Name: e.Name, Set: []evolve.Setting{{Key: "source", Value: "surrogate"}}}
		b, _, err := evolve.Benchmarks.Open(spec)
		if err != nil {
			continue // it cannot be opened
		}
		if s, pool := space.Base(b.Problem().Space); !pool && s.Name() == name {
			return spec.String()
		}
	}
	return ""
}
