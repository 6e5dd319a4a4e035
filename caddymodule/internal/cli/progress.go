package cli

import (
	"io"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
	"golang.org/x/term"
)

// progressBar shows how far long work is, if there is a terminal to show it on.
type progressBar struct {
	writer  progress.Writer // nil without a terminal
	tracker progress.Tracker
}

func newProgress(w io.Writer) *progressBar {
	b := new(progressBar)
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return b
	}
	b.writer = progress.NewWriter()
	b.writer.SetOutputWriter(w)
	b.writer.SetUpdateFrequency(200 * time.Millisecond)
	b.writer.SetStyle(progress.StyleBlocks)
	b.writer.Style().Visibility.ETA = true
	b.tracker = progress.Tracker{Message: "reading", Units: progress.UnitsBytes, RemoveOnCompletion: true}
	b.writer.AppendTracker(&b.tracker)
	go b.writer.Render()
	return b
}

// show tells how much is done of how much.
func (b *progressBar) show(done, total int64) {
	if b.writer == nil {
		return
	}
	b.tracker.UpdateTotal(total)
	b.tracker.SetValue(done)
}

// end removes the bar, before anything else is printed.
func (b *progressBar) end() {
	if b.writer == nil {
		return
	}
	b.tracker.MarkAsDone()
	b.writer.Stop()
	for b.writer.IsRenderInProgress() {
		time.Sleep(10 * time.Millisecond)
	}
}
