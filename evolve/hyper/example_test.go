package hyper_test

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/hyper"
)

// A space by a file, and the values of one of its genomes.
func ExampleRead() {
	s, err := hyper.Read("own.yaml", []byte(`
- {name: lr, type: float, low: 1e-4, high: 1, log: true}
- {name: optimizer, type: choice, choices: [sgd, adam]}
- {name: momentum, type: float, low: 0, high: 0.99, if: {optimizer: sgd}}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	a := s.Sample(evolve.Stream(1, "example"))
	_, values, err := s.Values(a)
	fmt.Println(len(values) > 1, err)
	_, values, err = s.Values("lr=0.1,optimizer=sgd,momentum=0.9")
	fmt.Println(values, err)
	_, err = s.Canon("lr=0.1,optimizer=adam,momentum=0.9")
	fmt.Println(err)
	// Output:
	// true <nil>
	// [{lr 0.1} {optimizer sgd} {momentum 0.9}] <nil>
	// hyper: momentum does not apply, since optimizer is not sgd: invalid
}
