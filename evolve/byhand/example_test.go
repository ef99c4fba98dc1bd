package byhand_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/byhand"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	_ "github.com/amoeba-nas/amoeba/evolve/space"
)

// A study of bit strings whose zeros are to become fewer; each step could be a process of its own.
func Example() {
	dir, err := os.MkdirTemp("", "study")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	var s byhand.State
	for range 60 {
		q, err := byhand.Ask(context.Background(), dir, byhand.Given{Space: "bits,length=8", Algo: "regevo,population=10,sample=3"})
		if err != nil {
			panic(err)
		}
		zeros := strings.Count(string(q.Arch), "0")
		if s, err = byhand.Tell(context.Background(), dir, q.Trial, byhand.Result{Loss: float64(zeros)}); err != nil {
			panic(err)
		}
	}
	fmt.Println(s.Trials, s.Best.Arch, s.Best.Loss)
	// Output: 60 11111111 0
}
