// Package baseline holds what is normal for a site: which server-side scripts
// it has, how each of them is used, how much of the site has been seen, and
// which of what was seen may be trusted.
//
// A [scriptpath.Namer] turns the path of a request into the one name of the script it
// reaches. A [Site] maps that name to a [Profile], learns from visits, decides
// when it has learned enough, and can be written to and read from storage.
//
// The files are in layers, and know only those below their own. From the lowest:
//
//   - [Hasher] and [Fingerprint]; [Key], [Method], [Trust], [Limits];
//   - a [Visit] with its [RequestFeatures], and the [Profile] that learns from it, of
//     which profile_methods, profile_counts, profile_features, profile_uses and
//     payload_origin are parts;
//   - [Verdict] and [Evidence], what was held against requests, of which
//     evidence_scripts and flagged_requests are parts;
//   - [Coverage], with novelty_drift and creation_rate; quota; [Scripts], the profiles;
//   - what else is known of the site: [Routes], [Directories], [NotFoundPages],
//     [PathMappings], [Rates], [Activity];
//   - what is decided: decision_log, [Containments], [Phases], [Decisions];
//   - [Site], which puts the parts together;
//   - snapshot and archive, which store it. Each part has its own record.
//
// The package imports neither Caddy nor an HTTP server. It takes time as an
// argument and starts no goroutine, so that a year of traffic can be replayed
// in seconds. All exported methods are safe for concurrent use unless they say
// otherwise; reading a profile takes no lock and allocates nothing.
//
// Client networks are stored as hashes keyed by a secret of the site. Nothing kept here
// identifies a visitor, but for [Evidence]: it holds the addresses of clients whose
// requests were flagged, for at most 30 days.
package baseline
