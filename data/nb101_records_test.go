package data

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/amoeba-nas/amoeba/data/tfrecord/tfrecordtest"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// AppendNB101Record appends a record in the official format.
func AppendNB101Record(dst []byte, rec *NB101Record) []byte {
	return tfrecordtest.Append(dst, nb101List(rec).json())
}

// nb101Parts is the JSON list of a record before it is written.
type nb101Parts struct {
	hash, adjacency, ops string
	epochs               int
	metrics              []byte
}

func nb101List(rec *NB101Record) nb101Parts {
	n := rec.Vertices
	matrix := bytes.Repeat([]byte("0"), n*n)
	for y := range n {
		for x := range y {
			if rec.Bits>>(x+y*(y-1)/2)&1 == 1 {
				matrix[x*n+y] = '1'
			}
		}
	}
	ops := []string{"input"}
	for _, op := range rec.Ops {
		ops = append(ops, space.NB101Ops[op])
	}
	return nb101Parts{
		hash: hex.EncodeToString(rec.Hash[:]), epochs: rec.Epochs, adjacency: string(matrix),
		ops: strings.Join(append(ops, "output"), ","), metrics: nb101Metrics(rec),
	}
}

// json writes the list as Python does, a space after each comma.
func (p nb101Parts) json() []byte {
	return fmt.Appendf(nil, `["%s", %d, "%s", "%s", "%s"]`, p.hash, p.epochs, p.adjacency, p.ops, base64.StdEncoding.EncodeToString(p.metrics))
}

func nb101Metrics(rec *NB101Record) (b []byte) {
	for _, e := range rec.Evals {
		b = protowire.AppendTag(b, 1, protowire.BytesType)
		b = protowire.AppendBytes(b, nb101EvalBytes(e.Epoch, e.TrainSeconds, e.TrainAcc, e.ValAcc, e.TestAcc))
	}
	b = protowire.AppendTag(b, 2, protowire.VarintType)
	b = protowire.AppendVarint(b, uint64(rec.Params))
	return append(b, nb101Double(3, rec.Total)...)
}

func nb101Double(field protowire.Number, x float64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(nil, field, protowire.Fixed64Type), math.Float64bits(x))
}

// nb101EvalBytes is an EvaluationData message of the fields 1, 2...
func nb101EvalBytes(fields ...float64) (b []byte) {
	for i, x := range fields {
		b = append(b, nb101Double(protowire.Number(i+1), x)...)
	}
	return b
}

// madeUpRun is a record that keeps every rule, but its hash is not its graph's.
func madeUpRun(r *rand.Rand) *NB101Record {
	rec := &NB101Record{
		Epochs: NB101Epochs[r.IntN(len(NB101Epochs))], Vertices: 2 + r.IntN(6),
		Params: 227_274 + r.IntN(50_000_000), Total: 2000 * r.Float64(), Ops: []byte{},
	}
	for i := range rec.Hash {
		rec.Hash[i] = byte(r.Uint32())
	}
	rec.Bits = uint32(r.Uint64N(1 << (rec.Vertices * (rec.Vertices - 1) / 2)))
	for range rec.Vertices - 2 {
		rec.Ops = append(rec.Ops, byte(r.IntN(3)))
	}
	for i := range rec.Evals {
		f := float64(i) / 2
		acc := func() float64 { return float64(float32(r.IntN(9985)) / 9984) }
		rec.Evals[i] = NB101Eval{f * float64(rec.Epochs), f * float64(float32(2000*r.Float64())), acc(), acc(), acc()}
	}
	return rec
}

// nb101ReadAll copies the records before the first error, without their places.
func nb101ReadAll(r io.Reader) (all []*NB101Record, err error) {
	for rec, err := range ReadNB101(r) {
		if err != nil {
			return all, err
		}
		c := *rec
		c.Number, c.Offset, c.Ops = 0, 0, append([]byte{}, rec.Ops...)
		all = append(all, &c)
	}
	return all, nil
}

