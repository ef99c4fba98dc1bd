package answer

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/jsonline"
)

// query is what is asked of a benchmark.
type query struct {
	arch   string
	epochs int // 0: the last
	seed   uint64
}

// parse reads a line: {"query":{"arch":"…","epochs":12,"seed":7}}, of which arch must be there. The error wraps
// evolve.ErrInvalid.
func parse(line string) (query, error) {
	if q, ok := scan(line); ok {
		return q, nil
	}
	return decode(line)
}

// decode reads a line of any shape that JSON allows.
func decode(line string) (query, error) {
	var got struct {
		Query *struct {
			Arch   string          `json:"arch"`
			Epochs int             `json:"epochs"`
			Seed   json.RawMessage `json:"seed"` // a text as well: not every language has whole numbers of 64 bits
		} `json:"query"`
	}
	err := jsonline.Decode([]byte(line), &got)
	const want = `want {"query":{"arch":"…","epochs":12,"seed":7}}`
	switch {
	case err != nil:
		return query{}, fmt.Errorf("no query (%w): %s: %w", err, want, evolve.ErrInvalid)
	case got.Query == nil || got.Query.Arch == "":
		return query{}, fmt.Errorf("no arch: %s: %w", want, evolve.ErrInvalid)
	case got.Query.Epochs < 0:
		return query{}, fmt.Errorf("epochs %d: want a whole number from 1: %w", got.Query.Epochs, evolve.ErrInvalid)
	}
	q := query{arch: got.Query.Arch, epochs: got.Query.Epochs}
	if text := string(got.Query.Seed); text != "" && text != "null" && text != `""` {
		if q.seed, err = strconv.ParseUint(strings.Trim(text, `"`), 10, 64); err != nil {
			return query{}, fmt.Errorf("seed %s: want a whole number, 0 to 2⁶⁴-1: %w", text, evolve.ErrInvalid)
		}
	}
	return q, nil
}

// scan reads a line of the usual shape, with the keys in any order. It is false of every other line, which decode then
// reads: that is ten times as slow.
func scan(line string) (q query, usual bool) {
	s := jsonline.NewScanner(line)
	usual = s.Object(func(key string) bool {
		return key == "query" && s.Object(func(key string) (ok bool) {
			switch {
			case key == "arch" && q.arch == "":
				q.arch, ok = s.Text()
			case key == "epochs" && q.epochs == 0:
				q.epochs, ok = s.Int()
			case key == "seed" && q.seed == 0:
				q.seed, ok = s.Whole()
			}
			return ok
		})
	})
	return q, usual && s.End() && q.arch != ""
}
