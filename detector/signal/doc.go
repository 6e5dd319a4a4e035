// Package signal holds the evidence: each signal is a pure function of [Features],
// in a file of its own, and weighs one observation in bits.
//
// To add a signal, copy a file, give it an unused ID and a family, add one line to
// the catalogue in catalog.go, a test that shows it firing and silent, and a row to
// docs/signals.md. If it needs an observation that [Features] lacks, add a field
// there and fill it in package detector (features_*.go). No signal calls another:
// what two of them look at is a feature.
package signal
