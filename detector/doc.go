// Package detector decides what is suspicious. It turns one exchange, a
// request with its response, into signals, a score and a verdict, against what
// package baseline holds to be normal.
//
//	exchange → name → profile → signals → score → verdict
//
// The same detector runs in line, where an exchange is judged twice (when the
// request arrives and when the response's headers are known), and over logs.
// What differs is only which facts an exchange carries.
//
// To add a signal, copy one of the signal_*.go files, give it an unused ID and
// add it to the list in signals.go.
package detector
