package images

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// cifarPixels are the bytes of a picture: 32 x 32 red, then green, then blue.
const cifarPixels = 3 * 32 * 32

// parseCIFAR appends the records of a CIFAR binary file (Krizhevsky 2009,
// https://www.cs.toronto.edu/~kriz/cifar.html): the labels, a byte each, of which the last is
// meant, and the picture. bounds are the numbers of classes: 10, or 20 coarse and 100 fine.
func parseCIFAR(s *Set, b []byte, bounds []int) error {
	record := len(bounds) + cifarPixels
	if extra := len(b) % record; extra != 0 || len(b) == 0 {
		return fmt.Errorf("byte %d: the file ends %d bytes into a record of %d", len(b), extra, record)
	}
	for at := 0; at < len(b); at += record {
		for k, classes := range bounds {
			if l := int(b[at+k]); l >= classes {
				return fmt.Errorf("byte %d: label %d in record %d, want 0..%d", at+k, l, at/record, classes-1)
			}
		}
		s.labels = append(s.labels, b[at+len(bounds)-1])
		s.pixels = append(s.pixels, b[at+len(bounds):at+record]...)
	}
	return nil
}

// cifarMember is a file of the archive.
type cifarMember struct {
	name    string
	records int
}

// The members of the official archives, training before test.
var (
	cifar10Members = []cifarMember{
		{"cifar-10-batches-bin/data_batch_1.bin", 10000}, {"cifar-10-batches-bin/data_batch_2.bin", 10000},
		{"cifar-10-batches-bin/data_batch_3.bin", 10000}, {"cifar-10-batches-bin/data_batch_4.bin", 10000},
		{"cifar-10-batches-bin/data_batch_5.bin", 10000}, {"cifar-10-batches-bin/test_batch.bin", 10000},
	}
	cifar100Members = []cifarMember{{"cifar-100-binary/train.bin", 50000}, {"cifar-100-binary/test.bin", 10000}}
)

// decodeCIFAR makes a set of the official archive.
func decodeCIFAR(members []cifarMember, bounds ...int) func(Info, *reading, *Set) error {
	return func(i Info, in *reading, s *Set) error {
		return in.read(i.Files[0], func(b []byte) error {
			found, err := untar(b, members, int64(len(bounds)+cifarPixels))
			if err != nil {
				return err
			}
			for _, m := range members {
				if err := parseCIFAR(s, found[m.name], bounds); err != nil {
					return fmt.Errorf("%s: %w", m.name, err)
				}
			}
			return nil
		})
	}
}

// untar reads the members of a tar.gz, whose order is the archive's own. Each must have its
// number of records, so no more is read than they take.
func untar(b []byte, members []cifarMember, record int64) (map[string][]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	found := map[string][]byte{}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if h.Name != m.name {
				continue
			}
			want := int64(m.records) * record
			if h.Size != want {
				return nil, fmt.Errorf("%s: %d bytes, want %d", m.name, h.Size, want)
			}
			text, err := io.ReadAll(io.LimitReader(t, want))
			if err != nil {
				return nil, fmt.Errorf("%s: byte %d: %w", m.name, len(text), err)
			}
			found[m.name] = text
		}
	}
	for _, m := range members {
		if found[m.name] == nil {
			return nil, fmt.Errorf("no %s in the archive", m.name)
		}
	}
	return found, nil
}
