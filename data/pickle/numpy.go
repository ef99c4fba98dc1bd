package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
)

var (
	numpyFromBuffer  = Global{"numpy.core.numeric", "_frombuffer"}
	numpyReconstruct = Global{"numpy.core.multiarray", "_reconstruct"}
	numpyDtype       = Global{"numpy", "dtype"}
)

// NumpyGlobals are the names that pickled numpy arrays use.
var NumpyGlobals = []Global{numpyFromBuffer, numpyReconstruct, numpyDtype, {"numpy", "ndarray"}}

// Array is a numpy array. One of Floats and Objects is set, in the order of memory.
type Array struct {
	Shape   []int
	Fortran bool      // the first index varies fastest
	Floats  []float64 // of dtypes f8 and i8
	Objects []any     // of dtype O8
}

// DecodeArray reads an array from a loaded pickle.
func DecodeArray(v any) (*Array, error) {
	o, ok := v.(*Object)
	switch state, _ := stateOf(o).(*Tuple); {
	case ok && o.Global == numpyFromBuffer && len(o.Args) == 4:
		// _frombuffer(buffer, dtype, shape, order)
		return newArray(o.Args[2], o.Args[1], o.Args[3] == any("F"), o.Args[0])
	case ok && o.Global == numpyReconstruct && state != nil && len(state.Items) == 5:
		// __setstate__((version, shape, dtype, is_fortran, data))
		s := state.Items
		return newArray(s[1], s[2], s[3] == any(true), s[4])
	}
	return nil, fmt.Errorf("numpy: %s, want an array", describe(v))
}

func stateOf(o *Object) any {
	if o == nil {
		return nil
	}
	return o.State
}

func newArray(shape, dtype any, fortran bool, data any) (*Array, error) {
	a := &Array{Fortran: fortran}
	dims, err := as[*Tuple](shape, "numpy: shape")
	if err != nil {
		return nil, err
	}
	for _, d := range dims.Items {
		n, ok := d.(int64)
		if !ok || n < 0 || n > math.MaxInt32 {
			return nil, fmt.Errorf("numpy: a dimension is %s, want a number 0..2^31-1", describe(d))
		}
		a.Shape = append(a.Shape, int(n))
	}
	kind, err := decodeDtype(dtype)
	if err != nil {
		return nil, err
	}
	switch data := data.(type) {
	case *List:
		if kind != "O8" {
			return nil, fmt.Errorf("numpy: a list as data of dtype %s, want bytes", kind)
		}
		a.Objects = data.Items
		return a, a.checkCount(len(data.Items))
	case []byte:
		if kind == "O8" {
			return nil, fmt.Errorf("numpy: bytes as data of dtype O8, want a list")
		}
		if len(data)%8 != 0 {
			return nil, fmt.Errorf("numpy: %d bytes of data, want a multiple of 8", len(data))
		}
		if err := a.checkCount(len(data) / 8); err != nil {
			return nil, err
		}
		a.Floats = make([]float64, len(data)/8)
		for i := range a.Floats {
			bits := binary.LittleEndian.Uint64(data[8*i:])
			if kind == "f8" {
				a.Floats[i] = math.Float64frombits(bits)
				continue
			}
			n := int64(bits)
			a.Floats[i] = float64(n)
			if n > 1<<53 || n < -1<<53 {
				return nil, fmt.Errorf("numpy: element %d is %d, more than a float64 holds exactly", i, n)
			}
		}
		return a, nil
	}
	return nil, fmt.Errorf("numpy: data is %s, want bytes or a list", describe(data))
}

// decodeDtype returns f8, i8 or O8.
func decodeDtype(v any) (string, error) {
	o, ok := v.(*Object)
	if !ok || o.Global != numpyDtype || len(o.Args) == 0 {
		return "", fmt.Errorf("numpy: dtype is %s, want an object of numpy.dtype", describe(v))
	}
	kind, err := as[string](o.Args[0], "numpy: dtype name")
	if err != nil {
		return "", err
	}
	// __setstate__((version, byte order, …))
	state, err := as[*Tuple](o.State, "numpy: dtype state")
	if err != nil {
		return "", err
	}
	want := map[string]string{"f8": "<", "i8": "<", "O8": "|"}[kind]
	if want == "" {
		return "", fmt.Errorf("numpy: dtype %q, want f8, i8 or O8", kind)
	}
	if len(state.Items) < 2 || state.Items[1] != any(want) {
		return "", fmt.Errorf("numpy: dtype %s is not of byte order %q", kind, want)
	}
	return kind, nil
}

// checkCount compares the shape's product with the elements that are there.
func (a *Array) checkCount(have int) error {
	want := 1
	for _, d := range a.Shape {
		if want *= d; want > have {
			break // before it can overflow
		}
	}
	if want != have {
		return fmt.Errorf("numpy: %d elements, the shape is %v", have, a.Shape)
	}
	return nil
}

// as asserts a value's type, or says what stands there instead.
func as[T any](v any, what string) (T, error) {
	t, ok := v.(T)
	if !ok {
		return t, fmt.Errorf("%s is %s, want %T", what, describe(v), t)
	}
	return t, nil
}
