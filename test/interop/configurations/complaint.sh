#!/bin/sh
echo "this script only complains" >&2
