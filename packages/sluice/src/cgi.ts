// `import { runCgi } from 'sluice/cgi'`: scripts that are CGI programs, in our shape, flup's and wsgiref's.

export { CGIHandler, type CgiServerOptions, WSGIServer } from './shapes/cgi-shapes.ts';
export { runCgi } from './started/run-cgi.ts';
