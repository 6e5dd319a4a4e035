// Package accesslog reads exchanges from logs, for a detector to judge: the
// combined, vhost_combined and common formats of Apache httpd and nginx, the
// JSON access log of Caddy, the W3C extended format of IIS, and HAR.
//
//	bytes → (gunzip) → lines → one parser per format → Entry
//
// An [Entry] carries the facts that its format has, and says which of the
// optional ones it knows. No access log tells of rewriting: what was asked for
// is taken for what ran.
//
// Logs are written by attackers too. Nothing in a line is an error, it is
// counted; a line cannot hide the next one, nor make a Reader hold more than a
// line's worth of memory. Fields that a client wrote are unescaped but never
// interpreted.
//
// To add a format, write a parser beside combined.go, and give the format a
// name in format.go and, if it can be told from the others, a place in
// [Reader.parse].
package accesslog
