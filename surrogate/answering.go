package surrogate

import (
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Answering is the spec of the benchmark whose embedded surrogate answers for every architecture of a
// space, "" where there is none.
func Answering(space string) string {
	for _, e := range evolve.Benchmarks.Entries() {
		has := func(p evolve.Param) bool { return p.Name == "source" && slices.Contains(p.Choices, "surrogate") }
		if !slices.ContainsFunc(e.Params, has) {
			continue
		}
		spec := evolve.Spec{Name: e.Name, Set: []evolve.Setting{{Key: "source", Value: "surrogate"}}}
		b, _, err := evolve.Benchmarks.Open(spec)
		if err != nil {
			continue // it answers nobody
		}
		s := b.Problem().Space
		if _, pool := s.(interface{ Base() evolve.Space }); !pool && s.Name() == space {
			return spec.String()
		}
	}
	return ""
}
