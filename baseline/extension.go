package baseline

import "github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"

// programShare makes an extension one of programs if they answered more than one in
// fifty visits: a stray payload to a style sheet must not.
const programShare = 50

// LearnExtension notes how a path that names no script was answered: as a file is,
// or by a program.
func (s *Site) LearnExtension(path string, dynamic bool) {
	if ext := scriptpath.Extension(path); ext != "" {
		s.learnPlace(s.extensionHash(ext), dynamic)
	}
}

// ServesAsFile reports whether paths with this extension are files: they were seen to
// be, or nothing was seen and they usually are.
func (s *Site) ServesAsFile(path string) bool {
	ext := scriptpath.Extension(path)
	if ext == "" {
		return false
	}
	if place, seen := s.places.dirs.Load(s.extensionHash(ext)); seen {
		static, dynamic := place.Visits()
		return dynamic*programShare < static
	}
	return scriptpath.UsuallyStatic(path)
}

// KnowsPlace reports whether something was served from this very directory while
// the site was learned.
func (s *Site) KnowsPlace(root, dir string) bool {
	_, ok := s.places.dirs.Load(s.placeHash(root, s.Template(root, dir)))
	return ok
}

// extensionHash is apart from those of directories: no root has a NUL.
func (s *Site) extensionHash(ext string) uint64 { return s.chainHash(s.textHash("\x00"), ext) }
