// Package nats reads the official files of NATS-Bench (Dong, Liu, Musial and Gabrys,
// TPAMI 2021, arXiv:2009.00437), one bzip2-compressed pickle an architecture, and answers
// what the official API answers from them. Nothing in a file is run.
package nats
