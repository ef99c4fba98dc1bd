// Package landscape measures how the losses of a space lie: how far a random walk remembers where it was, whether the
// loss leads to the best architecture, and where a local search ends.
package landscape
