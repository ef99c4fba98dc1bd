package plots

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// runs are trainings with closed forms.
func runs(n, epochs int) []LearningRun {
	all := make([]LearningRun, n)
	for i := range all {
		for e := range epochs {
			x := float64(e+1) / (1 + 0.1*float64(i))
			all[i].TrainLoss = append(all[i].TrainLoss, 2.3*math.Exp(-x/3))
			all[i].ValLoss = append(all[i].ValLoss, 0.1+2.2*math.Exp(-x/3))
			all[i].TrainAcc = append(all[i].TrainAcc, 100-90*math.Exp(-x/3))
			all[i].ValAcc = append(all[i].ValAcc, 97-87*math.Exp(-x/3))
		}
		all[i].Chosen = epochs - i
	}
	return all
}

// matrix has 3000 images a class, of which class i gives i to each later one.
func matrix(n int) Confusion {
	f := Confusion{Title: "a matrix", Note: "closed form"}
	for i := range n {
		row := make([]int, n)
		row[i] = 3000 - i*(n-1-i)
		for j := i + 1; j < n; j++ {
			row[j] = i
		}
		f.Counts, f.Labels = append(f.Counts, row), append(f.Labels, fmt.Sprintf("animal %d", i))
	}
	return f
}

// Whatever the size, nothing is cut off and the same input gives the same bytes.
func TestTrainingFigures(t *testing.T) {
	digits := matrix(10)
	digits.Labels = strings.Fields("0 1 2 3 4 5 6 7 8 9")
	empty := matrix(10)
	empty.Counts[3] = make([]int, 10)
	for name, f := range map[string]figure{
		"one run": Learning{Title: "t", Note: "n", Runs: runs(1, 20)}, "five runs": Learning{Title: "t", Note: strings.Repeat("note ", 60), Runs: runs(5, 20)},
		"one epoch": Learning{Runs: runs(1, 1)}, "digits": digits, "names": matrix(10), "many": matrix(100), "two": matrix(2), "a class without images": empty,
	} {
		data := render(t, f, "png")
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b := img.Bounds()
		for y := range b.Dy() {
			for x := range b.Dx() {
				if x >= 2 && y >= 2 && x < b.Dx()-2 && y < b.Dy()-2 {
					continue
				}
				if r, _, _, _ := img.At(x, y).RGBA(); r < 0xf000 {
					t.Fatalf("%s: something is cut off at %d, %d of %v", name, x, y, b.Max)
				}
			}
		}
		if !bytes.Equal(data, render(t, f, "png")) {
			t.Errorf("%s: two files differ", name)
		}
	}
}

// Every count but zeros is written, in the row of its class.
func TestConfusionCounts(t *testing.T) {
	f := Confusion{Labels: []string{"a", "b"}, Counts: [][]int{{41, 0}, {17, 23}}}
	svg := string(render(t, f, "svg"))
	for text, n := range map[string]int{">41<": 1, ">17<": 1, ">23<": 1, ">0<": 0, ">a<": 2, ">b<": 2} {
		if got := strings.Count(svg, text); got != n {
			t.Errorf("%s stands there %d times, want %d", text, got, n)
		}
	}
	l := f.layout()
	if l.at(0, 0).Min.Y <= l.at(1, 0).Min.Y || l.at(0, 0).Min.X >= l.at(0, 1).Min.X {
		t.Error("classes go down and answers to the right")
	}
}

// The curves are the means of the runs.
func TestLearningMeans(t *testing.T) {
	f := Learning{Runs: []LearningRun{{ValAcc: []float64{10, 90}, TrainLoss: []float64{2, 1}}, {ValAcc: []float64{30, 92}, TrainLoss: []float64{4, 3}}}}
	val := func(r LearningRun) []float64 { return r.ValAcc }
	s := f.series([2]func(LearningRun) []float64{val, val})[1]
	if s.X[0] != 1 || s.Mid[0] != 20 || s.Mid[1] != 91 || s.Lo[1] != 90 || s.Hi[1] != 92 {
		t.Errorf("%+v", s)
	}
}

