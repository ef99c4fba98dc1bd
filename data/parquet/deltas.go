package parquet

import (
	"encoding/binary"
	"fmt"
)

// deltas reads n whole numbers: the first, then blocks of differences. A block has the least
// of its differences, then small blocks of what is above it, each packed in as many bits as
// it needs. It returns what follows.
func deltas(b []byte, n int) ([]int64, []byte, error) {
	// A block has 128 values as most write it; far larger ones are damage.
	const maxBlock = 1 << 20
	var head [3]uint64 // values in a block, small blocks in a block, values
	for i := range head {
		x, k := binary.Uvarint(b)
		if k <= 0 {
			return nil, nil, errShort
		}
		head[i], b = x, b[k:]
	}
	last, k := binary.Varint(b)
	if k <= 0 {
		return nil, nil, errShort
	}
	b = b[k:]
	block, small := head[0], head[1]
	if block > maxBlock || small == 0 || block/small*small != block || block/small == 0 || block/small%8 != 0 {
		return nil, nil, fmt.Errorf("blocks of %d values in %d", block, small)
	}
	if head[2] != uint64(n) {
		return nil, nil, fmt.Errorf("%d values, want %d", head[2], n)
	}
	per := int(block / small)
	var xs []int64
	if n > 0 {
		xs = append(xs, last)
	}
	for len(xs) < n {
		least, k := binary.Varint(b)
		if k <= 0 || uint64(len(b)-k) < small {
			return nil, nil, errShort
		}
		widths := b[k : k+int(small)]
		b = b[k+int(small):]
		for _, w := range widths {
			if len(xs) == n {
				break // small blocks that are not needed are not there
			}
			size := int(w) * per / 8
			if w > 64 || size > len(b) {
				return nil, nil, errShort
			}
			packed := bits{b: b}
			for range min(per, n-len(xs)) {
				// Sums wrap around, as the encoding wants.
				last += least + int64(packed.next(int(w)))
				xs = append(xs, last)
			}
			b = b[size:]
		}
	}
	return xs, b, nil
}

// lengthTexts reads n texts: their lengths, then their bytes.
func lengthTexts(b []byte, n int) ([]string, error) {
	lengths, b, err := deltas(b, n)
	if err != nil {
		return nil, err
	}
	all := string(b)
	texts := make([]string, n)
	for i, size := range lengths {
		if size < 0 || size > int64(len(all)) {
			return nil, errShort
		}
		texts[i], all = all[:size], all[size:]
	}
	return texts, nil
}

// prefixTexts reads n texts: how much of the text before each begins with, then the rest of
// each. They may take room bytes; the bytes used are subtracted from it.
func prefixTexts(b []byte, n int, room *int64) ([]string, error) {
	prefixes, b, err := deltas(b, n)
	if err != nil {
		return nil, err
	}
	texts, err := lengthTexts(b, n)
	if err != nil {
		return nil, err
	}
	last := ""
	for i, size := range prefixes {
		if size < 0 || size > int64(len(last)) {
			return nil, errShort
		}
		if *room -= size + int64(len(texts[i])); *room < 0 {
			return nil, ErrTooMuch
		}
		last = last[:size] + texts[i]
		texts[i] = last
	}
	return texts, nil
}
