package baseline

import "testing"

// A script takes payloads if it took one with success, not because a scanner tried.
func TestTakesPayloads(t *testing.T) {
	for _, tt := range []struct {
		method Method
		status int
		want   bool
	}{
		{MethodGet, 200, false},
		{MethodPut, 204, true},
		{MethodPost, 302, true},
		{MethodPost, 405, false},
		{MethodDelete, 500, false},
		{MethodOther, 207, false}, // PROPFIND
	} {
		p := newProfile(Key{Path: "/a.php"}, start)
		p.learn(&Visit{Time: start, Method: tt.method, Status: tt.status}, Hasher{}, true)
		if got := p.TakesPayloads(); got != tt.want {
			t.Errorf("%s answered %d: %v, want %v", tt.method, tt.status, got, tt.want)
		}
	}
}
