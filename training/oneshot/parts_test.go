package oneshot

import (
	"bytes"
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/data/images"
)

// The parts of a split share no image unless they are the same, and test images are in none.
func TestSplits(t *testing.T) {
	s := tiny(t)
	s.images = 0
	d := *s.data
	d.Norm = images.Norm{Mean: []float32{0}, Std: []float32{1}}
	s.data = &d
	for i := range d.Set.Len() { // two pixels of each image are its number
		copy(d.Set.Image(i), []byte{byte(i), byte(i >> 8)})
	}
	pixel := func(x float32) int { return int(math.Round(float64(x) * float64(d.Set.Max))) }
	see := func(part map[int]bool, b Batch) {
		for i, y := range b.Y {
			if x := b.X[64*i:]; y >= 0 {
				part[pixel(x[0])+pixel(x[1])<<8] = true
			}
		}
	}
	shared := func(a, b map[int]bool) (n int) {
		for i := range a {
			if b[i] {
				n++
			}
		}
		return n
	}
	test := map[int]bool{}
	for _, i := range d.Split.Test {
		test[i] = true
	}
	for _, want := range []struct {
		split                          string
		learn, choose, score           int // images
		learnChoose, learnScore, asked int // that two parts share, and that Score asks about
	}{{SplitVal, 1079, 359, 359, 0, 0, 359}, {SplitHalf, 540, 539, 539, 0, 0, 539},
		{SplitWhole, 1079, 1079, 359, 1079, 0, 359}} {
		p := plan()
		p.Split = want.split
		c, err := s.course(t.Context(), p, 1, origin{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if n := c.Steps(); n != want.learn/s.batch {
			t.Errorf("%s: %d steps, want those of %d images", want.split, n, want.learn)
		}
		learn, choose, score, asked := map[int]bool{}, map[int]bool{}, map[int]bool{}, 0
		for range 5 { // each leaves out what makes no whole batch
			err := c.Epoch(t.Context(), func(_ int, b Batch, _ float64) error {
				see(learn, b)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for range c.choose.Batches() {
				see(choose, c.Val())
			}
		}
		for i := range c.ScoringBatches() {
			see(score, c.ScoringBatch(i))
			asked += c.ScoringBatch(i).Images()
		}
		got := want
		got.learn, got.choose, got.score = len(learn), len(choose), len(score)
		got.learnChoose, got.learnScore, got.asked = shared(learn, choose), shared(learn, score), asked
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		if n := shared(learn, test) + shared(choose, test) + shared(score, test); n > 0 {
			t.Errorf("%s: %d test images are seen", want.split, n)
		}
	}
}

// With noise in the place of all test images nothing changes: neither batches nor weights nor scores.
func TestTestImagesAreNotSeen(t *testing.T) {
	for _, split := range Splits {
		var texts [][]byte
		var scores []Scored
		for _, noisy := range []bool{false, true} {
			s, dir := tiny(t), t.TempDir() // images of its own
			if noisy {
				spoil(s.data, s.data.Split.Test)
			}
			p := plan()
			p.Split = split
			c, _ := begin(t, s, dir, p, 0)
			if err := walk(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			scorer, err := c.Scorer(Scoring{Refit: 1})
			if err != nil {
				t.Fatal(err)
			}
			score, err := scorer.Score(t.Context(), "432123", 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			scores = append(scores, score)
			if err := c.Save(1, false, nil); err != nil {
				t.Fatal(err)
			}
			texts = append(texts, newest(t, dir))
		}
		if !bytes.Equal(texts[0], texts[1]) || scores[0] != scores[1] {
			t.Errorf("%s: test images change weights, or the score %v to %v", split, scores[0], scores[1])
		}
	}
}
