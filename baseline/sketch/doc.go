// Package sketch has the small data structures that the rest of the module counts
// and remembers with: how many distinct values there were, of which sizes, which
// of them were seen lately, and on which days. Each has a fixed size, whatever
// comes in, a zero value that is ready for use, and methods that may be called
// concurrently and take no lock.
//
// Values are 64-bit hashes. Whoever chooses the values must not know the key of the
// hash: collisions are easily found by those who do.
package sketch
