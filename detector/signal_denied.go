package detector

import "github.com/webshell-guard/caddy-webshell-guard/baseline"

// denied: an operator has denied the script. It is not weighed: the script is
// refused in every mode.
var denied = Signal{
	ID: 1090, Name: "denied", Family: Host,
	Bits: func(*Facts) float64 { return 0 },
	Why:  func(*Facts) string { return "an operator denied it" },
}

// Denied reports whether an operator denied the script.
func (f *Facts) Denied() bool {
	return f.Profile != nil && f.Profile.Trust() == baseline.Denied
}
