package plots

import (
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

// What the figures of a training say of its network, in the words of their title and caption.
func TestTrained(t *testing.T) {
	_, a, _ := space.Published("amoebanet-a")
	of := Trained{Space: "nasnet", Arch: a, Data: "digits", Weights: "of the last epoch", Params: 15625, Recipe: "sgd"}
	one := of.Learning(make([]LearningRun, 1))
	if one.Title != "nasnet, AmoebaNet-A on digits" ||
		one.Note != "One seed; dots: the weights that were tested, of the last epoch. 15,625 parameters; sgd." {
		t.Errorf("%q %q", one.Title, one.Note)
	}
	of.Skeleton, of.Control, of.Arch = "tf", "labels were shuffled", "301003"
	three := of.Learning(make([]LearningRun, 3))
	if three.Title != "nasnet in the skeleton tf, 301003 on digits" ||
		!strings.HasPrefix(three.Note, "Control: labels were shuffled. Mean of 3 seeds, thin lines are the seeds; dots: ") {
		t.Errorf("%q %q", three.Title, three.Note)
	}
	c := of.Confusion(7, []string{"a", "b"}, [][]int{{3, 1}, {0, 4}})
	if c.Title != "nasnet 301003, seed 7, test images of digits" || !strings.HasPrefix(c.Note, "87.50 % of 8 images are right.") {
		t.Errorf("%q %q", c.Title, c.Note)
	}
}
