// Nuxt as it builds for node-server, which listens itself, and for node, which exports a listener.
import { join } from 'node:path';
import { it } from 'vitest';
import { describePage } from '../docs/walk.ts';
import { built, isOffline } from './built.ts';
import { describeFramework, type Framework } from './describe-framework.ts';

const folder = await built('nuxt').catch((error) => {
  if (process.env.SLUICE_REQUIRE_SERVERS === '1' || !isOffline(error)) throw error;
});
const nuxt: Framework = {
  has: ['pages', 'uploads'],
  logs: /^\[request error\] \[unhandled\] \[GET\] .*\/fail|^ {2}unhandled: true,/,
};

if (folder === undefined) {
  it.skip('nuxt: its packages are not here, and the registry of npm cannot be reached', () => {});
} else {
  describeFramework('nuxt', {
    ...nuxt,
    module: join(folder, 'listening/server/index.mjs'),
    listens: true,
  });

  describeFramework('nuxt, by its listener', {
    ...nuxt,
    module: join(folder, 'exporting/server/index.mjs'),
    only: 'fastcgi',
    cannot: {
      'a page, and the scripts that it names':
        'with this preset the web server has the static files',
    },
  });

  describePage('docs/nuxt.md', {
    '.output/server/index.mjs': join(folder, 'listening/server/index.mjs'),
  });
}
