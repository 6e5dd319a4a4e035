package signal

// denied: an operator has denied the script. It is not weighed: the script is
// refused in every mode.
var denied = Signal{
	ID: DeniedID, Name: "denied", Family: Host,
	Bits: func(*Features) float64 { return 0 },
	Why:  func(*Features) string { return "an operator denied it" },
}
