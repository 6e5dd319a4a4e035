// Package client remembers what client networks did lately: which pages they read,
// what they looked for in vain, what they uploaded. It is bounded, holds hashes and
// times and no word of a client's, and may forget: no trust rests on it.
package client
