// Package scriptpath reads request paths as servers do: it finds the canonical
// name of the script that a path means, the other scripts it may mean to some
// server, and what a path's form says (an executable suffix, a static one, a
// directory where data is kept, a segment that varies).
//
// It keeps no state and knows no site. All functions are safe for concurrent use.
// docs/script-identity.md says which server honours which form.
package scriptpath
