package plots

import (
	"os"
	"testing"
)

func TestInt(t *testing.T) {
	dir := os.Getenv("PLOTS_OUT")
	if dir == "" {
		t.Skip()
	}
	f := IntervalFigure{Title: "Reproduction of NAS-Bench-201, Table 5", XLabel: "CIFAR-10 test accuracy (%)", Note: "NAS-Bench-201 lookup, 500 seeds; 95 % bootstrap interval of the mean", Rows: []IntervalRow{
		{"random search", &Published{93.70, .36}, 93.66, 93.61, 93.72, "reproduced"}, {"regularized evolution", &Published{93.92, .30}, 93.95, 93.92, 93.98, "reproduced"}, {"REINFORCE", &Published{93.85, .37}, 93.55, 93.5, 93.6, "lower by 0.30"}, {"BOHB", &Published{Mean: 93.61}, 93.6, 93.5, 93.7, "no sd published"}, {"local search", nil, 94.1, 94.05, 94.14, "new"}}}
	for _, x := range []string{"png", "svg", "pdf"} {
		w, _ := os.Create(dir + "/int." + x)
		if err := f.Write(w, x); err != nil {
			t.Fatal(err)
		}
	}
}
