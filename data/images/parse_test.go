package images

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"strings"
	"testing"
)

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v, want one line with %q", err, want)
	}
}

func TestIDX(t *testing.T) {
	good := []byte{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6}
	dims, body, err := parseIDX(good, 2)
	if err != nil || !slices.Equal(dims, []int{2, 3}) || !slices.Equal(body, []byte{1, 2, 3, 4, 5, 6}) {
		t.Fatalf("%v %v %v", dims, body, err)
	}
	change := func(at int, v ...byte) []byte {
		b := slices.Clone(good)
		copy(b[at:], v)
		return b
	}
	for _, c := range []struct {
		b    []byte
		want string
	}{
		{nil, "byte 0: the file ends, its header of 2 dimensions takes 12 bytes"},
		{good[:11], "byte 11: the file ends"},
		{change(0, 1), "byte 0: magic number 0x01000802, want 0x00000802 (unsigned bytes, 2 dimensions)"},
		{change(2, 0x0d), "byte 0: magic number 0x00000d02"},
		{change(3, 3), "byte 0: magic number 0x00000803"},
		{good[:17], "byte 8: dimensions 2 x 3 need 6 bytes, 5 follow the header"},
		{append(slices.Clone(good), 7), "byte 18: 1 bytes behind the 2 x 3 of the header"},
		{change(4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), "byte 4: dimensions 4294967295 need 4294967295 bytes, 6 follow"},
		{change(8, 0xff, 0xff, 0xff, 0xff), "byte 8: dimensions 2 x 4294967295 need 8589934590 bytes"},
		{change(4, 0, 0, 0, 0), "byte 4: dimensions 0 need 0 bytes"},
	} {
		_, _, err := parseIDX(c.b, 2)
		wantError(t, err, c.want)
	}
}

func FuzzIDX(f *testing.F) {
	f.Add([]byte{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6}, 2)
	f.Add([]byte{0, 0, 8, 1, 0, 0, 0, 1, 9}, 1)
	f.Fuzz(func(t *testing.T, b []byte, rank int) {
		rank = 1 + (rank%4+4)%4
		dims, body, err := parseIDX(b, rank)
		if err != nil {
			return
		}
		n := 1
		for _, d := range dims {
			n *= d
		}
		if len(dims) != rank || n != len(body) || len(body)+4+4*rank != len(b) {
			t.Errorf("%v of %d bytes, %d in the file", dims, len(body), len(b))
		}
	})
}

func TestParseCIFAR(t *testing.T) {
	record := func(labels ...byte) []byte {
		b := slices.Clone(labels)
		for k := range cifarPixels {
			b = append(b, byte(k/1024*50+k%7))
		}
		return b
	}
	s := &Set{C: 3, H: 32, W: 32, Classes: 10}
	if err := parseCIFAR(s, append(record(3), record(9)...), []int{10}); err != nil {
		t.Fatal(err)
	}
	if s.Len() != 2 || s.Label(0) != 3 || s.Label(1) != 9 || s.Image(1)[0] != 0 || s.Image(1)[1024] != 50+1024%7 || len(s.pixels) != 2*cifarPixels {
		t.Errorf("labels %v, %d pixels", s.labels, len(s.pixels))
	}
	s = &Set{C: 3, H: 32, W: 32, Classes: 100}
	if err := parseCIFAR(s, record(19, 99), []int{20, 100}); err != nil || s.Label(0) != 99 {
		t.Errorf("the fine label: %v, %v", s.labels, err)
	}
	for _, c := range []struct {
		b      []byte
		bounds []int
		want   string
	}{
		{nil, []int{10}, "byte 0: the file ends 0 bytes into a record of 3073"},
		{record(1)[:3072], []int{10}, "byte 3072: the file ends 3072 bytes into a record of 3073"},
		{append(record(1), 5), []int{10}, "byte 3074: the file ends 1 bytes into a record of 3073"},
		{append(record(1), record(10)...), []int{10}, "byte 3073: label 10 in record 1, want 0..9"},
		{record(20, 5), []int{20, 100}, "byte 0: label 20 in record 0, want 0..19"},
		{record(5, 100), []int{20, 100}, "byte 1: label 100 in record 0, want 0..99"},
	} {
		wantError(t, parseCIFAR(&Set{}, c.b, c.bounds), c.want)
	}
}

