# Sourced by scripts/run and scripts/test: makes .venv beside the README and brings what is asked for.
# Knows pip, apt and mmjudge's own weights. Every step says what it does, how much it downloads and how long it took,
# and finds what an earlier run already brought.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
VENV=.venv
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '\n\033[1m==> %s\033[0m\n' "$*"; }

step() { # step "words" command...: runs it, prints how long it took
  local words=$1 began=$SECONDS
  shift
  say "$words"
  "$@"
  printf '    done in %d min %02d s\n' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60))
}

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3 python; do
    [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
      printf '%s' "$candidate"
      return
    fi
  done
  echo "mmjudge needs Python 3.11, 3.12 or 3.13 and found none. Install one, or name it: PYTHON=/path/to/python $0" >&2
  return 1
}

make_venv() {
  local python
  python=$(find_python)
  [ -x "$VENV/bin/python" ] && "$VENV/bin/python" -c 'import sys' 2>/dev/null || "$python" -m venv --clear "$VENV"
  "$VENV/bin/python" --version
}

# The default Linux build of torch carries several GB of CUDA. A CPU build is taken where pip can find one (a folder or
# index in pip's own configuration, for example PIP_EXTRA_INDEX_URL); else the registry's, and that is said beforehand.
install_torch() {
  local wanted=2.13.0
  if "$VENV/bin/python" -c 'import torch' 2>/dev/null; then
    echo "    torch is here: $("$VENV/bin/python" -c 'import torch; print(torch.__version__)')"
  elif "$VENV/bin/pip" install --quiet --dry-run --no-deps "torch==$wanted+cpu" >/dev/null 2>&1; then
    echo "    the CPU build (about 190 MB)"
    "$VENV/bin/pip" install --progress-bar on --quiet "torch==$wanted+cpu"
  else
    echo "    pip finds no CPU build: on Linux the registry's own build downloads about 3 GB (CUDA included)."
    echo "    To avoid that, stop now and point pip at an index with CPU builds (PIP_EXTRA_INDEX_URL), then run this again."
    "$VENV/bin/pip" install "torch==$wanted"
  fi
}

install_project() { # install_project "extras"
  "$VENV/bin/pip" install --quiet --progress-bar on -e ".[$1]"
}

# A program of the system: the one already there, else the distribution's package, else it is said plainly.
system_program() { # system_program "what for" package program... (a program, or a folder of fonts)
  local purpose=$1 package=$2 program
  shift 2
  for program in "$@"; do
    if command -v "$program" >/dev/null 2>&1 || compgen -G "/usr/lib/postgresql/*/bin/$program" >/dev/null ||
      compgen -G "/usr/share/fonts/truetype/$program" >/dev/null; then
      echo "    $program is here ($purpose)"
      return 0
    fi
  done
  echo "    $package: not here, installing the distribution's package ($purpose)"
  local root=()
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1 || ! sudo -n true 2>/dev/null; then
      echo "    cannot: neither root nor password-free sudo. Install the package '$package' yourself; without it: no $purpose."
      return 0
    fi
    root=(sudo)
  fi
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "    cannot: no apt here. Install '$package' with your system's package manager; without it: no $purpose."
    return 0
  fi
  if ! "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1; then
    "${root[@]}" apt-get update -qq >/dev/null 2>&1 || true
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
      echo "    the package '$package' could not be installed; without it: no $purpose."
  fi
}
