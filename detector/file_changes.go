package detector

import (
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// changesFresh is how long a look at a known script's file, and at what configures its
// directories, is good for. It is an estimate: a command seconds after the change is
// missed, and one look in five seconds costs nothing.
const changesFresh = 5 * time.Second

// Changes says when the files that decide what a script does were changed last.
type Changes struct {
	// File is the change time of the script's own file; zero if unknown.
	File time.Time
	// Configurations are the files that say how the directories from the root down to the
	// script are served, as far as they exist.
	Configurations []Configuration
}

// Configuration is a file by which a directory configures the server or the language,
// such as .htaccess.
type Configuration struct {
	Path    string // below the document root, with a leading slash
	Changed time.Time
}

// ChangeWatch is what [Files] may implement as well, to tell of changes to the files of
// scripts that are known. It is asked once in some seconds for each script.
type ChangeWatch interface {
	Changes(baseline.Key) Changes
}

// findAlteration finds out what became of a known script since learning ended that
// nobody vouches for. It costs two atomic reads, and a look at files at most every
// changesFresh.
func (e *Evaluation) findAlteration() *baseline.Alteration {
	s := &e.subject
	if s.profile == nil || s.key.Root == "" || s.asset || s.route || !e.enforcing() || e.d.changes == nil || s.profile.Novel() {
		return nil
	}
	if s.profile.LookDue(e.x.Time, changesFresh) {
		e.m.Scripts.NoteAlteration(s.profile, e.lookForAlteration())
	}
	return s.profile.Alteration()
}

func (e *Evaluation) lookForAlteration() *baseline.Alteration {
	s, a := &e.subject, baseline.Alteration{}
	c := e.d.changes.Changes(s.key)
	if !e.excused(s.key, c.File) {
		a.File = c.File
	}
	for _, file := range c.Configurations {
		key := baseline.Key{Root: s.key.Root, Path: file.Path}
		if e.excused(key, file.Changed) || !file.Changed.After(a.Configuration) {
			continue
		}
		if p := e.m.Scripts.Lookup(key); p == nil || !p.ApprovedSince(file.Changed) {
			a.Configuration, a.ConfiguredBy = file.Changed, file.Path
		}
	}
	if a.File.IsZero() && a.Configuration.IsZero() {
		return nil
	}
	return &a
}

// excused reports whether a file's change says nothing against the script: it is of the
// time before learning ended, an operator's deploy, or older than what an operator
// decided about the script.
func (e *Evaluation) excused(key baseline.Key, changed time.Time) bool {
	return changed.IsZero() || changed.Before(e.m.Phases.Closed().Add(-clockTick)) ||
		e.m.Decisions.DeployedEver(key, changed) || !changed.After(e.subject.profile.DecidedAt())
}

// alteredUse reports whether a script that was altered is asked for in a way that can
// carry a command in what is looked at. A scanner's probe for another script, to which
// the front controller answers that it is not there, is not.
func (e *Evaluation) alteredUse() bool {
	s := &e.subject
	return s.alteration != nil && (e.x.CarriesPayload() || e.x.Query != "") && (!s.fellThrough || !e.x.gone())
}
