//go:build !unix

package papers

import "time"

var began = time.Now()

// processorSeconds is the real time: what this process has had of the processors is not asked here.
func processorSeconds() float64 { return time.Since(began).Seconds() }
