package opencl

import (
	"errors"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"NVIDIA H200\x00":         "NVIDIA H200",
		"no end":                  "no end",
		"":                        "",
		"a\x00b\x00":              "a",
		"  two\n\tlines \x00":     "two lines",
		"\x1b[2Jsteers\x00":       `\x1b[2Jsteers`,
		"\xff\xfe of no alphabet": "? of no alphabet",
	} {
		if got := text([]byte(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	if got, want := lines([]byte("a:\n\tb\x1b\r\n c \n\x00rest")), "a:\nb\\x1b\nc"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNumber(t *testing.T) {
	for in, want := range map[string]int{
		"":                                 0,
		"\x01\x02":                         0,
		"\x01\x02\x00\x00":                 513,
		"\x00\x00\x00\x00\x01\x00\x00\x00": 1 << 32,
		"\xff\xff\xff\xff\xff\xff\xff\xff": 1<<63 - 1,
	} {
		if got := number([]byte(in)); got != want {
			t.Errorf("%q: %d, want %d", in, got, want)
		}
	}
}

func TestAtLeast12(t *testing.T) {
	for in, want := range map[string]bool{
		"OpenCL 1.2 CUDA 12.8.97": true, "OpenCL 3.0 PoCL": true, "OpenCL 2.0": true, "OpenCL 1.1 Mesa": false,
		"OpenCL 0.9": false, "OpenCL": false, "": false, "OpenCL 1.": false, "GL 4.6": false,
		"OpenCL 99999999999999999999.2": false, "OpenCL -1.2": false,
	} {
		if got := atLeast12(in); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte("OpenCL 1.2 \x1b[0m\x00rest"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := text(b)
		if strings.ContainsAny(s, "\n\x1b\x00") {
			t.Errorf("%q on a terminal", s)
		}
		if strings.ContainsAny(lines(b), "\x1b\x00\r") {
			t.Errorf("%q on a terminal", lines(b))
		}
		if n := number(b); n < 0 {
			t.Errorf("%d", n)
		}
		atLeast12(s)
	})
}

func TestErrorText(t *testing.T) {
	for code, want := range map[int32]string{
		-5:    "clFinish: CL_OUT_OF_RESOURCES (-5)",
		-1001: "clFinish: CL_PLATFORM_NOT_FOUND_KHR (-1001)",
		-77:   "clFinish: an error that OpenCL 1.2 does not name (-77)",
	} {
		if got := (&Error{"clFinish", code}).Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestMissing(t *testing.T) {
	got := Missing([]Failure{
		{"libOpenCL.so.1", errors.New("cannot open\nshared object file")}, {"libx.so", evolve.ErrUnsupported}, {"liby.so", errors.New("cannot open shared object file")}})
	const want = "tried libOpenCL.so.1, liby.so (cannot open shared object file); libx.so (unsupported)"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Missing([]Failure{{"", ErrBuild}}); got != "this build opens no OpenCL: build with go build -tags native ./cmd/amoeba (Linux or macOS)" {
		t.Errorf("%q", got)
	}
}
