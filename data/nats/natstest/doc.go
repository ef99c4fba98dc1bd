// Package natstest writes files of NATS-Bench as its authors publish them, for the tests of
// what reads them.
package natstest
