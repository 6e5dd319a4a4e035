package baseline

import "fmt"

// Author is who made a decision, as far as that is known. The zero value is the guard
// itself.
type Author struct {
	// Via is the way the decision came: [ViaUnixSocket], a client's address, or the part
	// of the program that made it.
	Via string `json:"via,omitempty"`
	// UID is the account at the other end of a Unix socket; nil if that is unknown.
	UID *uint32 `json:"uid,omitempty"`
	// Claimed is who the author claims to be. Nothing vouches for it.
	Claimed string `json:"claimed,omitempty"`
}

// ViaUnixSocket is the way of a decision that came over a Unix socket.
const ViaUnixSocket = "unix socket"

// String says it in words.
func (a Author) String() string {
	text := a.Via
	switch {
	case a.UID != nil:
		text = fmt.Sprintf("uid %d on a Unix socket", *a.UID)
	case a.Via == ViaUnixSocket:
		text = "an unknown account on a Unix socket"
	case a.Via == "":
		text = "webshell_guard"
	}
	if a.Claimed != "" {
		text += ", claims to be " + a.Claimed
	}
	return text
}