func TestReadNB101(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var file []byte
	var want []*NB101Record
	for range 500 {
		rec := madeUpRun(r)
		want = append(want, rec)
		file = AppendNB101Record(file, rec)
	}
	got, err := nb101ReadAll(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	offset := int64(0)
	n := 0
	for rec, err := range ReadNB101(bytes.NewReader(file)) {
		if n++; err != nil || rec.Number != n || rec.Offset != offset {
			t.Fatalf("record %d at byte %d: error %v, want record %d at byte %d", rec.Number, rec.Offset, err, n, offset)
		}
		offset += int64(len(AppendNB101Record(nil, want[n-1])))
		if n == 100 {
			break
		}
	}
}

// A record written out by hand: the cell input -> conv3x3 -> output with a skip, whose
// hash is that of the official module.
func TestReadNB101ByHand(t *testing.T) {
	eval := "0a2d" + // evaluation_data of 45 bytes: five doubles
		"090000000000005b40" + // 108
		"110000000000409340" + // 1232
		"19000000000000f03f" + // 1
		"21000000000000ec3f" + // 0.875
		"29000000000000e83f" // 0.75
	b, err := hex.DecodeString("0a00" + "0a30" + eval[4:] + "320178" + eval + "10aac58510" + "19000000000040a040")
	if err != nil {
		t.Fatal(err)
	}
	text := ` ["d32d0b26d534203b48d866facd98cc3e",36 , "011001000",` + "\n" + `"input,conv3x3-bn-relu,output", "` + base64.StdEncoding.EncodeToString(b) + "\"]\n"
	// Old Python breaks base64 into lines, which JSON writes as \n.
	broken := strings.Replace(text, "AAAA", `AA\nA\u0041`, 1)
	end := NB101Eval{108, 1232, 1, 0.875, 0.75}
	want := []*NB101Record{{
		Hash:   [16]byte{0xd3, 0x2d, 0x0b, 0x26, 0xd5, 0x34, 0x20, 0x3b, 0x48, 0xd8, 0x66, 0xfa, 0xcd, 0x98, 0xcc, 0x3e},
		Epochs: 36, Vertices: 3, Bits: 0b111, Ops: []byte{0}, Params: 33645226, Total: 2080,
		Evals: [3]NB101Eval{{}, end, end},
	}}
	for _, s := range []string{text, broken} {
		got, err := nb101ReadAll(bytes.NewReader(tfrecordtest.Append(nil, []byte(s))))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
}

func TestReadNB101Refuses(t *testing.T) {
	good := madeUpRun(rand.New(rand.NewPCG(3, 4)))
	good.Vertices, good.Bits, good.Ops = 4, 0b111111, []byte{0, 2}
	list := nb101List(good)
	parts := func(change func(*nb101Parts)) string {
		p := list
		change(&p)
		return string(p.json())
	}
	metrics := func(b ...[]byte) string {
		return parts(func(p *nb101Parts) { p.metrics = bytes.Join(b, nil) })
	}
	entry := func(b []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), b)
	}
	full := entry(nb101EvalBytes(1, 2, 0.5, 0.5, 0.5))
	size := []byte{0x10, 7}
	two := slices.Concat(full, full)
	end := func(fields ...float64) string { return metrics(two, entry(nb101EvalBytes(fields...)), size) }
	for _, c := range []struct{ name, in, msg string }{
		{"nothing", "", "module_hash is not a string in the JSON list"},
		{"object", `{"a": 1}`, "module_hash is not a string"},
		{"number for a hash", `[1, 4, "", "", ""]`, "module_hash is not a string"},
		{"no end of a string", `["ab`, "module_hash is not a string"},
		{"raw control character", "[\"a\nb\", 4]", "module_hash is not a string"},
		{"broken escape", `["a\x", 4]`, "module_hash is not a string"},
		{"epochs in a string", `["", "4", "", "", ""]`, "epochs is not a whole number"},
		{"negative epochs", `["", -4, "", "", ""]`, "epochs is not a whole number"},
		{"no adjacency", `["", 4]`, "raw_adjacency is not a string"},
		{"no operations", `["", 4, ""]`, "raw_operations is not a string"},
		{"no metrics", `["", 4, "", ""]`, "raw_metrics is not a string"},
		{"six values", `["", 4, "", "", "", 0]`, `goes on after its fifth value with ", 0]"`},
		{"bytes after", `["", 4, "", "", ""]x`, `goes on after its fifth value with "x"`},
		{"fractional epochs", `["", 4.5, "", "", ""]`, "raw_adjacency is not a string"},
		{"short hash", parts(func(p *nb101Parts) { p.hash = p.hash[:31] }), "want 32 lower-case hex digits"},
		{"capitals", parts(func(p *nb101Parts) { p.hash = "ABCDEF" + p.hash[6:] }), "want 32 lower-case hex digits"},
		{"no hex", parts(func(p *nb101Parts) { p.hash = "xy" + p.hash[2:] }), "want 32 lower-case hex digits"},
		{"5 epochs", parts(func(p *nb101Parts) { p.epochs = 5 }), "epochs 5, want one of [4 12 36 108]"},
		{"empty matrix", parts(func(p *nb101Parts) { p.adjacency = "" }), "raw_adjacency of 0 characters, want V*V for 2 <= V <= 7"},
		{"one vertex", parts(func(p *nb101Parts) { p.adjacency = "0" }), "raw_adjacency of 1 characters"},
		{"no square", parts(func(p *nb101Parts) { p.adjacency += "0" }), "raw_adjacency of 17 characters"},
		{"eight vertices", parts(func(p *nb101Parts) { p.adjacency = strings.Repeat("0", 64) }), "raw_adjacency of 64 characters"},
		{"edge back", parts(func(p *nb101Parts) { p.adjacency = "0000100000000000" }), "the edge 1 -> 0, want only edges to a higher vertex"},
		{"loop", parts(func(p *nb101Parts) { p.adjacency = "0000000000000001" }), "the edge 3 -> 3"},
		{"a 2", parts(func(p *nb101Parts) { p.adjacency = "0020000000000000" }), "'2' at character 2, want 0 or 1"},
		{"three names", parts(func(p *nb101Parts) { p.ops = "input,maxpool3x3,output" }), "raw_operations has 3 names, want one for each of 4 vertices"},
		{"five names", parts(func(p *nb101Parts) { p.ops = "input,maxpool3x3,maxpool3x3,output,output" }), "raw_operations has 5 names"},
		{"no input", parts(func(p *nb101Parts) { p.ops = "maxpool3x3,maxpool3x3,maxpool3x3,output" }), `starts with "maxpool3x3", want input`},
		{"no output", parts(func(p *nb101Parts) { p.ops = "input,maxpool3x3,maxpool3x3,maxpool3x3" }), `ends with "maxpool3x3", want output`},
		{"unknown op", parts(func(p *nb101Parts) { p.ops = "input,conv5x5-bn-relu,maxpool3x3,output" }), `"conv5x5-bn-relu" for vertex 1, want one of [conv3x3-bn-relu`},
		{"no base64", strings.Replace(string(list.json()), `"]`, `!!!!"]`, 1), "raw_metrics: illegal base64 data"},
		{"no metrics at all", metrics(), "evaluation_data has 0 entries, want exactly 3"},
		{"two entries", metrics(two, size), "evaluation_data has 2 entries, want exactly 3"},
		{"four entries", metrics(two, two, size), "evaluation_data: more than 3 entries, want exactly 3"},
		{"no parameters", metrics(two, full), "trainable_parameters is missing"},
		{"no parameters by number", metrics(two, full, []byte{0x10, 0}), "trainable_parameters: 0, want 1..2147483647"},
		{"parameters below 0", metrics(two, full, protowire.AppendVarint([]byte{0x10}, ^uint64(0))), "trainable_parameters: -1, want 1..2147483647"},
		{"entry as a number", metrics([]byte{0x08, 1}), "byte 0: evaluation_data has wire type 0, want 2"},
		{"parameters as a double", metrics(two, full, nb101Double(2, 1)), "byte 141: trainable_parameters has wire type 1, want 0"},
		{"accuracy as a varint", metrics(two, entry([]byte{0x20, 1})), "entry 2: byte 0: validation_accuracy has wire type 0, want 1"},
		{"path as a number", metrics(entry([]byte{0x30, 1})), "checkpoint_path has wire type 0, want 2"},
		{"field 0", metrics([]byte{0x00, 1}), "byte 0: no protobuf field"},
		{"cut tag", metrics(two, full, size, []byte{0x80}), "no protobuf field"},
		{"cut double", metrics(two, full, size, []byte{0x19, 1, 2}), "the value of field 3 is broken"},
		{"entry longer than the message", metrics([]byte{0x0a, 0x7f, 1}), "the value of field 1 is broken"},
		{"entry of 2^62 bytes", metrics(protowire.AppendVarint([]byte{0x0a}, 1<<62)), "the value of field 1 is broken"},
		{"unknown field, broken", metrics([]byte{0x7a, 0x7f, 1}), "the value of field 15 is broken"},
		{"no accuracy", end(108, 1, 0.5, 0.5), "entry 2: test_accuracy is missing"},
		{"empty end", metrics(two, entry(nil), size), "entry 2: training_time is missing"},
		{"accuracy in per cent", end(108, 1, 0.5, 93.2, 0.5), "validation_accuracy: 93.2, want a fraction 0..1"},
		{"accuracy above 1", end(108, 1, 0.5, 0.5, math.Nextafter(1, 2)), "test_accuracy: 1.0000000000000002, want a fraction"},
		{"accuracy below 0", end(108, 1, -0.5, 0.5, 0.5), "train_accuracy: -0.5, want a fraction"},
		{"accuracy NaN", end(108, 1, 0.5, math.NaN(), 0.5), "validation_accuracy: NaN, want a fraction"},
		{"seconds NaN", end(108, math.NaN(), 0.5, 0.5, 0.5), "training_time: NaN, want a number of seconds"},
		{"seconds below 0", end(108, -1, 0.5, 0.5, 0.5), "training_time: -1, want a number of seconds"},
		{"seconds without end", end(108, math.Inf(1), 0.5, 0.5, 0.5), "training_time: +Inf, want a number of seconds"},
		{"epoch NaN", end(math.NaN(), 1, 0.5, 0.5, 0.5), "current_epoch: NaN, want a number of epochs"},
		{"total below 0", metrics(two, full, size, nb101Double(3, -1)), "total_time: -1, want a number of seconds"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := AppendNB101Record(nil, good)
			where := fmt.Sprintf("record 2 at byte %d: ", len(file))
			got, err := nb101ReadAll(bytes.NewReader(tfrecordtest.Append(file, []byte(c.in))))
			if err == nil || len(got) != 1 {
				t.Fatalf("%d records and error %v, want one record and an error", len(got), err)
			}
			if !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), where) || !strings.Contains(err.Error(), c.msg) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, want %q with %q", err, where, c.msg)
			}
		})
	}
	for name, in := range map[string]string{
		"unknown fields, groups too": metrics(two, full, size, []byte{0x7a, 1, 'x', 0x50, 1, 0x5b, 0x08, 1, 0x5c}),
		"no total and no epochs":     metrics(entry(nil), full, full, size),
		"training accuracy rounded":  end(108, 1, float64(math.Nextafter32(1, 2)), 1, 0),
	} {
		if _, err := nb101ReadAll(bytes.NewReader(tfrecordtest.Append(nil, []byte(in)))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// threeRuns is a small file.
func threeRuns() []byte {
	r := rand.New(rand.NewPCG(5, 6))
	var file []byte
	for range 3 {
		file = AppendNB101Record(file, madeUpRun(r))
	}
	return file
}

// A file with any bit flipped, or that ends inside a record, is refused.
func TestReadNB101Damaged(t *testing.T) {
	file := threeRuns()
	for bit := range 8 * len(file) {
		file[bit/8] ^= 1 << (bit % 8)
		if _, err := nb101ReadAll(bytes.NewReader(file)); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("bit %d: error %v", bit, err)
		}
		file[bit/8] ^= 1 << (bit % 8)
	}
	ends := map[int64]bool{}
	for rec, err := range ReadNB101(bytes.NewReader(file)) {
		if err != nil {
			t.Fatal(err)
		}
		ends[rec.Offset] = true
	}
	for n := range file {
		_, err := nb101ReadAll(bytes.NewReader(file[:n]))
		if cut := errors.Is(err, io.ErrUnexpectedEOF) && errors.Is(err, evolve.ErrInvalid); cut == ends[int64(n)] {
			t.Errorf("cut at byte %d: error %v", n, err)
		}
	}
}
