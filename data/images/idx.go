package images

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// idxBytes is the code of unsigned bytes in the magic number of an IDX file.
const idxBytes = 8

// parseIDX reads an IDX file of unsigned bytes with a number of dimensions (LeCun, Cortes and
// Burges, http://yann.lecun.com/exdb/mnist/): 0, 0, 8, dimensions; their lengths as big-endian
// uint32; the values, of which body is a part of b.
func parseIDX(b []byte, rank int) (dims []int, body []byte, err error) {
	head := 4 + 4*rank
	if len(b) < head {
		return nil, nil, fmt.Errorf("byte %d: the file ends, its header of %d dimensions takes %d bytes",
			len(b), rank, head)
	}
	if want := uint32(idxBytes<<8 | rank); binary.BigEndian.Uint32(b) != want {
		return nil, nil, fmt.Errorf("byte 0: magic number 0x%08x, want 0x%08x (unsigned bytes, %d dimensions)",
			binary.BigEndian.Uint32(b), want, rank)
	}
	body = b[head:]
	size := uint64(1)
	var text []string
	for k := range rank {
		at := 4 + 4*k
		d := binary.BigEndian.Uint32(b[at:])
		text = append(text, fmt.Sprint(d))
		// No product overflows: the one before is no more than the length of the file.
		if size *= uint64(d); d == 0 || size > uint64(len(body)) {
			return nil, nil, fmt.Errorf("byte %d: dimensions %s need %d bytes, %d follow the header",
				at, strings.Join(text, " x "), size, len(body))
		}
		dims = append(dims, int(d))
	}
	if n := uint64(len(body)); n > size {
		return nil, nil, fmt.Errorf("byte %d: %d bytes behind the %s of the header",
			uint64(head)+size, n-size, strings.Join(text, " x "))
	}
	return dims, body, nil
}

// decodeIDX makes a set of four files: training images and labels, test images and labels.
func decodeIDX(i Info, in *reading, s *Set) error {
	for part, n := range []int{i.Train + i.Val, i.Test} {
		err := in.read(i.Files[2*part], func(b []byte) error {
			dims, body, err := parseIDX(b, 3)
			if err != nil {
				return err
			}
			if dims[0] != n || dims[1] != s.H || dims[2] != s.W {
				return fmt.Errorf("byte 4: dimensions %v, want [%d %d %d]", dims, n, s.H, s.W)
			}
			s.pixels = append(s.pixels, body...)
			return nil
		})
		if err != nil {
			return err
		}
		err = in.read(i.Files[2*part+1], func(b []byte) error {
			dims, body, err := parseIDX(b, 1)
			if err != nil {
				return err
			}
			if dims[0] != n {
				return fmt.Errorf("byte 4: %d labels, want %d", dims[0], n)
			}
			for k, l := range body {
				if int(l) >= s.Classes {
					return fmt.Errorf("byte %d: label %d, want 0..%d", 8+k, l, s.Classes-1)
				}
			}
			s.labels = append(s.labels, body...)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
