package detector

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
	"github.com/webshell-guard/caddy-webshell-guard/detector/client"
)

// Memory is all that is remembered of one site: its baseline, which is kept,
// and what may be lost. It is safe for concurrent use.
type Memory struct {
	*baseline.Site
	served    sketch.RotatingBloom // networks that were served something clean
	uploads   sketch.RotatingBloom // names of uploaded files that are scripts'
	channels  sketch.RotatingBloom // header fields and cookies with long values that known scripts are sent
	files     sketch.RotatingBloom // what was read that names no script, with its length
	payers    sketch.RotatingBloom // networks that sent payloads, by day and whether from a page
	pages     sketch.RotatingBloom // paths that name no script and are read with success
	redirects sketch.RotatingBloom // and those that redirect who reads them
	readers   sketch.RotatingBloom // networks that read what is no script, while the site is learned
	clients   *client.Networks     // what networks did
	histories payloadHistories     // of scripts that are not trusted
	answers   recent[answerOrders] // of new scripts, by client network
	sent      recent[sentField]    // by client networks
}

// NewMemory returns a memory around a baseline.
func NewMemory(s *baseline.Site) *Memory {
	return &Memory{Site: s, clients: client.NewNetworks()}
}

// Flush waits until all that was learned of clients can be found. In line nothing
// should wait for that; a replay calls it after each exchange, so that it judges
// the same every time.
func (m *Memory) Flush() { m.clients.Flush() }

// filesTell reports whether a file that is missing under the root means that
// there is no such script. Where scripts answered without a file under it, in
// more than one case of 20 during learning, the root is not theirs.
func (m *Memory) filesTell() bool {
	return m.Rates.MissingFiles.Share(0, 1) <= 0.05
}
