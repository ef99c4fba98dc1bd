package opencl

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/words"
)

// What a driver answers is not to be trusted: a text may have no end or steer a terminal, a number may be missing.

// text is an answer of characters on one line.
func text(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	return words.Plain(strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " "))
}

// lines is an answer of several lines.
func lines(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	var out []string
	for line := range strings.Lines(strings.ToValidUTF8(s, "?")) {
		out = append(out, words.Plain(strings.ReplaceAll(strings.TrimSpace(line), "\t", " ")))
	}
	return strings.Join(out, "\n")
}

// number is an answer of 4 or 8 bytes, no more than an int holds; 0 where it is none.
func number(b []byte) int {
	switch len(b) {
	case 4:
		return int(binary.NativeEndian.Uint32(b))
	case 8:
		return int(min(binary.NativeEndian.Uint64(b), math.MaxInt))
	}
	return 0
}

// atLeast12 says whether a version, "OpenCL 1.2 and more words", is 1.2 or later.
func atLeast12(version string) bool {
	var major, minor int
	if n, _ := fmt.Sscanf(version, "OpenCL %d.%d", &major, &minor); n < 2 {
		return false
	}
	return major > 1 || major == 1 && minor >= 2
}
