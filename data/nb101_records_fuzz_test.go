package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/amoeba-nas/amoeba/data/tfrecord/tfrecordtest"
	"github.com/amoeba-nas/amoeba/evolve"
)

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Reading allocates its buffers once, and nothing for a record.
func TestReadNB101Memory(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var file []byte
	for range 5000 {
		file = AppendNB101Record(file, madeUpRun(r))
	}
	if got := allocated(func() {
		for _, err := range ReadNB101(bytes.NewReader(file)) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}); got > 4*nb101MaxRecord {
		t.Errorf("%d bytes allocated for a file of %d", got, len(file))
	}
	huge := protowire.AppendVarint([]byte{0x0a}, 1<<40)
	p := nb101List(madeUpRun(r))
	p.metrics = huge
	file = tfrecordtest.Append(nil, p.json())
	if got := allocated(func() {
		if _, err := nb101ReadAll(bytes.NewReader(file)); err == nil {
			t.Error("accepted")
		}
	}); got > 4*nb101MaxRecord {
		t.Errorf("%d bytes allocated for an entry of 2^40 bytes", got)
	}
}

// repairChecksums makes frames of b: what a length declares beyond the file is cut.
func repairChecksums(b []byte) (file []byte) {
	for len(b) > 16 {
		n := int(min(uint64(b[0])|uint64(b[1])<<8, uint64(len(b)-16)))
		file = tfrecordtest.Append(file, b[12:12+n])
		b = b[16+n:]
	}
	return file
}

// What is accepted, written again, is read as the same.
func FuzzNB101Records(f *testing.F) {
	f.Add(threeRuns())
	f.Add(tfrecordtest.Append(nil, []byte(`["\u0061", 4, "0100", "input,output", ""]`)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := nb101ReadAll(bytes.NewReader(b)); err != nil && !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("error %v", err)
		}
		got, err := nb101ReadAll(bytes.NewReader(repairChecksums(b)))
		if err != nil && (!errors.Is(err, evolve.ErrInvalid) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("error %q", err)
		}
		var file []byte
		for _, rec := range got {
			file = AppendNB101Record(file, rec)
		}
		again, err := nb101ReadAll(bytes.NewReader(file))
		if d := cmp.Diff(got, again); d != "" || err != nil {
			t.Errorf("%v %s", err, d)
		}
	})
}

// The metrics alone, which the base64 hides from a fuzzer.
func FuzzNB101Metrics(f *testing.F) {
	f.Add(nb101Metrics(madeUpRun(rand.New(rand.NewPCG(9, 10)))))
	f.Add([]byte{0x5b, 0x08, 1, 0x5c, 0x10, 7})
	f.Fuzz(func(t *testing.T, b []byte) {
		var rec, again NB101Record
		if err := rec.parseMetrics(b); err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q", err)
			}
			return
		}
		if err := again.parseMetrics(nb101Metrics(&rec)); err != nil || again.Evals != rec.Evals || again.Params != rec.Params || again.Total != rec.Total {
			t.Errorf("%v became %v: %v", rec, again, err)
		}
	})
}

// The list parser takes what encoding/json takes, of lists of this shape.
func FuzzNB101List(f *testing.F) {
	f.Add([]byte(`["a", 4, "b", "c\n", "d"]`))
	f.Add([]byte("[\"\x00\",4,\"\\\"\",\"\\ud800\",\"\"] "))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := jsonList{b}
		h, ok1 := l.text('[')
		n, ok2 := l.number(',')
		a, ok3 := l.text(',')
		if !ok1 || !ok2 || !ok3 || !l.mark(']') || len(l.rest) > 0 {
			return
		}
		var want []any
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		err := d.Decode(&want)
		// The one liberty: digits need not be a JSON number, as epochs are compared as text.
		if err != nil && n[0] == '0' && len(n) > 1 {
			return
		}
		text := func(b []byte) string { return strings.ToValidUTF8(string(b), "") }
		clean := func(v any) string { return strings.ReplaceAll(v.(string), "\ufffd", "") }
		strip := func(b []byte) string { return strings.ReplaceAll(text(b), "\ufffd", "") }
		if err != nil || len(want) != 3 || clean(want[0]) != strip(h) || want[1] != json.Number(n) || clean(want[2]) != strip(a) {
			t.Errorf("%q: %q %s %q, encoding/json says %v, %v", b, h, n, a, want, err)
		}
	})
}

func BenchmarkReadNB101(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	var file []byte
	const records = 20_000
	for range records {
		file = AppendNB101Record(file, madeUpRun(r))
	}
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range ReadNB101(bytes.NewReader(file)) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(records*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
