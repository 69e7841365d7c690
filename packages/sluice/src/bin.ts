#!/usr/bin/env node
// The `sluice` command: finds the sub-command. `cgi` starts for every request, so nothing is loaded before it.
const [command, ...rest] = process.argv.slice(2);

switch (command) {
  case 'cgi':
    await (await import('./commands/cgi.ts')).cgiCommand(rest);
    break;
  default:
    await (await import('./commands/main.ts')).main(command, rest);
}
