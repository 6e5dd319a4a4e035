package detector

// catalog lists every signal. The IDs are grouped by family; 1090 and up are
// decisions of an operator, which the detector reports but does not weigh.
func catalog() []*Signal {
	return []*Signal{
		&newScript,      // 1001
		&newMethod,      // 1002
		&materialised,   // 1003
		&oldFile,        // 1004
		&dormant,        // 1005
		&newParameter,   // 1006
		&answerShift,    // 1007
		&newChannel,     // 1008
		&uploadLocation, // 1010
		&disguisedPath,  // 1011
		&uploaded,       // 1012
		&staticDynamic,  // 1013
		&staticPlace,    // 1014
		&uploadedBy,     // 1015
		&lostReferer,    // 1016
		&postNoReferer,  // 1020
		&noReferer,      // 1021
		&linked,         // 1022
		&newClient,      // 1030
		&regularClient,  // 1031
		&probingClient,  // 1032
		&agentRotation,  // 1033
		&opaqueValue,    // 1040
		&notAForm,       // 1041
		&bareAnswer,     // 1050
	}
}

// maxFindings is the room a judgement has for findings.
const maxFindings = 28

// Catalog returns every signal there is, for listings and metrics, the
// operator's decisions included.
func Catalog() []*Signal { return append(catalog(), &denied, &contained) }

// clamp keeps bits within what its source can vouch for.
func clamp(bits, low, high float64) float64 { return min(max(bits, low), high) }
