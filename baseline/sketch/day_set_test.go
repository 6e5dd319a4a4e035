package sketch

import "testing"

func TestDaySet(t *testing.T) {
	var d DaySet
	add := func(day int64) { d.Add(day*secondsPerDay + 7) }
	before := func(day int64) int { return d.Before(day * secondsPerDay) }
	for _, day := range []int64{100, 100, 101, 105, 104} { // the last of a slow request, and lost
		add(day)
	}
	for day, want := range map[int64]int{99: 0, 104: 0, 105: 2, 106: 3, 131: 3, 132: 2, 135: 1, 136: 1, 137: 0, 1000: 0} {
		if n := before(day); n != want {
			t.Errorf("day %d: %d, want %d", day, n, want)
		}
	}
	add(90) // the clock was set back
	if before(90) != 0 || before(91) != 1 {
		t.Errorf("after the clock was set back: %d, %d", before(90), before(91))
	}
	add(90 + 40)
	if before(90+40) != 0 || before(90+41) != 1 {
		t.Errorf("after a long time: %d, %d", before(90+40), before(90+41))
	}
}
