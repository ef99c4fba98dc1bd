// Package net says what a network is: a list of layers with shapes, and nothing that
// computes. From it the training graph is built, parameters and operations are counted, and
// files for other programs are written.
package net
