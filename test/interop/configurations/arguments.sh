#!/bin/sh
echo "Content-Type: text/plain"
echo ""
for argument in "$@"; do echo "argument: $argument"; done
echo "path: $SCRIPT_NAME + $PATH_INFO"
