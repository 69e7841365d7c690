#!/bin/sh
# AWStats looks for its configurations in /etc/awstats, unless it is allowed another folder.
AWSTATS_ENABLE_CONFIG_DIR=${FOLDER} exec /usr/lib/cgi-bin/awstats.pl
