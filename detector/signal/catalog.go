package signal

// Catalog lists the signals that are weighed, in the order of their IDs, which are
// grouped by family.
func Catalog() []*Signal {
	return []*Signal{
		&newScript,            // 1001
		&newMethod,            // 1002
		&materialised,         // 1003
		&oldFile,              // 1004
		&dormant,              // 1005
		&newParameter,         // 1006
		&answerShift,          // 1007
		&newChannel,           // 1008
		&newEndpoint,          // 1009
		&uploadLocation,       // 1010
		&disguisedPath,        // 1011
		&uploaded,             // 1012
		&staticDynamic,        // 1013
		&staticPlace,          // 1014
		&uploadedBy,           // 1015
		&lostReferer,          // 1016
		&shapeShift,           // 1017
		&newMediaType,         // 1018
		&firstUpgrade,         // 1019
		&postNoReferer,        // 1020
		&noReferer,            // 1021
		&linked,               // 1022
		&newClient,            // 1030
		&regularClient,        // 1031
		&probingClient,        // 1032
		&agentRotation,        // 1033
		&opaqueValue,          // 1040
		&notAForm,             // 1041
		&parameterChurn,       // 1042
		&unlistedProgram,      // 1043
		&changingValue,        // 1044
		&bareAnswer,           // 1050
		&wrappedAnswer,        // 1051
		&variedAnswers,        // 1052
		&configurationChanged, // 1070
		&hiddenFile,           // 1071
		&changedFile,          // 1072
	}
}

// Decisions lists the signals that are reported and not weighed: what was found out of a
// client before, and an operator's decisions, which are enforced in every mode.
func Decisions() []*Signal {
	return []*Signal{
		&provenClient, // 1080
		&denied,       // 1090
		&contained,    // 1091
	}
}

// IDs of signals that other packages refer to.
const (
	NewScriptID    = 1001
	StaticPlaceID  = 1014
	ProvenClientID = 1080
	// StandoutID and StandoutName are of what is told of scripts when learning ends. It is
	// of no request, and so neither weighed nor in a catalog.
	StandoutID   = 1081
	StandoutName = "standout"
	DeniedID     = 1090
	ContainedID  = 1091
)
