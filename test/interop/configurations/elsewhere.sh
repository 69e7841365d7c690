#!/bin/sh
echo "Location: http://elsewhere.example/"
echo ""
