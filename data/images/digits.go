package images

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The 1,797 digits in the order of UCI's optdigits.tes: 64 pixels of each, then a label of
// each, gzip. See the package's comment for their authors and licence.
//
//go:embed digits.gz
var digitsFile []byte

func openDigits(i Info) (*Set, error) {
	s := i.empty()
	z, err := gzip.NewReader(bytes.NewReader(digitsFile))
	if err != nil {
		return nil, fmt.Errorf("digits: %w", err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("digits: %w", err)
	}
	pixels := i.Images() * i.C * i.H * i.W
	if int64(len(b)) != i.Bytes() {
		return nil, fmt.Errorf("digits: %d bytes in the program, want %d: %w", len(b), i.Bytes(), evolve.ErrInvalid)
	}
	s.pixels, s.labels = b[:pixels:pixels], b[pixels:]
	if s.Hash = s.sum(); s.Hash != i.content {
		return nil, fmt.Errorf("digits: SHA-256 %s in the program, want %s: %w", s.Hash, i.content, evolve.ErrInvalid)
	}
	return s, nil
}
