// Package holdings treats published tables and image sets alike: where each can be had, fetching and importing
// it into the data home, what is there of it, and checking that again.
package holdings
