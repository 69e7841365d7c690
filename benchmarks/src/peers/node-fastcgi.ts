// node-fastcgi of the npm registry: the interface of node:http's server, by FastCGI.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Launch, script } from '../launch.ts';

/** node-fastcgi, one process. */
export const nodeFastcgi: Launch = {
  ...script('node-fastcgi'),
  version() {
    const path = fileURLToPath(import.meta.resolve('node-fastcgi/package.json'));
    return `node-fastcgi ${JSON.parse(readFileSync(path, 'utf8')).version}`;
  },
};
