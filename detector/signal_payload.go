package detector

import "fmt"

// opaqueLength is from how many characters a value is opaque: longer than keys,
// signatures and tokens of common applications, which are 256 bits of Base64 or
// hexadecimal, or several such.
const opaqueLength = 256

// opaqueQuery is the same for a query, where honest values are shorter: two hashes of
// 256 bits in hexadecimal.
const opaqueQuery = 128

// opaqueValue: the payload is one long value that nobody can read.
//
// Values of parameters, header fields and cookies count too, for a backdoor that is
// only read; but not those that others bring as long ones to scripts that are known,
// such as a token of the application, nor the Authorization field.
//
// Bits: 3. Eight of 15 recorded AntSword, Behinder and Godzilla sessions sent one
// (0.53); of honest payloads to a script nobody has seen about one in 16 is
// taken to, an estimate: view states and tokens. log₂ 0.53/0.06 = 3.1.
//
// Defeated by: splitting the value, or sending words.
var opaqueValue = Signal{
	ID: 1040, Name: "opaque-value", Family: Payload,
	Bits: func(f *Facts) float64 {
		if f.Trusted() && !f.strange() {
			return 0
		}
		if where, _ := f.opaquePlace(); where == "" {
			return 0
		}
		return 3
	},
	Why: func(f *Facts) string {
		where, n := f.opaquePlace()
		return fmt.Sprintf("%s has %d characters that nobody can read", where, n)
	},
}

// opaquePlace says where a long unreadable value is, and how long, or "".
func (f *Facts) opaquePlace() (where string, length int) {
	if len(f.Body) >= opaqueLength {
		if n := opaqueRun(f.Body); n >= opaqueLength {
			return "its body", n
		}
	}
	if n := opaqueRunOf(f.Query, opaqueQuery); n > 0 {
		return "its query", n
	}
	for c := range f.opaqueChannels(opaqueLength) {
		if c.name == "Authorization" && c.kind == "header" {
			continue // such a value by its nature
		}
		if f.memory == nil || !f.memory.channels.Seen(f.memory.channelHash(c)) {
			return fmt.Sprintf("the %s %.40q", c.kind, c.name), c.length
		}
	}
	return "", 0
}

// opaqueRunOf returns the longest unreadable run of a text, or 0 if it is shorter
// than least.
func opaqueRunOf(text string, least int) int {
	if !mayRun(text, least) {
		return 0
	}
	if n := opaqueRun([]byte(text)); n >= least {
		return n
	}
	return 0
}

// notAForm: the request says that its body is a form, and it is none.
//
// Bits: 5. Four of 15 recorded sessions (0.27); browsers and programs that fill in
// forms never do it, the honest rest is taken for one in 100. log₂ 0.27/0.01 = 4.8.
//
// Defeated by: telling the truth about the type.
var notAForm = Signal{
	ID: 1041, Name: "not-a-form", Family: Payload,
	Bits: func(f *Facts) float64 {
		if len(f.Body) < 16 || !f.saysForm() || f.form() != nil {
			return 0
		}
		return 5
	},
	Why: func(*Facts) string { return "its body is not the form that it says it is" },
}
