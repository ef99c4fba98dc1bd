package space

import (
	"testing"
)

// The distance of packed points is the L1 distance, where what lies outside of what was kept
// counts as its nearest.
func checkPoints(t *testing.T, rows [][]float64, to []float64) {
	t.Helper()
	p := newPoolPoints(rows)
	at := p.point(to)
	for i, row := range rows {
		want := 0
		for k, x := range row {
			y := int(min(inByte(to[k]), p.tops[k]))
			want += max(int(x)-y, y-int(x))
		}
		if got := p.distance(i, at); got != want {
			t.Fatalf("%v is %d from %v, want %d", row, got, to, want)
		}
	}
}

func TestPoolPoints(t *testing.T) {
	rows := [][]float64{{0, 0, 0}, {1, 0, 255}, {1, 2, 63}, {0, 2, 64}}
	for _, to := range append(rows, []float64{3, 1, 128}, []float64{-1, 300, 1e9}) {
		checkPoints(t, rows, to)
	}
	checkPoints(t, [][]float64{{0}, {0}}, []float64{5}) // nothing tells them apart
	// A step for each of 64 bits fills the first word and begins the second.
	checkPoints(t, [][]float64{{64, 0}, {0, 1}}, []float64{64, 1})
}

func FuzzPoolPoints(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 255}, uint8(2))
	f.Add([]byte{64, 0, 0, 64}, uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, width uint8) {
		w := int(width)%16 + 1
		if len(b) < 2*w || len(b) > 1<<12 {
			return
		}
		var all [][]float64
		for ; len(b) >= w; b = b[w:] {
			row := make([]float64, w)
			for k := range row {
				row[k] = float64(b[k])
			}
			all = append(all, row)
		}
		checkPoints(t, all[1:], all[0])
	})
}
