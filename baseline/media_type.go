package baseline

import "strings"

// MediaType is what a request says that its body is, as a profile keeps it: the common
// types each have a place, others share some, so that a client cannot grow a profile.
type MediaType uint8

// The types with a place of their own.
const (
	MediaUnknown   MediaType = iota // or no payload
	MediaNone                       // the body has no type
	MediaForm                       // application/x-www-form-urlencoded
	MediaMultipart                  // multipart/form-data
	MediaJSON                       // application/json
	MediaXML                        // application/xml, text/xml
	MediaText                       // text/plain
	MediaBinary                     // application/octet-stream
	// MediaUpgrade is no type: the connection became one of another protocol.
	MediaUpgrade
	mediaOthers // the first of the others
	mediaCount  = 32
)

// MediaTypeOf returns the place of a Content-Type.
func (h Hasher) MediaTypeOf(contentType string) MediaType {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.TrimSpace(media)
	if media == "" {
		return MediaNone
	}
	for i, known := range mediaNames {
		if strings.EqualFold(media, known) {
			return mediaOf[i]
		}
	}
	return mediaOthers + MediaType(h.Text(strings.ToLower(media))%uint64(mediaCount-mediaOthers))
}

// mediaNames are the types with a place, mediaOf the places.
var (
	mediaNames = [...]string{
		"application/x-www-form-urlencoded", "multipart/form-data", "application/json", "application/xml", "text/xml", "text/plain", "application/octet-stream",
	}
	mediaOf = [len(mediaNames)]MediaType{MediaForm, MediaMultipart, MediaJSON, MediaXML, MediaXML, MediaText, MediaBinary}
)
