package baseline

// Trust says what may be assumed of a script.
type Trust uint32

// The degrees of trust. Only the end of learning, an operator, a manifest or a
// deploy window changes the trust of a script.
const (
	Provisional Trust = iota // known and listed, not approved
	Trusted
	Denied // refused in every mode
	trustCount
)

// String returns the name used in listings and metrics.
func (t Trust) String() string {
	return [...]string{"provisional", "trusted", "denied", "invalid"}[min(t, trustCount)]
}

const (
	// trustedNetworks is from how many client networks a script must have been
	// visited during learning to be trusted when it ends, or from all of the
	// site's, if it had fewer.
	trustedNetworks = 3
	// trustedNetworksAmongData is the same for scripts where data is kept: ten times
	// as many, because a shell in use there must not approve itself.
	trustedNetworksAmongData = 10 * trustedNetworks
)
