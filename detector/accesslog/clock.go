package accesslog

import (
	"strings"
	"time"
)

// clfClock parses the times of the common log format by hand, and remembers
// the last day: most lines are of the same one.
type clfClock struct {
	date     string
	midnight int64 // of that day, in seconds of Unix time, before the zone
}

// layoutLen is the length of `02/Jan/2006:15:04:05 -0700`.
const layoutLen = len("02/Jan/2006:15:04:05 -0700")

// parse parses the time that s begins with, perhaps with a fraction of the
// second, and returns its length: zero if there is none.
func (c *clfClock) parse(s string) (t time.Time, n int) {
	if len(s) < layoutLen || s[2] != '/' || s[6] != '/' || s[11] != ':' || s[14] != ':' || s[17] != ':' {
		return t, 0
	}
	if s[:11] != c.date && !c.setDate(s[:11]) {
		return t, 0
	}
	hour, minute, second := twoDigits(s[12:]), twoDigits(s[15:]), twoDigits(s[18:])
	if hour > 23 || minute > 59 || second > 60 {
		return t, 0
	}
	nanos, n := int64(0), 20
	if s[n] == '.' {
		end := n + 1
		for end < len(s) && s[end]-'0' < 10 {
			end++
		}
		if nanos = fraction(s[n+1:end], 9); nanos < 0 || len(s) < end+6 {
			return t, 0
		}
		n = end
	}
	if s[n] != ' ' || s[n+1] != '+' && s[n+1] != '-' {
		return t, 0
	}
	zoneHour, zoneMinute := twoDigits(s[n+2:]), twoDigits(s[n+4:])
	if zoneHour > 23 || zoneMinute > 59 {
		return t, 0
	}
	zone := int64(zoneHour)*3600 + int64(zoneMinute)*60
	if s[n+1] == '-' {
		zone = -zone
	}
	unix := c.midnight + int64(hour)*3600 + int64(minute)*60 + int64(second) - zone
	return time.Unix(unix, nanos).UTC(), n + 6
}

// setDate parses `02/Jan/2006`.
func (c *clfClock) setDate(s string) bool {
	const months = "JanFebMarAprMayJunJulAugSepOctNovDec"
	month := strings.Index(months, s[3:6])
	year := number(s[7:11])
	day := int(twoDigits(s))
	if month < 0 || month%3 != 0 || year < 0 {
		return false
	}
	date := time.Date(int(year), time.Month(month/3+1), day, 0, 0, 0, 0, time.UTC)
	if date.Day() != day { // there is no 31st of June
		return false
	}
	c.date, c.midnight = strings.Clone(s), date.Unix()
	return true
}

// twoDigits returns the number that s begins with, or 255.
func twoDigits(s string) uint8 {
	tens, ones := s[0]-'0', s[1]-'0'
	if tens > 9 || ones > 9 {
		return 255
	}
	return tens*10 + ones
}

// fraction returns the first digits after a decimal point as a whole number of
// that many digits, or −1.
func fraction(s string, digits int) int64 {
	if len(s) > digits {
		s = s[:digits]
	}
	n := number(s)
	for i := len(s); n >= 0 && i < digits; i++ {
		n *= 10
	}
	return n
}
