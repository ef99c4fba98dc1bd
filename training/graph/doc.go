// Package graph makes gorgonia graphs of networks: a graph that trains and one that only
// answers, on shared weights, with one block of memory planned for all activations.
package graph
