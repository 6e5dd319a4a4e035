package cli

import (
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// newTable returns a table that prints to w.
func newTable(w io.Writer, header ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(header)
	t.SetColumnConfigs([]table.ColumnConfig{
		{Name: "why", WidthMax: 70, WidthMaxEnforcer: text.WrapSoft},
		{Name: "script", WidthMax: 60, WidthMaxEnforcer: text.WrapHard},
		{Name: "uri", WidthMax: 60, WidthMaxEnforcer: text.WrapHard},
		{Name: "signals", WidthMax: 40, WidthMaxEnforcer: text.WrapSoft},
	})
	return t
}
