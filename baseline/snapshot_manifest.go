package baseline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

const (
	snapshotFormat   = 2                        // 1 had counters that could not be merged
	manifestName     = "manifest.json"          // written last: what it names is whole
	previousName     = "manifest.previous.json" // the generation before
	generationLayout = "20060102T150405.000000000Z"
)

// A manifest names the parts of one generation and holds what they do not, part of
// the site by part. docs/snapshots.md describes the format.
type manifest struct {
	generationID
	Site   string    `json:"site"`
	Secret [2]uint64 `json:"secret"`
	periodRecord
	scriptsRecord
	coverageRecord
	Rates     ratesRecord      `json:"rates"`
	Activity  []activityRecord `json:"activity,omitempty"`
	Mappings  []mappingRecord  `json:"mappings,omitempty"`
	OwnHost   string           `json:"own_host,omitempty"` // as Referers say, where logs do not
	NotFound  []notFoundRecord `json:"not_found,omitempty"`
	Missing   missingRecord    `json:"missing_names,omitzero"`
	Decisions []Decision       `json:"decisions,omitempty"`
	Denials   []DenialRule     `json:"denials,omitempty"`
	Deploy    deployRecord     `json:"deploy"`
	Changes   []changeRecord   `json:"changes,omitempty"`
	// PastDeploys are the beginnings and ends of the windows before, oldest first.
	PastDeploys [][2]int64 `json:"past_deploys,omitempty"`
	containmentRecord
	Suffixes string `json:"suffixes,omitempty"` // of scripts
	Profiles int    `json:"profiles"`
	Parts    []part `json:"parts"`
}

// A part is one object of profiles.
type part struct {
	Name   string `json:"name"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

// envelope guards a manifest by a checksum, and tells its format before the
// rest is read.
type envelope struct {
	Format   int             `json:"format"`
	SHA256   string          `json:"sha256"`
	Manifest json.RawMessage `json:"manifest"`
}

// seal encodes the manifest in its envelope.
func (m *manifest) seal() ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encoding the manifest: %w", err)
	}
	object, err := json.Marshal(envelope{Format: snapshotFormat, SHA256: checksum(body), Manifest: body})
	if err != nil {
		return nil, fmt.Errorf("encoding the manifest: %w", err)
	}
	return object, nil
}

func loadManifest(o Objects, name string) (*manifest, error) {
	object, err := o.Load(name)
	if err != nil {
		return nil, err
	}
	return parseManifest(object)
}

func parseManifest(object []byte) (*manifest, error) {
	var e envelope
	if err := json.Unmarshal(object, &e); err != nil {
		return nil, fmt.Errorf("%w: manifest: %w", ErrCorrupt, err)
	}
	if 0 < e.Format && e.Format < snapshotFormat {
		return nil, outdatedError(e.Format)
	}
	if e.Format != snapshotFormat {
		return nil, fmt.Errorf("%w: format %d, this version reads %d", ErrCorrupt, e.Format, snapshotFormat)
	}
	if checksum(e.Manifest) != e.SHA256 {
		return nil, fmt.Errorf("%w: the manifest's checksum is wrong", ErrCorrupt)
	}
	m := new(manifest)
	if err := json.Unmarshal(e.Manifest, m); err != nil {
		return nil, fmt.Errorf("%w: manifest: %w", ErrCorrupt, err)
	}
	return m, nil
}

func checksum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
