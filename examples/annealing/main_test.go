package main

import "fmt"

// As the manual shows it.
func Example() {
	if err := compare(""); err != nil {
		fmt.Println(err)
	}
	// Output:
	// annealing                     91.514 ± 0.069
	// regevo,population=20,sample=5 91.562 ± 0.051
	// random                        91.151 ± 0.059
}
