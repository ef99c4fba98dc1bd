package images

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
)

const (
	jpgMagic = "CJPG1\n"
	// jpgLeast is the least that a colour JPEG takes: start 2, a quantisation table 69, frame
	// header 19, scan header 14 bytes (ITU-T T.81, annex B).
	jpgLeast = 104
)

// parseJPGRec appends the records of a container of JPEG pictures: the magic text, a
// little-endian uint32 count, and for each its label in a byte, a little-endian uint16 length
// and so many bytes of JPEG. The pixels are those of this Go version's decoder.
func parseJPGRec(s *Set, b []byte) error {
	const head = len(jpgMagic) + 4
	if len(b) < head || string(b[:len(jpgMagic)]) != jpgMagic {
		return fmt.Errorf("byte 0: %.10q, want %q and a count", b, jpgMagic)
	}
	n := int64(binary.LittleEndian.Uint32(b[len(jpgMagic):]))
	if n == 0 || n > int64((len(b)-head)/(3+jpgLeast)) {
		return fmt.Errorf("byte %d: %d records in the %d bytes that follow", len(jpgMagic), n, len(b)-head)
	}
	at := head
	for k := range n {
		if len(b)-at < 3 {
			return fmt.Errorf("byte %d: the file ends before record %d of %d", len(b), k, n)
		}
		label, size := b[at], int(binary.LittleEndian.Uint16(b[at+1:]))
		if int(label) >= s.Classes {
			return fmt.Errorf("byte %d: label %d in record %d, want 0..%d", at, label, k, s.Classes-1)
		}
		if size > len(b)-at-3 {
			return fmt.Errorf("byte %d: record %d of %d bytes, %d are left", at+1, k, size, len(b)-at-3)
		}
		if err := s.addJPEG(b[at+3 : at+3+size]); err != nil {
			return fmt.Errorf("byte %d: record %d: %w", at+3, k, err)
		}
		s.labels = append(s.labels, label)
		at += 3 + size
	}
	if at != len(b) {
		return fmt.Errorf("byte %d: %d bytes behind the last record", at, len(b)-at)
	}
	return nil
}

// addJPEG appends a colour picture of H x W.
func (s *Set) addJPEG(b []byte) error {
	// The size is compared before the decoder allocates for it.
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return err
	}
	if c.Width != s.W || c.Height != s.H || c.ColorModel != color.YCbCrModel {
		return fmt.Errorf("a picture of %d x %d, want %d x %d in colour", c.Width, c.Height, s.W, s.H)
	}
	img, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		return err
	}
	p, ok := img.(*image.YCbCr)
	if !ok {
		return fmt.Errorf("a picture of type %T, want YCbCr", img)
	}
	from, area := len(s.pixels), s.H*s.W
	s.pixels = append(s.pixels, make([]byte, 3*area)...)
	out := s.pixels[from:]
	for y := range s.H {
		for x := range s.W {
			i, j := p.YOffset(x, y), p.COffset(x, y)
			out[y*s.W+x], out[area+y*s.W+x], out[2*area+y*s.W+x] = color.YCbCrToRGB(p.Y[i], p.Cb[j], p.Cr[j])
		}
	}
	return nil
}

// decodeJPGRec makes a set of two containers: training and test.
func decodeJPGRec(i Info, in *reading, s *Set) error {
	for part, n := range []int{i.Train + i.Val, i.Test} {
		before := s.Len()
		err := in.read(i.Files[part], func(b []byte) error {
			if err := parseJPGRec(s, b); err != nil {
				return err
			}
			if got := s.Len() - before; got != n {
				return fmt.Errorf("byte %d: %d records, want %d", len(jpgMagic), got, n)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
