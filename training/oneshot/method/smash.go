package method

import "github.com/amoeba-nas/amoeba/evolve/adam"

// smashRank is the rank of the hypernetwork, which has about 1 + rank times the kernels of its supernet.
const smashRank = 4

// smashAdam are adam's settings in ajbrock/SMASH (SMASH.py), which took them from DCGAN. The rate is the schedule's.
var smashAdam = adam.Options{Beta1: .5, Epsilon: 1e-4}
