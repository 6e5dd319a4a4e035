#!/usr/bin/env bash
# Caddy's own integration tests, with a guard in front of every server that they
# start: run.sh [MODE...], by default every mode, after Caddy as it is.
#
# The tests listen on fixed ports, so that they run in a network namespace of
# their own where one can be made (with unshare, ip, and the right to use them);
# otherwise the machine's ports must be free. They belong to
# Caddy's module, so that it is a copy of that module which is tested, in a
# workspace with this one.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
caddy=$(go list -m -f '{{.Dir}}' github.com/caddyserver/caddy/v2)
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cp -r "$caddy" "$work/caddy"
chmod -R u+w "$work/caddy"
cp integration/caddytest/guarded.go "$work/caddy/caddytest/guarded.go"
# initServer loads a configuration, ensureConfigRunning compares it with the
# running one: both are to see the guarded one.
sed -i -E '/^func \(tc \*Tester\) (initServer|ensureConfigRunning)\(/a rawConfig, configType = guarded(rawConfig, configType)' \
	"$work/caddy/caddytest/caddytest.go"
[[ $(grep -c 'guarded(rawConfig' "$work/caddy/caddytest/caddytest.go") == 2 ]] || { echo "caddytest has changed" >&2; exit 1; }
printf 'go %s\n\nuse (\n\t./caddy\n\t%s\n)\n' "$(go env GOVERSION | sed 's/^go//')" "$PWD" >"$work/go.work"

cd "$work"
GOWORK=$work/go.work go test -C caddy -race -tags caddytest -c -o "$work/integration.test" ./caddytest/integration
cd caddy/caddytest/integration

namespace=(unshare -n sh -c 'ip link set lo up && exec "$@"' -)
"${namespace[@]}" true 2>/dev/null || namespace=()

# in_namespace MODE ARGUMENT... runs the tests with a guard of the mode.
in_namespace() {
	local mode=$1 home=$work/home-$1
	shift
	WEBSHELL_GUARD_MODE=${mode#bare} HOME=$home XDG_DATA_HOME=$home XDG_CONFIG_HOME=$home \
		"${namespace[@]}" timeout 600 "$work/integration.test" -test.v -test.timeout 10m "$@" 2>&1
}

failed() { sed -n 's/^--- FAIL: \([^ ]*\).*/\1/p' "$1" | sort; }

# Some of the tests wait for a tenth of a second and no longer. What fails is run
# again, alone; what fails without a guard too says nothing about the guard.
status=0
for mode in bare ${*:-log tag block}; do
	in_namespace "$mode" >"$work/$mode.log" || true
	echo "== $mode: $(grep -c '^ *--- PASS' "$work/$mode.log" || true) passed," \
		"$(grep -c '^ *--- SKIP' "$work/$mode.log" || true) skipped," \
		"$(grep -c '^GUARDED' "$work/$mode.log" || true) times a guard was put in front"
	for name in $(failed "$work/$mode.log"); do
		if in_namespace "$mode" -test.run "^$name\$" >"$work/again.log"; then
			echo "$name: failed, and passed when run again"
		elif [[ $mode == bare ]] || failed "$work/bare.log" | grep -qx "$name"; then
			echo "$name: fails without a guard too"
		else
			echo "$name: FAILED"
			cat "$work/again.log"
			status=1
		fi
	done
	if grep -A30 'DATA RACE\|the guard failed' "$work/$mode.log"; then status=1; fi
	grep -q '^ *--- PASS' "$work/$mode.log" || { tail -n 20 "$work/$mode.log"; status=1; }
done
exit $status
