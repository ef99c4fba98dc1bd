package pickle

import (
	"math"
	"strings"
	"testing"
)

// scalar is a pickled numpy number.
func scalar(g Global, kind, order, raw string) string {
	return name(g) + dtype(kind, order) + "C" + le(uint64(len(raw)), 1) + raw + "\x86R"
}

func loadScalar(t *testing.T, in []byte) (any, error) {
	t.Helper()
	v, err := Load(in, Limits{Allow: ScalarGlobals})
	if err != nil {
		t.Fatal(err)
	}
	return DecodeScalar(v)
}

func TestDecodeScalar(t *testing.T) {
	for _, c := range []struct {
		kind, order, raw string
		want             any
	}{
		{"f8", "<", le(math.Float64bits(0.129306), 8), 0.129306},
		{"f8", "<", le(math.Float64bits(math.Inf(-1)), 8), math.Inf(-1)},
		{"f4", "<", le(uint64(math.Float32bits(0.1)), 4), float64(float32(0.1))},
		{"i1", "|", "\xff", int64(-1)},
		{"i2", "<", le(0x8000, 2), int64(-32768)},
		{"i4", "<", le(1<<31, 4), int64(math.MinInt32)},
		{"i8", "<", le(1<<63, 8), int64(math.MinInt64)},
		{"i8", "<", le(777, 8), int64(777)},
		{"u1", "|", "\xff", int64(255)},
		{"u2", "<", "\xff\xff", int64(65535)},
		{"u4", "<", "\xff\xff\xff\xff", int64(math.MaxUint32)},
		{"u8", "<", le(math.MaxInt64, 8), int64(math.MaxInt64)},
	} {
		for _, g := range []Global{numpyScalar, numpy2Scalar} {
			got, err := loadScalar(t, p(scalar(g, c.kind, c.order, c.raw), "."))
			if err != nil || got != c.want {
				t.Errorf("%s of %q: got %v and error %v, want %v", c.kind, c.raw, got, err, c.want)
			}
		}
	}
	got, err := loadScalar(t, p(scalar(numpyScalar, "f4", "<", le(uint64(math.Float32bits(float32(math.NaN()))), 4)), "."))
	if f, ok := got.(float64); err != nil || !ok || !math.IsNaN(f) {
		t.Errorf("a float32 NaN is %v, error %v", got, err)
	}
}

func TestDecodeScalarRefuses(t *testing.T) {
	eight := strings.Repeat("\x01", 8)
	for _, c := range []struct{ name, in, msg string }{
		{"a plain number", "K\x01", "numpy: int64, want a scalar"},
		{"a dtype", dtype("f8", "<"), "object of numpy.dtype, want a scalar"},
		{"one argument", name(numpyScalar) + dtype("f8", "<") + "\x85R", "want a scalar"},
		{"no dtype", name(numpyScalar) + "NC\x00\x86R", "dtype is None, want an object of numpy.dtype"},
		{"dtype without a name", name(numpyScalar) + name(numpyDtype) + ")RC\x00\x86R", "dtype is object of numpy.dtype"},
		{"dtype named by a number", name(numpyScalar) + name(numpyDtype) + "K\x01\x85RC\x00\x86R", "dtype name is int64, want string"},
		{"dtype without a state", name(numpyScalar) + name(numpyDtype) + text("f8") + "\x85RC\x00\x86R", "dtype state is None"},
		{"dtype of a short state", name(numpyScalar) + name(numpyDtype) + text("f8") + "\x85RK\x03\x85bC\x00\x86R", "dtype state of 1 items, want at least 2"},
		{"byte order of a number", name(numpyScalar) + name(numpyDtype) + text("f8") + "\x85RK\x03K\x03\x86bC\x00\x86R", "dtype byte order is int64"},
		{"half precision", scalar(numpyScalar, "f2", "<", "\x00\x00"), `a scalar of dtype "f2", want f4, f8, i1..i8 or u1..u8`},
		{"object", scalar(numpyScalar, "O8", "|", eight), `a scalar of dtype "O8"`},
		{"big-endian", scalar(numpyScalar, "f8", ">", eight), `dtype f8 is not of byte order "<"`},
		{"byte with an order", scalar(numpyScalar, "u1", "<", "\x01"), `dtype u1 is not of byte order "|"`},
		{"short", scalar(numpyScalar, "f8", "<", "\x01\x02"), "2 bytes for a scalar of dtype f8, want 8"},
		{"long", scalar(numpyScalar, "f4", "<", eight), "8 bytes for a scalar of dtype f4, want 4"},
		{"text", name(numpyScalar) + dtype("f8", "<") + text("12345678") + "\x86R", "scalar data is string, want []uint8"},
		{"too large", scalar(numpyScalar, "u8", "<", le(1<<63, 8)), "9223372036854775808 is more than an int64 holds"},
	} {
		if got, err := loadScalar(t, p(c.in, ".")); err == nil || !strings.Contains(err.Error(), c.msg) {
			t.Errorf("%s: got %v and error %v, want %q", c.name, got, err, c.msg)
		}
	}
	if _, err := Load(p("cnumpy.core.multiarray\n_reconstruct\n."), Limits{Allow: ScalarGlobals}); err == nil {
		t.Error("the scalar names allow an array")
	}
}

func FuzzDecodeScalar(f *testing.F) {
	f.Add(p(scalar(numpyScalar, "f8", "<", le(math.Float64bits(1.5), 8)), "."))
	f.Add(p(scalar(numpy2Scalar, "i1", "|", "\x80"), "."))
	f.Add(p(scalar(numpyScalar, "u8", "<", le(1<<63, 8)), "."))
	f.Add(p(scalar(numpyScalar, "O8", "|", ""), "."))
	f.Fuzz(func(t *testing.T, in []byte) {
		v, err := Load(in, Limits{Allow: ScalarGlobals})
		if err != nil {
			return
		}
		switch got, err := DecodeScalar(v); got.(type) {
		case int64, float64:
			if err != nil {
				t.Errorf("both %v and error %v", got, err)
			}
		case nil:
			if err == nil || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v", err)
			}
		default:
			t.Errorf("a %T", got)
		}
	})
}
