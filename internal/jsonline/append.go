package jsonline

import (
	"encoding/json"
	"math"
	"strconv"
)

// AppendComma appends the comma before item i of a list, counted from 0.
func AppendComma(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return dst
}

// AppendNumber appends a number, null where it is not finite.
func AppendNumber(dst []byte, x float64) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return append(dst, "null"...)
	}
	return strconv.AppendFloat(dst, x, 'g', -1, 64)
}

// AppendText appends a string.
func AppendText(dst []byte, text string) []byte {
	for i := range len(text) {
		if !plain(text[i]) {
			return AppendValue(dst, text)
		}
	}
	return append(append(append(dst, '"'), text...), '"')
}

// AppendValue appends a text, a number or a truth.
func AppendValue(dst []byte, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // a plain value always marshals
	}
	return append(dst, text...)
}
