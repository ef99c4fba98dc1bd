package images

import (
	"fmt"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Augment says how training images are changed. The zero value changes nothing. Zeros are those
// of the normalised image, so they stand for the mean of the training images.
type Augment struct {
	// Pad is how many rows and columns of zeros go around the image before a part of its size
	// is cut out at random (4 for CIFAR: He et al., CVPR 2016, arXiv:1512.03385).
	Pad int
	// Flip mirrors every second image, at random, left to right.
	Flip bool
	// Cutout is the side of a square of zeros whose centre is uniform over the image and which
	// is clipped at its border; 0 for none, 16 for CIFAR-10 (DeVries and Taylor 2017,
	// arXiv:1708.04552).
	Cutout int
}

// check refuses what leaves nothing of an image of h x w.
func (a Augment) check(h, w int) error {
	if least := min(h, w); a.Pad < 0 || a.Pad >= least {
		return fmt.Errorf("pad %d of images of %d x %d, want 0..%d: %w", a.Pad, h, w, least-1, evolve.ErrInvalid)
	} else if a.Cutout < 0 || a.Cutout > least {
		return fmt.Errorf("cutout %d of images of %d x %d, want 0..%d: %w", a.Cutout, h, w, least, evolve.ErrInvalid)
	}
	return nil
}

// view is where an image is looked at: the offset of the cut, whether it is mirrored, and the
// rows and columns y0..y1 and x0..x1 (not included) that are blanked after that.
type view struct {
	dy, dx         int
	flip           bool
	y0, y1, x0, x1 int
}

// draw takes the numbers of one image in a fixed order.
func (a Augment) draw(h, w int, r *rand.Rand) view {
	var v view
	if a.Pad > 0 {
		v.dy, v.dx = r.IntN(2*a.Pad+1)-a.Pad, r.IntN(2*a.Pad+1)-a.Pad
	}
	if a.Flip {
		v.flip = r.Uint64()>>63 == 1
	}
	if a.Cutout > 0 {
		y, x := r.IntN(h)-a.Cutout/2, r.IntN(w)-a.Cutout/2
		v.y0, v.y1 = max(y, 0), min(y+a.Cutout, h)
		v.x0, v.x1 = max(x, 0), min(x+a.Cutout, w)
	}
	return v
}

// put writes a channel of h x w, normalised by the table, as the view has it.
func (v view) put(dst []float32, src []byte, h, w int, table *[256]float32) {
	// The columns lo..hi of the cut have a column of the image, the others are padding.
	lo, hi := max(0, -v.dx), min(w, w-v.dx)
	for y := range h {
		row := dst[y*w : (y+1)*w]
		from := y + v.dy
		if from < 0 || from >= h {
			clear(row)
			continue
		}
		line := src[from*w+lo+v.dx : from*w+hi+v.dx]
		if !v.flip {
			clear(row[:lo])
			for x, b := range line {
				row[lo+x] = table[b]
			}
			clear(row[hi:])
			continue
		}
		clear(row[:w-hi])
		for x, b := range line {
			row[w-1-lo-x] = table[b]
		}
		clear(row[w-lo:])
	}
	for y := v.y0; y < v.y1; y++ {
		clear(dst[y*w+v.x0 : y*w+v.x1])
	}
}
