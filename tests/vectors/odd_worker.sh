#!/bin/sh
# A worker for the tests of how workers are asked: it answers "got" and what it was asked, and some words make it odd.
status=0
while read -r line; do
  case $line in
  hang) echo waiting >&2; exec sleep 1000 ;;
  die) echo 'no more' >&2; exit 3 ;;
  'end badly') status=4 ;;
  'say more') echo more ;;
  esac
  echo "got $line"
done
exit "$status"
