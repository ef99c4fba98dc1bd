package tabulate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestList(t *testing.T) {
	path := write(t, "cells", "\ufeff# three cells\n333333\r\n\n  000000 # dead\n"+
		"|avg_pool_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|")
	archs, kept, err := Open("nb201", path)
	if err != nil || !slices.Equal(archs, []evolve.Arch{"333333", "000000", "403103"}) {
		t.Fatal(archs, err)
	}
	// printf '333333\n000000\n403103\n' | sha256sum
	const want = "list=3,sha256=8e066843a1b007da107a3185877cf2ac26f4c491ad6d42401dacf5d710154870"
	if kept != want {
		t.Errorf("kept as %s, want %s", kept, want)
	}
	again, same, err := Open("nb201", write(t, "others", "333333\n000000\n403103\n"))
	if err != nil || same != kept || !slices.Equal(again, archs) {
		t.Errorf("%v, %s, %v", again, same, err)
	}
	if _, other, _ := Open("nb201", write(t, "others", "333333\n000000\n403102\n")); other == kept {
		t.Error("another list is kept alike")
	}
	if cells, kept, err := Open("nb201", "ops=0,1"); err != nil || kept != "ops=0,1" || len(cells) != 64 {
		t.Error(len(cells), kept, err)
	}
	for text, says := range map[string]string{
		"333333\n\n33333\n":        ":3: ",
		"333333\n000000 333333\n":  ":2: ",
		"333333\n000000\n333333\n": ":3: 333333 is there twice, first in line 1",
		"# none\n\n":               ": no cells: want one a line",
		"333333\nnasnet-a\n":       ":2: nasnet-a is a cell of the space nasnet, not of nb201",
	} {
		path := write(t, "bad", text)
		if _, _, err := Open("nb201", path); !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), path+says) {
			t.Errorf("%q: %v, want %s", text, err, says)
		}
	}
	if _, _, err := Open("nb201", "some"); !errors.Is(err, evolve.ErrInvalid) ||
		!strings.HasPrefix(err.Error(), `cells "some": want all, ops=0,1,3, sample=N or a file: `) {
		t.Error(err)
	}
	if _, _, err := Open("nb201", t.TempDir()); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "folder") {
		t.Error(err)
	}
}

// A build of a list on some of the images goes on with its own list alone, a check of its folder knows what is missing,
// and its packed table says how many images it was trained on.
func TestBuildOfAList(t *testing.T) {
	dir, p := t.TempDir(), protocol()
	p.Seeds, p.Recipe.Epochs, p.Recipe.Images = 1, 1, 200
	archs, kept, err := Open(p.Space, write(t, "cells", "333333\n000000\n403103\n"))
	if err != nil {
		t.Fatal(err)
	}
	p.Cells = kept
	ctx, cancel := context.WithCancel(context.Background())
	err = Build(ctx, dir, p, archs, Options{Procs: 1, Observer: evolve.On(func(b Built) { cancel() })})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if r, err := Verify(dir); err != nil || r.Unfinished != "1 of 3 runs have ended: amoeba table build goes on with it" {
		t.Errorf("%+v, %v", r, err)
	}
	other := p
	other.Cells = listed(archs[:2])
	err = Build(context.Background(), dir, other, archs[:2], Options{Procs: 1})
	if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), `says "cells": "list=3,sha256=`) {
		t.Error(err)
	}
	other = p
	other.Recipe.Images = 0
	err = Build(context.Background(), dir, other, archs, Options{Procs: 1})
	if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), `says "Images": 200 and this build `) {
		t.Error(err)
	}
	var heard []int
	o := Options{Procs: 1, Observer: evolve.On(func(b Built) { heard = append(heard, b.Done) })}
	if err := Build(context.Background(), dir, p, archs, o); err != nil || !slices.Equal(heard, []int{2, 3}) {
		t.Fatal(heard, err)
	}
	if r, err := Verify(dir); err != nil || r.Unfinished != "" {
		t.Errorf("%+v, %v", r, err)
	}
	packed, left, err := Pack(dir, 0, "")
	if err != nil || left != 0 || len(packed.Cells) != 3 || packed.Images.Train != 192 { // three batches of 64
		t.Errorf("%+v, %d left, %v", packed.Header, left, err)
	}
	p.Recipe.Images = 100_000
	err = Build(context.Background(), t.TempDir(), p, archs, Options{Procs: 1})
	if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "100000") {
		t.Error(err)
	}
}
