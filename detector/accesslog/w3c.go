package accesslog

import (
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// w3cParser parses the W3C extended log file format. Directives say which
// fields the lines after them have; before the first, nothing can be parsed.
// Fields have no quotes: IIS writes a client's as they are.
type w3cParser struct {
	columns []column
	date    string // of the last #Date, for logs that have but the time
	iis     bool   // IIS writes it
}

// column is what a field means.
type column uint8

const (
	colOther column = iota
	colDate
	colTime
	colMethod
	colURI
	colStem
	colQuery
	colStatus
	colClient
	colReferer
	colOrigin
	colAgent
	colHost
	colLength
	colType
	colSize
	columnCount
)

// columnNames are the names in lower case. The counts of cs-bytes are of whole
// requests, header included, so they say nothing of bodies.
var columnNames = map[string]column{
	"date": colDate, "time": colTime, "cs-method": colMethod, "cs-uri": colURI, "cs-uri-stem": colStem,
	"cs-uri-query": colQuery, "sc-status": colStatus, "c-ip": colClient, "cs(referer)": colReferer,
	"cs(origin)": colOrigin, "cs(user-agent)": colAgent, "cs-host": colHost, "cs(host)": colHost,
	"cs(content-length)": colLength, "sc(content-type)": colType, "sc-bytes": colSize,
}

func newW3CParser(Format) lineParser { return new(w3cParser) }

func (*w3cParser) format() Format { return W3C }

func (p *w3cParser) claims(line []byte) bool { return line[0] == '#' || p.columns != nil }

// parse parses a line. The strings of the entry are parts of one copy of it.
func (p *w3cParser) parse(text []byte, e *Entry) outcome {
	line := string(text)
	if line[0] == '#' {
		p.directive(line[1:])
		return ignored
	}
	// More fields than there are columns would have to be somebody's blanks.
	var fields [columnCount]string
	var has [columnCount]bool
	n, rest := 0, line
	for {
		var field string
		if field, rest = nextField(rest); field == "" {
			break
		}
		if n == len(p.columns) {
			return failed
		}
		fields[p.columns[n]], has[p.columns[n]] = dash(field), true
		n++
	}
	switch {
	case n == 0:
		return ignored
	case n < len(p.columns) || !p.entry(&fields, &has, e):
		return failed
	}
	return parsed
}

// directive notes the columns, the date and whether IIS writes the log, by its name or by
// columns that only it has; other directives tell nothing.
func (p *w3cParser) directive(s string) {
	name, value, _ := strings.Cut(s, ":")
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "fields":
		p.columns = []column{}
		for field := range strings.FieldsSeq(value) {
			p.iis = p.iis || strings.EqualFold(field, "sc-win32-status") || strings.EqualFold(field, "sc-substatus")
			p.columns = append(p.columns, columnNames[strings.ToLower(field)])
		}
	case "software":
		p.iis = strings.Contains(strings.ToLower(value), "internet information")
	case "date":
		date, _ := nextField(value)
		p.date = strings.Clone(date)
	}
}

// entry takes down the fields. IIS writes '+' for the blanks of a path or user
// agent; what is in a URL keeps its own.
func (p *w3cParser) entry(fields *[columnCount]string, has *[columnCount]bool, e *Entry) bool {
	date := fields[colDate]
	if !has[colDate] {
		date = p.date
	}
	status := number(fields[colStatus])
	t, ok := parseW3CTime(date, fields[colTime])
	if !ok || status < 0 || status > 999 {
		return false
	}
	e.Time = t
	if status >= 100 {
		e.Status = int(status)
	}
	e.Host, e.IgnoresCase = fields[colHost], p.iis
	uri := fields[colURI]
	if has[colStem] {
		uri = strings.ReplaceAll(fields[colStem], "+", "%20")
		if fields[colQuery] != "" {
			uri += "?" + fields[colQuery]
		}
	}
	if !e.setRequest(fields[colMethod], uri) {
		return false
	}
	e.setClient(fields[colClient])
	e.Referer, e.Origin = fields[colReferer], fields[colOrigin]
	if has[colReferer] {
		e.Known |= detector.KnownReferer
	}
	if has[colOrigin] {
		e.Known |= detector.KnownOrigin
	}
	e.Agent = strings.ReplaceAll(fields[colAgent], "+", " ")
	e.ContentType = strings.ReplaceAll(fields[colType], "+", " ")
	if length := number(fields[colLength]); length >= 0 {
		e.setSent(length)
	}
	e.Length = number(fields[colSize])
	return true
}

// parseW3CTime parses `2006-01-02` and `15:04:05`, perhaps with a fraction, UTC.
func parseW3CTime(date, clock string) (t time.Time, ok bool) {
	if len(date) != 10 || date[4] != '-' || date[7] != '-' || len(clock) < 8 || clock[2] != ':' || clock[5] != ':' {
		return t, false
	}
	year, month, day := number(date[:4]), twoDigits(date[5:]), twoDigits(date[8:])
	hour, minute, second := twoDigits(clock), twoDigits(clock[3:]), twoDigits(clock[6:])
	nanos := int64(0)
	if len(clock) > 8 {
		if nanos = fraction(clock[9:], 9); clock[8] != '.' {
			nanos = -1
		}
	}
	if year < 0 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60 || nanos < 0 {
		return t, false
	}
	t = time.Date(int(year), time.Month(month), int(day), int(hour), int(minute), int(second), int(nanos), time.UTC)
	midnight := time.Date(int(year), time.Month(month), int(day), 0, 0, 0, 0, time.UTC)
	return t, midnight.Day() == int(day)
}
