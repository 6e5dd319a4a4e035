package signal

import (
	"fmt"
)

// agentsNeeded is how many user agents are more than a few people's.
const agentsNeeded = 8

// agentRotation: one network sends payloads to new scripts, or strange ones to
// known scripts, under many user agents that read no page. Behind the address of an
// office people read before they write: their agents do not count.
//
// Bits: 4. Two of 15 recorded sessions (0.13), both AntSword's, had 94 agents in
// 158 requests and 110 in 187; the other 13, and three recordings of ordinary
// applications, one or two. Of honest networks with a payload to such a script one
// in 100 is taken to. log₂ 0.13/0.01 = 3.7.
//
// Defeated by: one user agent; reading a page under each; many networks.
var agentRotation = Signal{
	ID: 1033, Name: "agent-rotation", Family: Client,
	Bits: func(f *Features) float64 {
		if !f.Request.Payload || f.Evidence.Client.Agents < agentsNeeded {
			return 0
		}
		return 4
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("its network sent such payloads under about %d user agents that read nothing, within two hours", f.Evidence.Client.Agents)
	},
}
