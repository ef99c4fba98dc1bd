// Package method has the searchers that train the weights they search on, one file each: random search, sampling of
// paths, controllers, gradients and hypernetworks. What they train is a [oneshot.Course], which the benchmark oneshot:
// offers; what they are told of an architecture is its error on the shared weights.
//
// There are two kinds. Of one, [followed], a trial is an epoch, and what the trial finds is what the method would
// answer after it. The other, [scored], trains first, within its first trial; then every trial is an architecture whose
// score the shared weights give, as an inner searcher proposes them.
//
// Every method has two presets. published has the rates of its paper and as many steps; small, the default, has 800 to
// 2,400 steps on digits, and raises the rates of what chooses architectures so far that it moves in these.
package method
