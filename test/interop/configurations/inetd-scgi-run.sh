#!/bin/sh
# inetd connects the standard error stream to the socket too; the log belongs elsewhere.
exec ${NODE} ${SLUICE} serve cgi:${SCRIPTS}/ --listen scgi+stdio: 2>>${FOLDER}/scgi-run.log
