package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
)

// Parquet guards its pages with checksums but not the headers and the footer that describe
// them: one flipped bit there changes rows silently or asks for all memory. So our files
// carry a seal, sealMark and the SHA-256 of all other bytes, just before the footer, where
// no reader of Parquet looks: a reader finds the footer from the end and the pages by offset.
const (
	sealMark   = "AMOEBA-2"
	oldMark    = "AMOEBA-1" // of files that have other columns
	sealSize   = len(sealMark) + sha256.Size
	footerTail = 8 // length of the footer, "PAR1"
)

var errOldSeal = errors.New("a Parquet journal of an earlier version of amoeba, which this one cannot read; " +
	"read it with that version, or run its experiment anew in another folder")

// sealer passes on what is written and seals it at the end.
type sealer struct {
	w    io.Writer
	sum  hash.Hash
	tail *bytes.Buffer // once closing: held back, as it holds the footer
}

func newSealer(w io.Writer, of string) *sealer { return &sealer{w: w, sum: newSum(of)} }

// newSum begins a checksum with what the file is part of.
func newSum(of string) hash.Hash {
	sum := sha256.New()
	io.WriteString(sum, of) // never fails
	return sum
}

func (s *sealer) Write(p []byte) (int, error) {
	if s.tail != nil {
		return s.tail.Write(p)
	}
	s.sum.Write(p) // never fails
	return s.w.Write(p)
}

// close calls the Parquet writer's Close and puts the seal before the footer that it writes.
func (s *sealer) close(closeWriter func() error) error {
	s.tail = new(bytes.Buffer)
	if err := closeWriter(); err != nil {
		return err
	}
	tail := s.tail.Bytes()
	at, err := footer(tail)
	if err != nil {
		return err
	}
	s.sum.Write(tail)
	for _, part := range [][]byte{tail[:at], s.sum.Sum([]byte(sealMark)), tail[at:]} {
		if _, err := s.w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// footer is where the footer of a Parquet file, or of its last part, begins.
func footer(text []byte) (int, error) {
	end := len(text) - footerTail
	if end < 0 || string(text[end+4:]) != "PAR1" {
		return 0, errors.New("it does not end as a Parquet file")
	}
	at := int64(end) - int64(binary.LittleEndian.Uint32(text[end:]))
	if at < 0 {
		return 0, errors.New("its footer is longer than the file")
	}
	return int(at), nil
}

// checkSeal says whether a file is whole, as it was written, and part of what of names.
func checkSeal(text []byte, of string) error {
	at, err := footer(text)
	if err != nil {
		return err
	}
	from := at - sealSize
	if from >= 0 && string(text[from:from+len(oldMark)]) == oldMark {
		return errOldSeal
	}
	if from < 0 || string(text[from:from+len(sealMark)]) != sealMark {
		return errors.New("it has no seal of this program")
	}
	sum := newSum(of)
	sum.Write(text[:from])
	sum.Write(text[at:])
	if !bytes.Equal(sum.Sum(nil), text[from+len(sealMark):at]) {
		return errors.New("altered, or of another experiment: its seal is not right")
	}
	return nil
}
