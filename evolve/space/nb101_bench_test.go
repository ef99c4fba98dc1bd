package space

import (
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func nb101Samples(s NB101) []evolve.Arch {
	r, all := evolve.Stream(1, "benchmark"), make([]evolve.Arch, 1<<12)
	for i := range all {
		all[i] = s.Sample(r)
	}
	return all
}

func BenchmarkNB101Index(b *testing.B) {
	for name, s := range map[string]NB101{"notebook": {}, "unique": {Unique: true}} {
		b.Run(name, func(b *testing.B) {
			all := nb101Samples(s)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				s.Index(all[i&(len(all)-1)])
				i++
			}
		})
	}
}

func BenchmarkNB101Sample(b *testing.B) {
	for name, s := range map[string]NB101{"notebook": {}, "unique": {Unique: true}} {
		b.Run(name, func(b *testing.B) {
			r := evolve.Stream(1, "benchmark")
			for b.Loop() {
				s.Sample(r)
			}
		})
	}
}

func BenchmarkNB101Mutation(b *testing.B) {
	all := nb101Samples(NB101{})
	for _, name := range (NB101{}).Mutations() {
		b.Run(name, func(b *testing.B) {
			r := evolve.Stream(1, "benchmark")
			mutate, _ := NB101{}.Mutation(name)
			i := 0
			for b.Loop() {
				mutate(all[i&(len(all)-1)], r)
				i++
			}
		})
	}
}

func BenchmarkNB101Cross(b *testing.B) {
	all, r, i := nb101Samples(NB101{}), evolve.Stream(1, "benchmark"), 0
	for b.Loop() {
		NB101{}.Cross(all[i&(len(all)-1)], all[(i+1)&(len(all)-1)], r)
		i++
	}
}

func BenchmarkNB101Hash(b *testing.B) {
	all, i := nb101Samples(NB101{Unique: true}), 0
	for b.Loop() {
		NB101{}.Hash(all[i&(len(all)-1)])
		i++
	}
}

func BenchmarkNB101Structure(b *testing.B) {
	all, i := nb101Samples(NB101{Unique: true}), 0
	var v []float64
	for b.Loop() {
		v, _ = NB101{}.Encode(v[:0], "structure", all[i&(len(all)-1)])
		i++
	}
}

func BenchmarkNB101Complexity(b *testing.B) {
	all, i := nb101Samples(NB101{Unique: true}), 0
	for b.Loop() {
		NB101Complexity(all[i&(len(all)-1)])
		i++
	}
}

func BenchmarkNB101Tables(b *testing.B) {
	for b.Loop() {
		nb101Build()
	}
}