func FuzzCIFAR(f *testing.F) {
	f.Add(make([]byte, 3073), false)
	f.Add(make([]byte, 2*3074), true)
	f.Fuzz(func(t *testing.T, b []byte, fine bool) {
		bounds := []int{10}
		if fine {
			bounds = []int{20, 100}
		}
		s := &Set{C: 3, H: 32, W: 32, Classes: bounds[len(bounds)-1], Max: 255}
		if err := parseCIFAR(s, b, bounds); err != nil {
			return
		}
		if err := s.check(); err != nil || s.Len()*(len(bounds)+cifarPixels) != len(b) {
			t.Errorf("%d images of %d bytes: %v", s.Len(), len(b), err)
		}
	})
}

// picture is a JPEG of one colour.
func picture(t testing.TB, w, h int, c color.Color) []byte {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// container is a file of JPEG pictures.
func container(labels []byte, pictures ...[]byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(jpgMagic), uint32(len(labels)))
	for k, l := range labels {
		b = binary.LittleEndian.AppendUint16(append(b, l), uint16(len(pictures[k])))
		b = append(b, pictures[k]...)
	}
	return b
}

func TestJPGRec(t *testing.T) {
	red, blue := picture(t, 32, 32, color.RGBA{200, 0, 0, 255}), picture(t, 32, 32, color.RGBA{0, 0, 200, 255})
	set := func() *Set { return &Set{C: 3, H: 32, W: 32, Classes: 10, Max: 255} }
	s, good := set(), container([]byte{7, 2}, red, blue)
	if err := parseJPGRec(s, good); err != nil {
		t.Fatal(err)
	}
	if s.Len() != 2 || s.Label(0) != 7 || s.Label(1) != 2 {
		t.Fatalf("labels %v", s.labels)
	}
	for k, want := range [][3]byte{{200, 0, 0}, {0, 0, 200}} {
		for c := range 3 {
			if got := s.Image(k)[c*1024+500]; max(got, want[c])-min(got, want[c]) > 4 {
				t.Errorf("image %d, channel %d: %d, want %d", k, c, got, want[c])
			}
		}
	}
	change := func(at int, v ...byte) []byte {
		b := slices.Clone(good)
		copy(b[at:], v)
		return b
	}
	grey := new(bytes.Buffer)
	if err := jpeg.Encode(grey, image.NewGray(image.Rect(0, 0, 32, 32)), nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		b    []byte
		want string
	}{
		{nil, `byte 0: "", want "CJPG1\n" and a count`},
		{change(4, '2'), `byte 0: "CJPG2\n`},
		{change(6, 0, 0, 0, 0), "byte 6: 0 records in the"},
		{change(6, 0xff, 0xff, 0xff, 0xff), "byte 6: 4294967295 records in the"},
		{change(6, 3), "the file ends before record 2 of 3"},
		{change(6, 1), "bytes behind the last record"},
		{change(10, 10), "byte 10: label 10 in record 0, want 0..9"},
		{change(11, 0xff, 0xff), "byte 11: record 0 of 65535 bytes"},
		{good[:len(good)-1], "record 1 of "},
		{change(13, 0), "byte 13: record 0: invalid JPEG format"},
		{container([]byte{1}, picture(t, 33, 32, color.Black)), "byte 13: record 0: a picture of 33 x 32, want 32 x 32 in colour"},
		{container([]byte{1}, grey.Bytes()), "byte 13: record 0: a picture of 32 x 32, want 32 x 32 in colour"},
		{container([]byte{1}, red[:len(red)*2/3]), "byte 13: record 0: "},
	} {
		wantError(t, parseJPGRec(set(), c.b), c.want)
	}
	// A frame header that declares 65,535 x 65,535 pixels is refused before they are allocated.
	huge := slices.Clone(red)
	at := bytes.Index(huge, []byte{0xff, 0xc0})
	copy(huge[at+5:], []byte{0xff, 0xff, 0xff, 0xff})
	wantError(t, parseJPGRec(set(), container([]byte{1}, huge)), "a picture of 65535 x 65535")
}

func FuzzJPGRec(f *testing.F) {
	f.Add(container([]byte{7}, picture(f, 32, 32, color.RGBA{200, 10, 0, 255})))
	f.Add([]byte(jpgMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := &Set{C: 3, H: 32, W: 32, Classes: 10, Max: 255}
		if parseJPGRec(s, b) != nil {
			return
		}
		if err := s.check(); err != nil || s.Len() > len(b)/jpgLeast {
			t.Errorf("%d images of %d bytes: %v", s.Len(), len(b), err)
		}
	})
}
