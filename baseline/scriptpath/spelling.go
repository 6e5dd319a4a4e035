package scriptpath

// Spelling says in which ways a request's path differed from the canonical
// one. Only the first two are common in honest traffic.
type Spelling uint16

// The ways to spell a path that are not the canonical one.
const (
	SpelledSlashes   Spelling = 1 << iota // repeated slashes or dot segments
	SpelledPathInfo                       // something after the script's name
	SpelledEncoded                        // encoded twice, overlong, or a letter encoded without need
	SpelledBackslash                      // a back-slash for a slash
	SpelledParams                         // ;parameters in a segment
	SpelledStream                         // an NTFS stream such as ::$DATA
	SpelledTrailing                       // trailing dots, spaces or control characters
	SpelledNUL                            // a NUL byte
	SpelledCase                           // upper-case letters in the suffix
)

// Disguised reports whether the spelling has a form that honest clients do not
// produce.
func (s Spelling) Disguised() bool { return s&^(SpelledSlashes|SpelledPathInfo) != 0 }
