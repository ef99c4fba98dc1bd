package surrogate

import (
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestChannelIsThePublishedTable(t *testing.T) {
	needImported(t, "channel")
	for _, c := range []struct {
		net, file, best string
		accuracy        float64
	}{
		{"resnet", "channelbench_resnet_cifar10.csv.gz", "4344424", 93.8933},
		{"mobilenet", "channelbench_mobilenet_cifar10.csv.gz", "4444342", 91.8867},
	} {
		b := ofRows(t, "channel:"+c.net)
		runsOf(t, b, readSheet(t, "channelbench-macro", c.file), c.net+"_")
		near(t, "best", 100*(1-b.About().BestTest), c.accuracy, 5e-5)
		if s := scored(t, b, evolve.Arch(c.best)); s.Test != b.About().BestTest {
			t.Errorf("%s is not the best: %+v", c.best, s)
		}
		if a := b.About(); a.Dataset != c.net || a.Epochs != 1 {
			t.Errorf("%+v", a)
		}
	}
	_, err := tryOpen("channel:resnett")
	oneLine(t, err, evolve.ErrUnknown, `did you mean "resnet"?`)
	// A size is the network's own.
	s := readSheet(t, "channelbench-macro", "channelbench_mobilenet_cifar10.csv.gz")
	b := ofRows(t, "channel:mobilenet,objectives=error+flops")
	if r := asks(t, b, of(evolve.Arch(s.text(5, "arch")))); len(r.Others) != 1 || r.Others[0] != s.float(5, "flops") {
		t.Errorf("%+v, want %v", r, s.float(5, "flops"))
	}
	_, err = tryOpen("channel:mobilenet,objectives=error+resnet_params")
	oneLine(t, err, evolve.ErrUnknown, `"resnet_params"`, "known: error, params, flops")
}
