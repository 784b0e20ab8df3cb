#!/usr/bin/env bash
# Tests what the documents say: every code block of every *.md compiles against target/dist, every command of a shell
# block exists, every link to a file leads to one. The last line is `docs: N passed, N failed`.
#
# A block's first word is its language. c and cpp: one that has a main is linked, and also run where `run` follows the
# language; any other is compiled as it stands. go: compiled as a file of a program that uses the module in bindings/go.
# sh: parsed, and each `make TARGET`, script and path in it must be there. json: parsed. Other languages are shown, not
# tested. OPT_DIST: another prefix than target/dist.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
dist=${OPT_DIST:-$root/target/dist}
work=$root/target/docs
readonly root dist work
export PKG_CONFIG_PATH=$dist/lib/pkgconfig
passed=0 failed=0
[ -e "$PKG_CONFIG_PATH/opttrack.pc" ] || { echo "docs: no library in $dist; scripts/dist.sh makes it" >&2; exit 2; }
rm -rf "$work"
mkdir -p "$work"
read -r -a flags <<<"$(pkg-config --cflags --libs opttrack)"
flags+=("-Wl,-rpath,$dist/lib" -Wall -Wextra -Werror)

# check WHAT COMMAND…: one check; its output is shown if it fails.
check() {
  local what=$1 output
  shift
  if output=$("$@" 2>&1 </dev/null); then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf '%s\nFAILED %s\n' "$output" "$what"
  fi
}

documents() {
  find . \( -name target -o -name node_modules -o -name .build -o -name .git \) -prune -o -name '*.md' -print | sort
}

# Takes a document's blocks apart into files `LINE.LANGUAGE`, or `LINE.run.LANGUAGE`; prints their names.
blocks() {
  awk -v folder="$2" '
    /^```/ && file { close(file); file = ""; next }
    /^```[a-z]/ {
      language = substr($1, 4)
      file = folder "/" NR ($2 == "run" ? ".run" : "") "." language
      print file
      printf "" >file
      next
    }
    /^```/ { file = "/dev/null"; next }
    file { print >file }
  ' "$1"
}

# compile COMPILER FILE: to an object or, with a main, to a program, which is run if its name says so.
compile() {
  local compiler=$1 file=$2
  if ! grep -qE '\bmain\(' "$file"; then
    "$compiler" -c "$file" -o "$file.o" "${flags[@]}"
    return
  fi
  "$compiler" "$file" -o "$file.out" "${flags[@]}" || return
  case $file in
  *.run.*) "$file.out" ;;
  esac
}

# Without Go the Go tests are skipped as a whole, and so are these.
compile_go() {
  local module=$1.module
  mkdir -p "$module"
  cp "$1" "$module/main.go"
  printf 'module example\n\ngo 1.24\n\nrequire %s v0.0.0\n\nreplace %s => %s\n' \
    "$go_module" "$go_module" "$root/bindings/go" >"$module/go.mod"
  (cd "$module" && go vet .)
}

# The names that a block of shell uses: targets of make, and paths below the repository.
check_shell() {
  local document=$1 file=$2 word
  check "$document: the shell block is shell" bash -n "$file"
  # What follows a # is a remark, and a name=value no target.
  while read -r word; do
    check "$document: make $word" make --dry-run "$word"
  done < <(sed 's/#.*//' "$file" | grep -oE '(^|[ ;&])make +([A-Z_]+=[^ ]* +)*[a-z-]+' | awk '{ print $NF }')
  while read -r word; do
    check "$document: $word" test -e "$word"
  done < <(sed 's/#.*//' "$file" | grep -oE '(^|[ =])(scripts|tests|examples|benches|bindings|collector)/[A-Za-z0-9_./-]+' |
    sed 's/^[ =]//')
}

# Links of Markdown to files, relative to the document; an anchor is cut off.
check_links() {
  local document=$1 link
  while read -r link; do
    check "$document: link to $link" test -e "$(dirname "$document")/$link"
  done < <(grep -oE '\]\([^)]+\)' "$document" | sed -E 's/^\]\(//; s/\)$//; s/#.*//' | grep -vE '^$|^[a-z]+:')
}

# Blocks and links of one document.
check_document() {
  local document=$1 folder file what
  folder=$work/$(tr '/' '-' <<<"${document#./}")
  mkdir -p "$folder"
  while read -r file; do
    what="$document:$(basename "$file" | cut -d . -f 1)"
    case $file in
    *.c) check "$what" compile gcc "$file" ;;
    *.cpp) check "$what" compile g++ "$file" ;;
    *.go) if command -v go >/dev/null; then check "$what" compile_go "$file"; fi ;;
    *.sh) check_shell "$what" "$file" ;;
    *.json) check "$what" python3 -m json.tool "$file" ;;
    esac
  done < <(blocks "$document" "$folder")
  check_links "$document"
}

# What is wrong in a planted document has to be found, all of it.
finds_what_is_wrong() {
  local planted=$work/planted.md
  cat >"$planted" <<'END'
```c
#include <opttrack.h>
opt_status f(void) { return opt_no_such_call(); }
```
```cpp run
int main() { return 1; }
```
```sh
make no-such-target
scripts/no-such-script.sh
```
[text](no-such-file.md)
END
  # In a shell of its own, where counting changes nothing here.
  [ "$(check_document "$planted" >/dev/null && echo "$failed")" = 5 ]
}

go_module=$(sed -n 's/^module //p' bindings/go/go.mod)
check "a planted document with five faults" finds_what_is_wrong
mapfile -t all < <(documents)
[ ${#all[@]} -gt 0 ] || failed=1
for document in "${all[@]}"; do
  check_document "$document"
done

echo "docs: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
