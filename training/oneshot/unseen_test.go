package oneshot_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/internal/long"
	"github.com/amoeba-nas/amoeba/training/oneshot"
	_ "github.com/amoeba-nas/amoeba/training/oneshot/method"
)

// With noise in the place of all test images every method proposes, trains, finds and answers the same.
func TestMethodsDoNotSeeTestImages(t *testing.T) {
	long.Test(t)
	for _, algo := range []string{
		"rsws,epochs=2,candidates=6,batches=1,finalists=2", "spos,epochs=2,trials=6,fair=yes,refit=1",
		"enas,epochs=2,units=4,updates=1,aggregate=2,answers=3", "darts,epochs=3,order=2,eigenvalue=yes",
		"darts,epochs=1,select=perturbation,tune=1", "gdas,epochs=2", "snas,epochs=2", "drnas,epochs=2",
		"pcdarts,epochs=2,K=2,frozen=0", "setn,epochs=2,trials=4", "smash,epochs=2,random=4,perturbed=2,chained=2",
	} {
		if seen, unseen := studied(t, algo, false), studied(t, algo, true); seen != unseen {
			t.Errorf("%s: with test images\n%s\nwith noise\n%s", algo, seen, unseen)
		}
	}
}

// studied says all that comes of a search: its trials, its answer, and its checkpoints by their digests.
func studied(t *testing.T, algo string, noisy bool) string {
	t.Helper()
	b := evolvetest.Open(t, evolve.Benchmarks, "oneshot:digits,F=2,batch=32,images=64").(*oneshot.Benchmark)
	if noisy {
		b.SpoilTest()
	}
	dir, s := t.TempDir(), evolvetest.Open(t, evolve.Searchers, algo)
	in, err := b.In(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	said := new(record)
	pool := evolve.Local(s.(evolve.Evaluator), evolve.LocalOptions{Window: 1})
	study := evolve.Study{Problem: in.Problem(), Searcher: s, Pool: pool, Recorder: said, Seed: 7}
	if _, err := study.Run(t.Context()); err != nil {
		t.Fatalf("%s: %v", algo, err)
	}
	answer, _ := s.(evolve.Recommender).Recommend()
	fmt.Fprintln(said, "answer", answer)
	kept, err := filepath.Glob(filepath.Join(dir, "*.ckpt"))
	if err != nil || len(kept) == 0 {
		t.Fatalf("%s: checkpoints %v, %v", algo, kept, err)
	}
	for _, path := range kept {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(said, "%s %x\n", filepath.Base(path), sha256.Sum256(text))
	}
	return said.String()
}

// record is what trials came to, a line each.
type record struct{ strings.Builder }

func (r *record) Record(o *evolve.Outcome) error {
	_, err := fmt.Fprintln(r, o.ID, o.Arch, o.Loss, o.Err)
	return err
}
