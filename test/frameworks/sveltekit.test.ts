// SvelteKit as adapter-node builds it, by the handler that it exports or as it listens, over every front-end.
import { join } from 'node:path';
import { describePage } from '../docs/walk.ts';
import { built } from './built.ts';
import { describeFramework, type Framework } from './describe-framework.ts';

const folder = await built('sveltekit');
const sveltekit: Framework = {
  has: ['pages', 'uploads'],
  env: { BODY_SIZE_LIMIT: '20M' }, // SvelteKit's own limit is 512 KiB
};

describeFramework('sveltekit', { ...sveltekit, module: join(folder, 'build/handler.js') });

describeFramework('sveltekit, which listens', {
  ...sveltekit,
  module: join(folder, 'build/index.js'),
  listens: true,
  only: 'fastcgi',
});

describePage('docs/sveltekit.md', {
  'build/handler.js:handler': `${join(folder, 'build/handler.js')}:handler`,
});
