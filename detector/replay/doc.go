// Package replay looks back: it plays old logs through the detector that judges in
// line, and tells what it would have said.
//
//	files → (spool, sort) → merge by time → judge → learn → tell
//
// Every log is read twice. The first reading finds out from when to when it goes and
// whether its lines are in order, the second one plays it. Memory is bounded
// whatever the logs hold: a log that is far out of order is sorted through
// temporary files.
package replay
