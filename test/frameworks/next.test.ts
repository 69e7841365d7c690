// Next as `output: 'standalone'` builds it, which listens itself, over every front-end.
import { join } from 'node:path';
import { describePage } from '../docs/walk.ts';
import { built } from './built.ts';
import { describeFramework } from './describe-framework.ts';

const folder = await built('next');

describeFramework('next', {
  has: ['compression', 'pages', 'uploads'],
  module: join(folder, 'application/server.js'),
  listens: true,
  cannot: {
    'a URL as the client wrote it': "its URL objects write the query anew, '+' for a space",
  },
});

describePage('docs/next.md', {
  '.next/standalone/server.js': join(folder, 'application/server.js'),
});
