// Package detector decides what is suspicious. It carries an exchange, a request with
// its response, through the stages in which it becomes known, and judges it against
// what package baseline holds to be normal.
//
//	exchange → subject → features → signals → verdict → refusal
//
// An [Evaluation] does it: begin at the request, go on with the body, the response
// and the end of the answer, then learn. Judging (evaluation_*.go, locate.go,
// features_*.go, score.go) reads only; everything that is remembered is written in
// learn_*.go. The same evaluation runs in line and over logs, where only the facts
// that an exchange carries differ.
//
// Package signal has the signals, and says how to add one.
package detector
