//go:build !amd64

package kernel

type instructionSet struct{ name string }

func (instructionSet) use() func() { return func() {} }

func instructionSets() []instructionSet { return []instructionSet{{"go"}} }
