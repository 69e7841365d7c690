#!/bin/sh
# A CGI program of an application, by the command.
exec ${NODE} ${SLUICE} cgi ${APPLICATION}
