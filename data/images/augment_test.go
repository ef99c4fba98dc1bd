package images

import (
	"errors"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// An image of 3 x 3 with the pixels 1..9, as each view has it.
func TestView(t *testing.T) {
	var table [256]float32
	for v := range table {
		table[v] = float32(v)
	}
	for _, c := range []struct {
		name string
		v    view
		want []float32
	}{
		{"as it is", view{}, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"mirrored", view{flip: true}, []float32{3, 2, 1, 6, 5, 4, 9, 8, 7}},
		{"cut below right", view{dy: 1, dx: 1}, []float32{5, 6, 0, 8, 9, 0, 0, 0, 0}},
		{"cut above left", view{dy: -1, dx: -2}, []float32{0, 0, 0, 0, 0, 1, 0, 0, 4}},
		{"cut below right, mirrored", view{dy: 1, dx: 1, flip: true}, []float32{0, 6, 5, 0, 9, 8, 0, 0, 0}},
		{"cut left, mirrored", view{dx: -1, flip: true}, []float32{2, 1, 0, 5, 4, 0, 8, 7, 0}},
		{"blanked", view{y0: 1, y1: 3, x0: 0, x1: 2}, []float32{1, 2, 3, 0, 0, 6, 0, 0, 9}},
		{"blanked after the mirror", view{flip: true, y0: 0, y1: 1, x0: 0, x1: 1}, []float32{0, 2, 1, 6, 5, 4, 9, 8, 7}},
	} {
		dst := []float32{-1, -1, -1, -1, -1, -1, -1, -1, -1} // of the batch before
		if c.v.put(dst, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3, &table); !slices.Equal(dst, c.want) {
			t.Errorf("%s: %v, want %v", c.name, dst, c.want)
		}
	}
}

// What is drawn: every offset, both sides, squares about every centre that end at the border.
func TestDraw(t *testing.T) {
	const h, w = 5, 7
	r := evolve.Stream(1, "test")
	a := Augment{Pad: 2, Flip: true, Cutout: 3}
	dys, dxs, flips, centres := map[int]int{}, map[int]int{}, map[bool]int{}, map[[2]int]int{}
	const n = 7000
	for range n {
		v := a.draw(h, w, r)
		dys[v.dy]++
		dxs[v.dx]++
		flips[v.flip]++
		if v.y0 < 0 || v.y1 > h || v.x0 < 0 || v.x1 > w || v.y1-v.y0 > 3 || v.y1-v.y0 < 2 || v.x1-v.x0 > 3 || v.x1-v.x0 < 2 {
			t.Fatalf("the square %+v", v)
		}
		centres[[2]int{v.y0 + v.y1, v.x0 + v.x1}]++
	}
	if len(dys) != 5 || len(dxs) != 5 || len(centres) != h*w {
		t.Errorf("%d and %d offsets, want 5 each; %d squares, want %d", len(dys), len(dxs), len(centres), h*w)
	}
	for k := -2; k <= 2; k++ {
		if min(dys[k], dxs[k]) < n/5*8/10 {
			t.Errorf("offset %d: %d and %d of %d", k, dys[k], dxs[k], n)
		}
	}
	if flips[true] < n*45/100 || flips[true] > n*55/100 {
		t.Errorf("%d of %d mirrored", flips[true], n)
	}
	for at, k := range centres {
		if k < n/(h*w)/2 {
			t.Errorf("the square about %v: %d of %d", at, k, n)
		}
	}
	// No numbers are taken for what is off.
	before := evolve.Stream(2, "test")
	if (Augment{}).draw(h, w, before) != (view{}) || before.Uint64() != evolve.Stream(2, "test").Uint64() {
		t.Error("the zero value draws")
	}
	for _, a := range []Augment{{Pad: -1}, {Pad: 5}, {Cutout: -1}, {Cutout: 6}} {
		if err := a.check(h, w); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("%+v: %v", a, err)
		}
	}
	if err := (Augment{Pad: 4, Cutout: 5}).check(h, w); err != nil {
		t.Error(err)
	}
}
