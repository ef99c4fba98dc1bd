package report

import (
	"bytes"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Every field of a trial stands under its head with its unit, a failed trial has no loss and its reason, and a text
// with quotes, commas and line ends is one field.
func TestWriteTrials(t *testing.T) {
	s := &trace.Set{About: evolve.About{Epochs: 12}, Objectives: []evolve.Objective{
		evolve.TrainedObjective(evolve.Accuracy), evolve.NewObjective("throughput:a")}}
	end := journal.Entry{Trial: 2, Seconds: 7, Spent: 9, SpentEpochs: 24, Arch: "b", Loss: .25, Others: []float64{-40},
		ValError: .5, TestError: math.NaN(), Final: true}
	step := end
	step.Final, step.Best, step.Epochs, step.Others = false, true, 4, nil
	s.Arms = []trace.Arm{{Algo: "r,k=1", Label: "R", Runs: []trace.Run{{Entries: []journal.Entry{step}, Final: end}}}}
	write := func(asJSON bool) string {
		t.Helper()
		var b bytes.Buffer
		if n, err := WriteTrials(&b, s, asJSON); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		return b.String()
	}
	same := func(want string, asJSON bool) {
		t.Helper()
		if d := cmp.Diff(want, write(asJSON)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
	same("label,algorithm,run,trial,seconds (s),spent (s),spent_epochs,arch,epochs,loss,observed (%),val (%),test (%),throughput:a (/s),best,final\n"+
		"R,\"r,k=1\",0,2,7,9,24,b,4,0.25,75,50,,,true,false\n"+
		"R,\"r,k=1\",0,2,7,9,24,b,12,0.25,75,50,,40,false,true\n", false)
	s.RunTrials = func(algo string, run int) ([]journal.Trial, error) {
		return []journal.Trial{
			{ID: 1, Arch: "a", Seed: math.MaxUint64, Loss: .125, Others: []float64{-3}, Cost: 1e-7, End: 1e15, Known: true},
			{ID: 2, Arch: "b", Epochs: 4, From: 1, Trained: 2, Parent2: 1, Loss: journal.Loss(math.Inf(1)), Start: 2, End: 3.5, Error: "\"no\", it\nfailed"},
		}, nil
	}
	same("label,algorithm,run,trial,arch,epochs,from,trained,parent1,parent2,known,seed,loss,observed (%),throughput:a (/s),cost (s),start (s),end (s),error\n"+
		"R,\"r,k=1\",0,1,a,12,,,,,true,18446744073709551615,0.125,87.5,3,1e-07,0,1e+15,\n"+
		"R,\"r,k=1\",0,2,b,4,1,2,,1,false,0,,,,0,2,3.5,\"\"\"no\"\", it\nfailed\"\n", false)
	same(`{"label":"R","algorithm":"r,k=1","run":0,"trial":1,"arch":"a","epochs":12,"from":null,"trained":null,"parent1":null,"parent2":null,"known":true,`+
		`"seed":"18446744073709551615","loss":0.125,"observed":87.5,"throughput:a":3,"cost":1e-7,"start":0,"end":1000000000000000,"error":""}`+"\n"+
		`{"label":"R","algorithm":"r,k=1","run":0,"trial":2,"arch":"b","epochs":4,"from":1,"trained":2,"parent1":null,"parent2":1,"known":false,`+
		`"seed":"0","loss":null,"observed":null,"throughput:a":null,"cost":0,"start":2,"end":3.5,"error":"\"no\", it\nfailed"}`+"\n", true)
}
