// Next as `output: 'standalone'` builds it, which listens itself, over every front-end.
import { join } from 'node:path';
import { built } from './built.ts';
import { describeFramework } from './describe-framework.ts';

describeFramework('next', {
  has: ['compression', 'pages', 'uploads'],
  module: join(await built('next'), 'application/server.js'),
  listens: true,
  cannot: {
    'a URL as the client wrote it': "its URL objects write the query anew, '+' for a space",
  },
});
