#!/usr/bin/env bash
# Builds and tests everything: .NET, the web client, rsocket-js in Node against the real server, Chromium against the real server.
# Installs what is missing where it can (Debian packages as root, npm packages); says in one line what it cannot.
# What failed is said again at the end, for whoever has only the end of a long log.
# The last line is "N passed, N failed" over all runners; the exit code is 0 only when nothing failed and every runner ran.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 CI=${CI:-true}
root=$PWD
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0
failed=0

say() { printf '\n== %s\n' "$*"; }

# count RUNNER STATUS PASSED FAILED: a runner that died, or ran nothing, is a failure even when it counted none.
count() {
  local runner=$1 status=$2 ok=${3:-0} bad=${4:-0}
  if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$ok" -eq 0 ]; }; then
    echo "$runner: exit code $status after $ok passed tests; counted as one failure"
    bad=1
    echo "exit code $status after $ok passed tests" | remember "$runner"
  fi
  passed=$((passed + ok))
  failed=$((failed + bad))
  echo "$runner: $ok passed, $bad failed"
}

# Takes what there is to say of a runner's failures from its standard input.
remember() { { echo "-- $1"; head -n 60 | cut -c 1-400; } >>"$logs/failures"; }

finish() {
  if [ "$failed" -ne 0 ] && [ -s "$logs/failures" ]; then
    say "What failed"
    cat "$logs/failures"
  fi
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

sum() { awk '{ total += $1 } END { print total + 0 }'; }

# --- tools -----------------------------------------------------------------------------------------------------------
for tool in dotnet node npm; do
  if ! command -v "$tool" >/dev/null; then
    echo "$tool is missing: install the .NET 10 SDK and Node.js 20 or newer."
    count "tools" 1 0 1
    finish
  fi
done

# install_packages <what> <package>...: Debian packages, when this is root on a machine that has them.
install_packages() {
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return
  say "Installing $1"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${@:2}"; } >"$logs/apt" 2>&1 || tail -n 5 "$logs/apt"
}
find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

chromium=${CHROMIUM_PATH:-$(find_chromium)}
if [ -z "$chromium" ]; then
  install_packages "Chromium" chromium fonts-noto-cjk fonts-noto-color-emoji
  chromium=$(find_chromium)
fi
if [ -z "$chromium" ]; then
  echo "Chromium is missing and cannot be installed here: the browser tests will fail. Install it, or set CHROMIUM_PATH."
fi
export CHROMIUM_PATH=$chromium

command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || install_packages "Mosquitto" mosquitto
command -v mosquitto_sub >/dev/null || install_packages "mosquitto_pub and mosquitto_sub" mosquitto-clients
if ! command -v mosquitto_sub >/dev/null; then
  echo "mosquitto_sub is missing and cannot be installed here: the tests with Mosquitto's tools will fail. Install mosquitto-clients."
fi

# --- build -----------------------------------------------------------------------------------------------------------
say "Building (the web client too)"
if ! dotnet build RSocketIm.sln -c Release -v quiet -nologo; then
  count "build" 1 0 1
  finish
fi
export RSOCKETIM_SERVER_DLL=$root/RSocketIm.Server/bin/Release/net10.0/RSocketIm.Server.dll

# --- .NET ------------------------------------------------------------------------------------------------------------
say ".NET tests"
# A test that hangs is named and ends the run; the longest takes less than a minute.
dotnet test RSocketIm.sln -c Release --no-build --nologo --blame-hang-timeout 5m --blame-hang-dump-type none --results-directory "$logs/blame" 2>&1 | tee "$logs/dotnet"
status=${PIPESTATUS[0]}
summaries=$(grep -oE '(Passed|Failed)! +- Failed: +[0-9]+, Passed: +[0-9]+' "$logs/dotnet")
count "dotnet test" "$status" \
  "$(grep -oE 'Passed: +[0-9]+' <<<"$summaries" | grep -oE '[0-9]+' | sum)" \
  "$(grep -oE 'Failed: +[0-9]+' <<<"$summaries" | grep -oE '[0-9]+' | sum)"
[ "$status" -eq 0 ] || grep -A14 -E '^  Failed ' "$logs/dotnet" | remember "dotnet test"

# --- RSocketIm beside its peers ----------------------------------------------------------------------------------------
# Every delivery and answer is counted; the times of so short a run mean nothing. A peer that is not installed is named and left out.
say "The same works on RSocketIm and on its peers"
timeout 300 dotnet RSocketIm.LoadTest/bin/Release/net10.0/RSocketIm.LoadTest.dll compare --quick --json >"$logs/compare" 2>"$logs/compare.err"
status=$?
node -e "
const report = JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8'));
const servers = [...new Set(report.samples.map((sample) => sample.peer))];
console.log(report.samples.length + ' works on ' + servers.join(', '));
for (const line of [...report.missing, ...report.violations]) console.log(line);
" "$logs/compare" >"$logs/compare.said" || tail -n 20 "$logs/compare.err" >>"$logs/compare.said"
cat "$logs/compare.said"
count "compare" "$status" "$((status == 0))" "$((status != 0))"
[ "$status" -eq 0 ] || remember "compare" <"$logs/compare.said"

# --- the web client's unit tests ---------------------------------------------------------------------------------------
say "Web client unit tests"
(cd web-client && npx --no-install vitest run --reporter=default --reporter=json --outputFile.json="$logs/vitest.json")
status=$?
count "vitest" "$status" \
  "$(node -p "require('$logs/vitest.json').numPassedTests" 2>/dev/null)" \
  "$(node -p "require('$logs/vitest.json').numFailedTests" 2>/dev/null)"
[ "$status" -eq 0 ] || node -e "
for (const file of require('$logs/vitest.json').testResults)
  for (const test of file.assertionResults.filter(({ status }) => status === 'failed'))
    console.log(file.name + ': ' + test.fullName + '\\n' + test.failureMessages.join('\\n').split('\\n').slice(0, 8).join('\\n'));
" | remember "vitest"

# --- the web client's rules --------------------------------------------------------------------------------------------
say "Web client lint"
(cd web-client && npx --no-install eslint --max-warnings 0 .) 2>&1 | tee "$logs/eslint"
status=${PIPESTATUS[0]}
count "eslint" "$status" "$((status == 0))" "$((status != 0))"
[ "$status" -eq 0 ] || remember "eslint" <"$logs/eslint"

# --- rsocket-js in Node ------------------------------------------------------------------------------------------------
say "rsocket-js in Node against the server"
(cd RSocketIm.Tests/Interop/node && npm ci --no-fund --no-audit --loglevel=error && node --test --test-concurrency=1 --test-reporter=tap) >"$logs/interop" 2>&1
status=$?
grep -E '^# (tests|pass|fail|duration_ms)|^not ok|^    not ok' "$logs/interop" || tail -n 30 "$logs/interop"
[ "$status" -eq 0 ] || grep -B2 -A25 -E '^ *not ok' "$logs/interop" | head -n 150
count "node --test" "$status" \
  "$(grep -E '^# pass [0-9]+' "$logs/interop" | grep -oE '[0-9]+' | sum)" \
  "$(grep -E '^# fail [0-9]+' "$logs/interop" | grep -oE '[0-9]+' | sum)"
[ "$status" -eq 0 ] || grep -A14 -E '^ *not ok' "$logs/interop" | remember "node --test"

# --- Chromium ----------------------------------------------------------------------------------------------------------
say "Chromium against the server"
(cd RSocketIm.Tests/EndToEnd/browser && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-fund --no-audit --loglevel=error \
  && PLAYWRIGHT_JSON_OUTPUT_NAME="$logs/playwright.json" npx --no-install playwright test --reporter=list,json)
status=$?
count "playwright" "$status" \
  "$(node -p "require('$logs/playwright.json').stats.expected" 2>/dev/null)" \
  "$(node -p "const s = require('$logs/playwright.json').stats; s.unexpected + s.flaky + s.skipped" 2>/dev/null)"
[ "$status" -eq 0 ] || node -e "
const of = (suite) => [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(of)];
for (const spec of require('$logs/playwright.json').suites.flatMap(of).filter(({ ok }) => !ok))
  console.log(spec.file + ': ' + spec.title + '\\n' + spec.tests.flatMap(({ results }) => results.flatMap(({ errors }) => errors.map(({ message }) => message))).join('\\n'));
" | remember "playwright"

finish
