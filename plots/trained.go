package plots

import (
	"cmp"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Trained is what the figures of a trained network say of it.
type Trained struct {
	Space    string
	Arch     evolve.Arch
	Skeleton string // "" where it is the default
	Data     string
	Weights  string // which were tested, such as "of the last epoch"
	Params   int
	Recipe   string // in words
	Control  string // why the training is a control; "" where it is none
}

// Learning is the figure of a training's learning curves, a run a seed.
func (t *Trained) Learning(runs []LearningRun) Learning {
	f := Learning{Title: fmt.Sprintf("%s, %s on %s", t.Space, cellName(t.Space, t.Arch), t.Data), Runs: runs}
	if t.Skeleton != "" {
		f.Title = fmt.Sprintf("%s in the skeleton %s, %s on %s", t.Space, t.Skeleton, cellName(t.Space, t.Arch), t.Data)
	}
	lines := "One seed"
	if len(runs) > 1 {
		lines = fmt.Sprintf("Mean of %d seeds, thin lines are the seeds", len(runs))
	}
	f.Note = fmt.Sprintf("%s; dots: the weights that were tested, %s. %s parameters; %s.",
		lines, t.Weights, number.Grouped(t.Params), t.Recipe)
	if t.Control != "" {
		f.Note = "Control: " + t.Control + ". " + f.Note
	}
	return f
}

// Confusion is the figure of what the weights of a seed make of test images: counts by class and answer.
func (t *Trained) Confusion(seed uint64, labels []string, counts [][]int) Confusion {
	right, images := 0, 0
	for k, row := range counts {
		right += row[k]
		for _, n := range row {
			images += n
		}
	}
	return Confusion{
		Title: fmt.Sprintf("%s %s, seed %d, test images of %s", t.Space, cellName(t.Space, t.Arch), seed, t.Data),
		Note: fmt.Sprintf(
			"%.2f %% of %d images are right. A cell counts images, its shade is the share of their class.",
			100*float64(right)/float64(images), images),
		Labels: labels, Counts: counts,
	}
}

// cellName is the name of the published cell that an architecture is, else as much of its genome as a title has room
// for.
func cellName(of string, a evolve.Arch) string {
	return cmp.Or(space.PublishedName(of, a), words.Genome(a))
}
