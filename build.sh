# What ./run and ./throttle share; it is sourced by them.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

if ! command -v dotnet >/dev/null; then
  echo "Not started: the command 'dotnet' was not found. Install the .NET 10 SDK from https://dot.net." >&2
  exit 1
fi

# Whether only help or the version is asked for.
is_help() { [ $# -eq 1 ] && case $1 in --help | -h | -\? | --version) true ;; *) false ;; esac; }

# is_built FOLDER PROGRAM: whether the program is there and newer than every source.
is_built() {
  [ -f "$2" ] && [ -z "$(find "$1" \( -name bin -o -name obj -o -name .git -o -name Tests -o -name Benchmarks \) -prune -o \
    \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.targets' -o -path '*/samples/rules.yaml' \) -newer "$2" -print -quit)" ]
}

# build PROJECT: builds it in Release, and says on standard error how far it is.
build() {
  local log started=$SECONDS
  log=$(mktemp)
  echo "Building $1; the first time takes about a minute." >&2
  # Each project that is done is a line of its own.
  if ! dotnet msbuild "$1" -restore -m -p:Configuration=Release -v:minimal -nologo 2>&1 | tee "$log" >&2; then
    # The last line is the first error. There is none when the SDK itself refuses, and says why above.
    local first
    first=$(grep -m 1 -E '(error [A-Z]+[0-9]+:|: error )' "$log" || true)
    rm -f "$log"
    echo "Not started: the build failed${first:+: $first}" >&2
    exit 1
  fi

  rm -f "$log"
  [ $((SECONDS - started)) -lt 5 ] || echo "Built in $((SECONDS - started)) s." >&2
}
