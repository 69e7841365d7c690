#!/usr/bin/env node
// `sluice fastcgi` under a name of its own: a first line of a file (#!) has room for one word on some systems.
process.argv.splice(2, 0, 'fastcgi');
await import('../dist/bin.js');
