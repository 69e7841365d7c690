#!/bin/sh
echo "Status: 203 Line feeds only"
echo "Content-Type: text/x-test"
echo "X-Empty:"
echo ""
echo "body"
