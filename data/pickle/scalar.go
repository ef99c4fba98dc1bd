package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
)

var (
	numpyScalar  = Global{"numpy.core.multiarray", "scalar"}
	numpy2Scalar = Global{"numpy._core.multiarray", "scalar"}
)

// ScalarGlobals are the names that pickled numpy numbers use, before and since numpy 2.
var ScalarGlobals = []Global{numpyScalar, numpy2Scalar, numpyDtype}

// DecodeScalar reads a numpy number from a loaded pickle: an int64 for the dtypes i1 to i8
// and u1 to u8, a float64 for f4 and f8, which are the types that Load gives to Python's
// own numbers. A u8 above 2⁶³-1 is refused.
func DecodeScalar(v any) (any, error) {
	o, ok := v.(*Object)
	if !ok || (o.Global != numpyScalar && o.Global != numpy2Scalar) || len(o.Args) != 2 {
		return nil, fmt.Errorf("numpy: %s, want a scalar", describe(v))
	}
	kind, order, err := namedDtype(o.Args[0])
	if err != nil {
		return nil, err
	}
	size, ok := scalarSizes[kind]
	if !ok {
		return nil, fmt.Errorf("numpy: a scalar of dtype %.20q, want f4, f8, i1..i8 or u1..u8", kind)
	}
	// numpy writes the byte order of a single byte as "not applicable".
	want := "<"
	if size == 1 {
		want = "|"
	}
	if order != want {
		return nil, fmt.Errorf("numpy: dtype %s is not of byte order %q", kind, want)
	}
	b, err := as[[]byte](o.Args[1], "numpy: scalar data")
	if err != nil {
		return nil, err
	}
	if len(b) != size {
		return nil, fmt.Errorf("numpy: %d bytes for a scalar of dtype %s, want %d", len(b), kind, size)
	}
	return scalarValue(kind[0], b)
}

var scalarSizes = map[string]int{
	"f4": 4, "f8": 8,
	"i1": 1, "i2": 2, "i4": 4, "i8": 8,
	"u1": 1, "u2": 2, "u4": 4, "u8": 8,
}

// scalarValue reads little-endian bytes as a float (f), signed (i) or unsigned number (u).
func scalarValue(class byte, b []byte) (any, error) {
	var full [8]byte
	copy(full[:], b)
	bits, unused := binary.LittleEndian.Uint64(full[:]), 64-8*len(b)
	switch {
	case class == 'f' && len(b) == 4:
		return float64(math.Float32frombits(uint32(bits))), nil
	case class == 'f':
		return math.Float64frombits(bits), nil
	case class == 'i':
		return int64(bits<<unused) >> unused, nil
	case bits > math.MaxInt64:
		return nil, fmt.Errorf("numpy: %s is more than an int64 holds", strconv.FormatUint(bits, 10))
	}
	return int64(bits), nil
}

// namedDtype reads dtype(name, …) and the byte order in its state, (version, order, …).
func namedDtype(v any) (name, order string, err error) {
	o, ok := v.(*Object)
	if !ok || o.Global != numpyDtype || len(o.Args) == 0 {
		return "", "", fmt.Errorf("numpy: dtype is %s, want an object of numpy.dtype", describe(v))
	}
	if name, err = as[string](o.Args[0], "numpy: dtype name"); err != nil {
		return "", "", err
	}
	state, err := as[*Tuple](o.State, "numpy: dtype state")
	if err != nil {
		return "", "", err
	}
	if len(state.Items) < 2 {
		return "", "", fmt.Errorf("numpy: dtype state of %d items, want at least 2", len(state.Items))
	}
	order, err = as[string](state.Items[1], "numpy: dtype byte order")
	return name, order, err
}
