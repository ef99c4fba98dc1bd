package usertable

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// fuzzLimits keep an input's memory small; what stands beyond them has tests of its own.
var fuzzLimits = limits{rows: 1000, bytes: 1 << 20, small: 1 << 18, record: 1 << 18, numbers: 10_000}

// wellFormed checks what a table promises, or that an error names the file.
func wellFormed(t *testing.T, name, content string, o Options) {
	t.Helper()
	got, err := readFrom(name, strings.NewReader(content), int64(len(content)), o, fuzzLimits)
	if err != nil {
		if !strings.HasPrefix(err.Error(), name) {
			t.Fatalf("the error names no file: %v", err)
		}
		return
	}
	rows, most, failed := 0, 0, 0
	for f := range got.Epochs {
		if f > 0 && got.Epochs[f] <= got.Epochs[f-1] {
			t.Fatalf("fidelities %v", got.Epochs)
		}
		recorded := got.Recorded(f)
		for a := range got.Archs {
			val := got.Val(f, a)
			if len(val) > 0 != slices.Contains(recorded, a) {
				t.Fatalf("%s has %d rows of fidelity %d, recorded are %v", got.Archs[a], len(val), got.Epochs[f], recorded)
			}
			for i, x := range val {
				if math.IsNaN(x) {
					failed++
				} else if !(x >= 0 && x <= 1) {
					t.Fatalf("loss %v", x)
				}
				if c := got.Cost(f, a); c != nil && !(c[i] >= 0) && (!math.IsNaN(c[i]) || got.Complete("cost", f, recorded) == nil) {
					t.Fatalf("cost %v", c[i])
				}
			}
			rows, most = rows+len(val), max(most, len(val))
		}
	}
	seen := map[evolve.Arch]bool{}
	for _, arch := range got.Archs {
		same, err := identity(o.Space, arch)
		if err != nil || seen[same] {
			t.Fatalf("%s is there twice, or %v", arch, err)
		}
		seen[same] = true
	}
	if rows != got.Rows || most != got.Repeats || failed != got.Failed || len(got.Hash) != 64 {
		t.Fatalf("%d rows of %d, %d repeats, not %d, %d failed, not %d, hash %s", rows, got.Rows, most, got.Repeats, failed, got.Failed, got.Hash)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte(cells))
	f.Add([]byte("\ufeffarch,val,fidelity,seed\r\n\"0\",.5,3,0\r\n0,50,12.0,1\r\n"))
	f.Add([]byte("val,cost,arch,x\n1,2,421211,\n0,,|none~0|+||+||,nan\n"))
	f.Add([]byte("arch,val,test,cost,fidelity\n000000,inf,inf,0,12\n111111,.5,.5,1,200\n|none~0|+|none~0|none~1|+|none~0|none~1|none~2|,nan,,0,12\n"))
	f.Add([]byte("arch;val;x\n000000;50;1,5\n111111;60;\n"))
	f.Add([]byte("val\tarch\n.5\t000000\n"))
	f.Add([]byte(zipped(f, "arch,val\n000000,1\n")))
	f.Fuzz(func(t *testing.T, b []byte) { wellFormed(t, "t.csv", string(b), Options{Space: space.NB201{}}) })
}

func FuzzParquet(f *testing.F) {
	f.Add([]byte(parquetOf(f, packing{}, runs(2)...)))
	f.Add([]byte(parquetOf(f, packing{codec: &parquet.Snappy, options: []parquet.WriterOption{parquet.DataPageVersion(1)}}, runs(2)...)))
	f.Add([]byte(parquetOf(f, packing{codec: &parquet.Zstd}, archs("000000", "000001"), doubles("val", .5, .25))))
	f.Add([]byte("PAR1\x00\x00\x00\x00PAR1"))
	f.Fuzz(func(t *testing.T, b []byte) { wellFormed(t, "t.parquet", string(b), Options{Space: space.NB201{}}) })
}
