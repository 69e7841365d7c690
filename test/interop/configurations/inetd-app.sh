#!/bin/sh
# inetd connects the standard error stream to the socket too; the log belongs elsewhere.
exec ${NODE} ${SLUICE} serve ${APPLICATION} --listen scgi+stdio: 2>>${FOLDER}/app.log
