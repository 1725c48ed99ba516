#!/bin/sh
# Sets up what this folder needs from the files in it, without a network, and opens the course.
cd "$(dirname "$0")" || exit 1
if [ ! -f setup/begin.py ]; then
  echo "Unpack the whole zip into a folder first, then start this file again."
  exit 1
fi
fits='import sys; sys.exit(not @FROM@ <= sys.version_info < @TO@)'
own=/Library/Frameworks/Python.framework/Versions/@VERSION@/bin/python3
for python in python@VERSION@ "$own" /opt/homebrew/bin/python@VERSION@ /usr/local/bin/python@VERSION@ python3 python; do
  found=$(command -v "$python") || continue
  # on a Mac without the developer tools this one only offers to fetch them
  if [ "$found" = /usr/bin/python3 ] && [ "$(uname)" = Darwin ] && ! xcode-select -p >/dev/null 2>&1; then
    continue
  fi
  if "$found" -c "$fits" >/dev/null 2>&1; then
    exec "$found" setup/begin.py "$@"
  fi
done
cat setup/no-python.txt
if [ -t 0 ]; then
  printf '\n'
  read -r _
fi
exit 1
