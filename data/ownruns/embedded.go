package ownruns

import (
	"maps"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// embedded are the tables that the program has in it, by name.
var embedded = map[string]func() (*Table, error){}

// Embed names a table that the program has in it. Whoever embeds one calls it when the program starts.
func Embed(name string, read func() (*Table, error)) { embedded[name] = read }

// Embedded are the names of the tables that the program has in it, sorted.
func Embedded() []string { return slices.Sorted(maps.Keys(embedded)) }

// Open reads one of [Embedded]. The error wraps evolve.ErrUnknown for another name.
func Open(name string) (*Table, error) {
	read, ok := embedded[name]
	if !ok {
		return nil, evolve.Unknown("embedded table of runs", name, Embedded())
	}
	return read()
}
