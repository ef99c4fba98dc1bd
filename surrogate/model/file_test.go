package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

func sampleFile(t testing.TB) *File {
	x, y := sample(300, 7, 9)
	p, cost := Defaults(), Additive(0.1)
	p.Rounds, cost.Rounds = 5, 20
	q := stats.Quality{R2: 0.5, Tau: 0.25, TauTopHalf: 0.125, MAE: 1.5, N: 10}
	return &File{
		Notes: map[string]string{"data": "made up"},
		Models: []Model{
			{Name: "a", Unit: "percent", Encoding: "onehot", Notes: map[string]string{"runs": "1"}, Params: p, Rows: 300, HeldOut: &q, Trees: fit(t, x, y, p)},
			{Name: "b", Unit: "s", Encoding: "structure", Params: cost, Rows: 300, Trees: fit(t, x[:5], y, cost)},
		},
	}
}

func marshal(t testing.TB, f *File) []byte {
	t.Helper()
	data, err := f.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestFileRoundTrip(t *testing.T) {
	f := sampleFile(t)
	data := marshal(t, f)
	got, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(f, got, cmp.AllowUnexported(Trees{}, node{}, masks{}, rule{})); d != "" {
		t.Error(d)
	}
	if !bytes.Equal(marshal(t, got), data) {
		t.Error("the same file has other bytes")
	}
	if got.Model("b") != &got.Models[1] || got.Model("c") != nil {
		t.Error("models are not found by name")
	}
}

// seal puts the right checksum at the end, as a forger would.
func seal(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return append([]byte(s), sum[:]...)
}

func TestReadRefuses(t *testing.T) {
	good := marshal(t, sampleFile(t))
	bare := string(good[:len(good)-sha256.Size])
	line, packed, _ := strings.Cut(bare[len(magic):], "\n")
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"empty", "byte 0: does not begin", nil},
		{"other version", "byte 0: does not begin", seal(strings.Replace(bare, "models 1", "models 2", 1))},
		{"only magic", "byte 16: the file ends before its checksum", []byte(magic)},
		{"cut", "wrong checksum", good[:len(good)-1]},
		{"no header end", "the header has no end", seal(magic + "{}")},
		{"not JSON", "byte 16: header: invalid character", seal(magic + "x\n")},
		{"unknown field", `unknown field "x"`, seal(magic + `{"x":1}` + "\n")},
		{"two objects", "not one object", seal(magic + "{}{}\n")},
		{"no trees", "trees: unexpected EOF", seal(magic + "{}\n")},
		{"one size too few", "one size for each model", seal(magic + `{"models":[{"name":"a"}]}` + "\n" + packed)},
		{"trees of nobody", "belong to no model", seal(magic + `{"models":[]}` + "\n" + packed)},
		{"after the trees", "1 bytes after their end", seal(bare + "x")},
		{"same name", `no name or that of another: "a"`, seal(strings.Replace(bare, `"name":"b"`, `"name":"a"`, 1))},
		{"wrong size", "the header says", seal(magic + strings.Replace(line, `"features":7`, `"features":8`, 1) + "\n" + packed)},
		{"too long", "longer than", make([]byte, maxFile+1)},
	} {
		_, err := Read(bytes.NewReader(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", c.name, err, c.want)
		}
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if _, err := Read(bytes.NewReader(bad)); err == nil {
			t.Fatalf("byte %d altered, no error", i)
		}
	}
}

func TestMarshalRefuses(t *testing.T) {
	f := sampleFile(t)
	f.Models[1].Name = "a"
	if _, err := f.MarshalBinary(); err == nil {
		t.Error("two models of one name")
	}
	f.Models[1] = Model{Name: "b", Trees: new(Trees)}
	if _, err := f.MarshalBinary(); err == nil {
		t.Error("a model without trees")
	}
}

func TestUnmarshalTreesRefuses(t *testing.T) {
	good, _ := sampleFile(t).Models[0].Trees.MarshalBinary()
	for i := range good {
		if err := new(Trees).UnmarshalBinary(good[:i]); err == nil {
			t.Fatalf("cut after %d of %d bytes, no error", i, len(good))
		}
	}
	head := func(features byte) []byte { // a step of 2, base 0
		return append([]byte{features, 0, 0, 0, 0, 0, 0, 0, 0x40, 0}, 1)
	}
	deep := append(head(1), 1)
	for range 300 {
		deep = append(deep, 0, 1)
	}
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"no features", "0 features", head(0)},
		{"zero step", "step of 0", make([]byte, 20)},
		{"feature", "byte 11: node is 3, at most 2", append(head(2), 3)},
		{"limit", "byte 14: limit is 255", append(head(2), 1, 0, 0, 255, 0, 0)},
		{"after the end", "byte 13: 1 bytes after", append(head(2), 0, 0, 0)},
		{"deep", "deeper than 255", deep},
		{"trees", "number of trees", binary.AppendUvarint(head(1)[:10], 1<<60)},
	} {
		err := new(Trees).UnmarshalBinary(c.data)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

// Whatever is read can be used and written again as the same.
func FuzzRead(f *testing.F) {
	good := marshal(f, sampleFile(f))
	f.Add(string(good[:len(good)-sha256.Size]))
	f.Add(magic + "{}\n\x01\x00\x00\xff\xff")
	f.Fuzz(func(t *testing.T, bare string) {
		if _, err := Read(strings.NewReader(bare)); err == nil {
			return
		}
		file, err := Read(bytes.NewReader(seal(bare)))
		if err != nil {
			return
		}
		for _, m := range file.Models {
			m.Trees.Predict(make([]uint8, m.Trees.Features()))
		}
		again, err := Read(bytes.NewReader(marshal(t, file)))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(file, again) {
			t.Errorf("%+v, again %+v", file, again)
		}
	})
}

func FuzzTrees(f *testing.F) {
	good, _ := sampleFile(f).Models[1].Trees.MarshalBinary()
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		var trees Trees
		if trees.UnmarshalBinary(data) != nil {
			return
		}
		row := make([]uint8, trees.Features())
		for i := range row {
			row[i] = 255
		}
		trees.Predict(row)
		again, _ := trees.MarshalBinary()
		var same Trees
		if err := same.UnmarshalBinary(again); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(trees, same) {
			t.Errorf("%+v, again %+v", trees, same)
		}
	})
}
