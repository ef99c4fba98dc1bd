package images

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
)

// Set is a data set in memory: images of C x H x W bytes and their labels. It is read only and
// may be shared.
type Set struct {
	Name    string
	C, H, W int
	Classes int      // labels are 0..Classes-1
	Max     int      // what a pixel can be at most: 16 for digits, else 255
	Labels  []string // names of the classes, nil where they are not known
	Lossy   string   // what was lost of the original pictures; "" for nothing
	Hash    string   // hex SHA-256 of the pixels, then the labels, of all images in order
	train   int      // images of the official training part, which are the first; all where there is no other
	pixels  []byte
	labels  []uint8
}

// Len is the number of images, test images included.
func (s *Set) Len() int { return len(s.labels) }

// Label is the class of an image.
func (s *Set) Label(i int) int { return int(s.labels[i]) }

// Image is an image's C*H*W bytes: channel by channel, within it row by row. They are shared
// and not to be written to.
func (s *Set) Image(i int) []byte {
	n := s.C * s.H * s.W
	return s.pixels[i*n : (i+1)*n : (i+1)*n]
}

// Open opens a set by its name and says which images are for what. One that is not here is an
// error that wraps fs.ErrNotExist and says what is expected and the command that brings it;
// a damaged one wraps evolve.ErrInvalid, a name that is none evolve.ErrUnknown.
//
// The checksum of the file is compared each time, Hash is computed again only by [Info.Verify].
func Open(name string) (*Set, Split, error) {
	info, err := Lookup(name)
	if err != nil {
		return nil, Split{}, err
	}
	s, err := info.open()
	if err != nil {
		return nil, Split{}, err
	}
	return s, info.split(s), nil
}

// Norm is the mean and the standard deviation (of the population) of each channel, on the
// scale 0..1 of a pixel over Max.
type Norm struct{ Mean, Std []float32 }

// Norm computes the two over some images, those of the training split. The deviation of a
// channel that is the same everywhere is 1, so that one can divide by it.
func (s *Set) Norm(train []int) Norm {
	n := Norm{make([]float32, s.C), make([]float32, s.C)}
	area := s.H * s.W
	for c := range s.C {
		var count [256]int // whole numbers, so the sums have no rounding
		for _, i := range train {
			for _, v := range s.Image(i)[c*area : (c+1)*area] {
				count[v]++
			}
		}
		var all, sum, squares float64
		for v, k := range count {
			all += float64(k)
			sum += float64(k * v)
			squares += float64(k * v * v)
		}
		n.Std[c] = 1
		if all == 0 {
			continue
		}
		mean := sum / all
		n.Mean[c] = float32(mean / float64(s.Max))
		if variance := squares/all - float64(mean*mean); variance > 0 {
			n.Std[c] = float32(math.Sqrt(variance) / float64(s.Max))
		}
	}
	return n
}

// sum computes Hash.
func (s *Set) sum() string {
	h := sha256.New()
	h.Write(s.pixels)
	h.Write(s.labels)
	return hex.EncodeToString(h.Sum(nil))
}

// check says which label or pixel cannot be.
func (s *Set) check() error {
	if len(s.pixels) != len(s.labels)*s.C*s.H*s.W {
		return fmt.Errorf("%d labels, %d bytes of images of %d bytes", len(s.labels), len(s.pixels), s.C*s.H*s.W)
	}
	for i, l := range s.labels {
		if int(l) >= s.Classes {
			return fmt.Errorf("label %d of image %d, want 0..%d", l, i, s.Classes-1)
		}
	}
	if s.Max < 255 {
		for i, v := range s.pixels {
			if int(v) > s.Max {
				return fmt.Errorf("pixel %d of image %d is %d, want at most %d",
					i%(s.C*s.H*s.W), i/(s.C*s.H*s.W), v, s.Max)
			}
		}
	}
	return nil
}
