#!${LAUNCHER}
// A FastCGI program: the web server starts it, and sluice-fastcgi serves what it exports.
export { default } from '${APPLICATION}';
