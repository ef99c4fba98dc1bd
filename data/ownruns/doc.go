// Package ownruns is the compact file of a space that this project has trained: every epoch of
// every run of every cell, with the protocol that all runs share.
package ownruns
