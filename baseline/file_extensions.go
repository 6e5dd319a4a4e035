package baseline

import "github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"

// programShare makes an extension one of programs if they answered more than one in
// fifty visits: a stray payload to a style sheet must not.
const programShare = 50

// LearnExtension notes how a path that names no script was answered: as a file is,
// or by a program.
func (d *Directories) LearnExtension(path string, dynamic bool) {
	if ext := scriptpath.Extension(path); ext != "" {
		d.learn(d.extensionKey(ext), dynamic)
	}
}

// ProgramsAnswer reports whether programs were seen to answer paths with this extension, as
// more than a stray payload.
func (d *Directories) ProgramsAnswer(path string) bool {
	served, seen := d.known.Load(d.extensionKey(scriptpath.Extension(path)))
	if !seen {
		return false
	}
	static, dynamic := served.Visits()
	return dynamic > 0 && dynamic*programShare >= static
}

// ServesAsFile reports whether paths with this extension are files: they were seen to
// be, or nothing was seen and they usually are.
func (d *Directories) ServesAsFile(path string) bool {
	ext := scriptpath.Extension(path)
	if ext == "" {
		return false
	}
	if served, seen := d.known.Load(d.extensionKey(ext)); seen {
		static, dynamic := served.Visits()
		return dynamic*programShare < static
	}
	return scriptpath.UsuallyStatic(path)
}

// LearnFileType notes whether what ends like a static file was sent as a page.
func (d *Directories) LearnFileType(path string, page bool) {
	if ext := scriptpath.Extension(path); ext != "" {
		d.learn(d.extensionKey(ext+pageSuffix), page)
	}
}

// SentAsPages reports whether half of the files with this extension, or more, were sent as
// pages: then the type that the site says means nothing.
func (d *Directories) SentAsPages(path string) bool {
	other, pages := d.lookup(d.extensionKey(scriptpath.Extension(path) + pageSuffix)).Visits()
	return pages > 0 && pages >= other
}

func (d *Directories) lookup(key uint64) *Directory {
	found, _ := d.known.Load(key)
	return found
}

// pageSuffix keeps the types of files apart from what answers to their extensions, none of
// which has a slash.
const pageSuffix = "/page"

// extensionKey is apart from those of directories: no root has a NUL.
func (d *Directories) extensionKey(ext string) uint64 { return d.hash.chain(d.hash.Text("\x00"), ext) }
