// Package alert decides which exchanges a person is told of at once, and which are
// summed up later, so that a log is read to its end.
package alert
