package tabulate

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
)

// A table.json that is read is written as one that is read as the same.
func FuzzProtocol(f *testing.F) {
	p := ofDigits()
	f.Add(p.manifest())
	f.Add([]byte(`{"seeds":1000000000000,"cells":"all"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if sealed, err := checked.File(json.RawMessage(text)); err == nil {
			text = sealed // past the checksum
		}
		p, err := parseProtocol(text)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) {
				t.Fatal(err)
			}
			return
		}
		again, err := checked.File(p)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseProtocol(again); err != nil || back != p {
			t.Fatalf("%+v, read back %+v, %v", p, back, err)
		}
	})
}

// A runs.jsonl that is read is written as one that is read as the same, and its runs are of the
// protocol or refused.
func FuzzRuns(f *testing.F) {
	for _, r := range []Run{made("000000", 1), {Arch: "1", Seed: -1, Failed: "diverged"}} {
		line, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append(line, '\n'))
		f.Add(append(append(append(line, '\n'), line...), '\n'))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var all []byte
		for l := range bytes.Lines(text) {
			if sealed, err := checked.Line(json.RawMessage(l)); err == nil {
				l = sealed // past the checksum
			}
			all = append(all, l...)
		}
		runs, whole, torn, err := parseRuns(bytes.NewReader(all))
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		if whole+int64(torn) != int64(len(all)) {
			t.Fatalf("%d whole and %d torn bytes of %d", whole, torn, len(all))
		}
		p := ofDigits()
		if err := p.holds(runs); err != nil && !errors.Is(err, evolve.ErrInvalid) {
			t.Fatal(err)
		}
		var again []byte
		for _, r := range runs {
			line, err := checked.Line(r)
			if err != nil {
				t.Fatal(err)
			}
			again = append(again, line...)
		}
		back, _, _, err := parseRuns(bytes.NewReader(again))
		if err != nil || cmp.Diff(runs, back, cmpopts.EquateEmpty()) != "" {
			t.Fatalf("%v: %s", err, cmp.Diff(runs, back))
		}
	})
}