// A short training is seen whole, from its first epoch; of a long one the figure says what is not.
func TestLearningLimits(t *testing.T) {
	steep := func(epochs int) Learning {
		r := LearningRun{}
		for e := range epochs {
			acc := 90 + float64(e)/float64(epochs)
			if e == 0 {
				acc = 12
			}
			r.TrainLoss, r.ValLoss = append(r.TrainLoss, 100-acc), append(r.ValLoss, 100-acc)
			r.TrainAcc, r.ValAcc = append(r.TrainAcc, acc), append(r.ValAcc, acc)
		}
		return Learning{Note: "A note.", Runs: []LearningRun{r}}
	}
	for _, c := range []struct {
		epochs     int
		from, to   float64
		cut, whole bool
	}{{1, 0.5, 1.5, false, true}, {5, 0.5, 5.5, false, true}, {10, 0.5, 10.5, false, true}, {100, 0, 100, true, false}} {
		f := steep(c.epochs)
		acc := func(r LearningRun) []float64 { return r.ValAcc }
		series := f.series([2]func(LearningRun) []float64{acc, acc})
		fig := Chart{Panels: []Panel{{Series: series}, {Series: series}}}
		panels, err := fig.check()
		if err != nil {
			t.Fatal(err)
		}
		below := limitEpochs(panels, c.epochs)
		x, y := panels[1].x, panels[1].y
		if x.min != c.from || x.max != c.to || (y.min <= 12) != c.whole || (below == y.min) != c.cut {
			t.Errorf("%d epochs: x %g to %g, y from %g, below %g", c.epochs, x.min, x.max, y.min, below)
		}
		if says := strings.Contains(string(render(t, f, "svg")), "are not shown."); says != c.cut {
			t.Errorf("%d epochs: the note says what is cut off: %v", c.epochs, says)
		}
	}
}

// An axis of accuracies ends at 100 %, which nothing is above, and goes on where something is.
func TestAccuracyEnds(t *testing.T) {
	for _, c := range []struct {
		values []float64
		max    func(top float64) bool
	}{
		{[]float64{60, 99.9, 100}, func(top float64) bool { return top == 100 }},
		{[]float64{100, 100, 100}, func(top float64) bool { return top == 100 }},
		{[]float64{40, 50, 60}, func(top float64) bool { return top > 60 && top < 62 }},
		{[]float64{60, 90, 104}, func(top float64) bool { return top > 104 }},
	} {
		for _, epochs := range []int{3, 20} {
			r := LearningRun{}
			for e := range epochs {
				y := c.values[min(e, len(c.values)-1)]
				r.TrainLoss, r.ValLoss, r.TrainAcc, r.ValAcc = append(r.TrainLoss, 1), append(r.ValLoss, 1), append(r.TrainAcc, y), append(r.ValAcc, y)
			}
			panels, err := Learning{Runs: []LearningRun{r}}.figure().check()
			if err != nil {
				t.Fatal(err)
			}
			limitEpochs(panels, epochs)
			if top := panels[1].y.max; !c.max(top) {
				t.Errorf("%v in %d epochs: the axis ends at %g", c.values, epochs, top)
			}
		}
	}
	for _, metric := range []string{"val", "test"} {
		p := chart(t, "trajectories,metric="+metric, other("", 0.0001, 0.0001)).Panels[0]
		x, _ := p.limitsX()
		if top := p.limitsY(x).max; top != 100 {
			t.Errorf("%s of incumbents: the axis ends at %g", metric, top)
		}
	}
	loss := twoArms()
	loss.About.Metric = evolve.PlainLoss
	if top := chart(t, "trajectories,metric=val", loss).Panels[0].Top; top != 0 {
		t.Errorf("a plain loss ends at %g", top)
	}
}

func TestTrainingFigureErrors(t *testing.T) {
	uneven := runs(2, 3)
	uneven[1].ValAcc = uneven[1].ValAcc[:2]
	late := runs(1, 3)
	late[0].Chosen = 4
	negative := matrix(2)
	negative.Counts[0][1] = -1
	for want, f := range map[string]figure{
		"no epoch": Learning{}, "run 2 has 3 and 2 epochs": Learning{Runs: uneven}, "chose epoch 4 of 3": Learning{Runs: late},
		"0 rows": Confusion{}, "2 rows and 1 labels": Confusion{Labels: []string{"a"}, Counts: [][]int{{1, 0}, {0, 1}}},
		"row 1 of a confusion matrix of 1 classes has 2": Confusion{Labels: []string{"a"}, Counts: [][]int{{1, 0}}}, "negative count": negative,
	} {
		if err := f.Write(io.Discard, "svg"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if err := matrix(2).Write(io.Discard, "gif"); err == nil {
		t.Error("a gif")
	}
}
