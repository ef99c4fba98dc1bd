package space

import (
	"bytes"
	"cmp"
	"crypto/md5"
	_ "embed"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/amoeba-nas/amoeba/evolve"
)

// nb101FirstBytes is the first byte of the module hash of every cell, in the order of their numbers.
// A hash takes 20 µs, so that all of them take seconds; with the first byte 1 in 256 is tried.
//
//go:embed nb101_hash.bin
var nb101FirstBytes []byte

// After so many cells were found by trying, all hashes are computed, which is then quicker.
const nb101Tries = 64

var nb101Found atomic.Int32

// Find returns the representative of the cell that has a module hash, 32 hexadecimal digits.
func (NB101) Find(hash string) (evolve.Arch, error) {
	var want [md5.Size]byte
	head := []byte(hash[:min(len(hash), 2*md5.Size)])
	if n, err := hex.Decode(want[:], head); err != nil || n != md5.Size || 2*n != len(hash) {
		return "", fmt.Errorf("nb101: %s: a cell's key is its module hash, 32 hexadecimal digits: %w",
			clip(hash), evolve.ErrInvalid)
	}
	i := -1
	if nb101Found.Load() < nb101Tries {
		i = nb101Try(want)
		nb101Found.Add(1)
	} else {
		all := nb101ByHash()
		at, ok := slices.BinarySearchFunc(all, want, func(h nb101Hashed, want [md5.Size]byte) int {
			return bytes.Compare(h.sum[:], want[:])
		})
		if ok {
			i = int(all[at].cell)
		}
	}
	if i < 0 {
		return "", fmt.Errorf("nb101: %s is the module hash of none of the %d cells: %w",
			clip(hash), NB101Size, evolve.ErrInvalid)
	}
	return NB101{}.At(i), nil
}

// nb101Sum is the module hash of a cell by its number.
func nb101Sum(i int) [md5.Size]byte {
	c := nb101Tables().cells[i]
	g := nb101Compact(c.edges(), c.word())
	return g.hash()
}

// nb101Try returns the number of the cell that has a hash, -1 for none.
func nb101Try(want [md5.Size]byte) int {
	for i, first := range nb101FirstBytes {
		if first == want[0] && nb101Sum(i) == want {
			return i
		}
	}
	return -1
}

type nb101Hashed struct {
	sum  [md5.Size]byte
	cell int32
}

// nb101ByHash are all cells by rising hash.
var nb101ByHash = sync.OnceValue(func() []nb101Hashed {
	all := make([]nb101Hashed, NB101Size)
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < NB101Size; i += workers {
				all[i] = nb101Hashed{nb101Sum(i), int32(i)}
			}
		})
	}
	wg.Wait()
	slices.SortFunc(all, func(a, b nb101Hashed) int {
		return cmp.Or(bytes.Compare(a.sum[:], b.sum[:]), cmp.Compare(a.cell, b.cell))
	})
	return all
})
