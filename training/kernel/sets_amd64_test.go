package kernel

type instructionSet struct {
	name        string
	vec, longer bool
}

// use switches to a set and returns what switches back.
func (s instructionSet) use() func() {
	was, were := avx2, avx512
	avx2, avx512 = s.vec, s.longer
	return func() { avx2, avx512 = was, were }
}

func instructionSets() []instructionSet {
	all := []instructionSet{{name: "go"}}
	if avx2 {
		all = append(all, instructionSet{"avx2", true, false})
	}
	if avx512 {
		all = append(all, instructionSet{"avx512", true, true})
	}
	return all
}
