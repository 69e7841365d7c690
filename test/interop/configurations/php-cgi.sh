#!/bin/sh
# A CGI program in PHP: php-cgi runs the script that SCRIPT_FILENAME names.
export REDIRECT_STATUS=200 SCRIPT_FILENAME=${SCRIPT}
exec ${PHP_CGI} -n -d display_errors=0 -d post_max_size=0 -d enable_post_data_reading=0
