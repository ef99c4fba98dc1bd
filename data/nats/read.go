package nats

import (
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/data/pickle"
	"github.com/amoeba-nas/amoeba/evolve"
)

const (
	// MaxSize bounds a decompressed file, in bytes: twelve times the official samples,
	// which have 0.33 MB.
	MaxSize = 4 << 20
	// maxValues bounds the values of a pickle: fourteen times the official samples, which
	// make 37,185.
	maxValues = 1 << 19
)

var (
	orderedDict = pickle.Global{Module: "collections", Name: "OrderedDict"}
	limits      = pickle.Limits{
		Allow:  append([]pickle.Global{orderedDict}, pickle.ScalarGlobals...),
		Values: maxValues,
	}
)

// suffix ends the name of every official file.
const suffix = ".pickle.pbz2"

// ReadFile reads an official file. A file named as the official ones are, such as
// 000011.pickle.pbz2, must hold the architecture of that index. The error of a file that
// is damaged or not of this format wraps [evolve.ErrInvalid].
func ReadFile(path string) (*Arch, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	name := filepath.Base(path)
	a, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if index, ok := indexOfName(name); ok && index != a.Index {
		return nil, fmt.Errorf("%s: holds architecture %d: %w", name, a.Index, evolve.ErrInvalid)
	}
	return a, nil
}

// Read reads the content of an official file, to its end. See [ReadFile].
func Read(r io.Reader) (*Arch, error) {
	data, err := inflate(r)
	if err != nil {
		return nil, err
	}
	a, err := decode(data)
	if err != nil && !errors.Is(err, evolve.ErrInvalid) {
		err = fmt.Errorf("%w: %w", err, evolve.ErrInvalid)
	}
	return a, err
}

// inflate decompresses up to MaxSize bytes. Damage is told apart from a failing r.
func inflate(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(bzip2.NewReader(r), MaxSize+1))
	var damage bzip2.StructuralError
	switch {
	case errors.As(err, &damage), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, fmt.Errorf("bzip2: %w after %d bytes: %w", err, len(data), evolve.ErrInvalid)
	case err != nil:
		return nil, err
	case len(data) > MaxSize:
		return nil, fmt.Errorf("bzip2: more than %d bytes: %w", MaxSize, evolve.ErrInvalid)
	}
	return data, nil
}
