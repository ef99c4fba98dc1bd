// Package graph makes gorgonia graphs of networks: a graph that trains and one that only answers, on shared weights.
//
// A [Model] is slabs of a device with all weights, gradients and running statistics of a network. A [Graph] is the
// network's operations on them: gorgonia orders them and says what is a gradient of what, a plan gives all activations
// their places in one block of memory, and gorgonia's tape runs once. What runs in it makes the device's calls, with
// operands that stay where they are, and the device repeats these: what changes from step to step is uploaded before.
//
// The graph of a supernet ([Options].Paths) is made once as well, with all candidates. Its tape does not run: a pass is
// found for each path or mixture ([Graph.Path]), and its calls are made by the same operations.
package graph
