// NestJS on Express, which listens itself or gives its instance of Express, over every front-end.
import { join } from 'node:path';
import { describePage } from '../docs/walk.ts';
import { built } from './built.ts';
import { describeFramework, type Framework } from './describe-framework.ts';

const folder = await built('nestjs');
const nestjs: Framework = { has: ['compression', 'sessions', 'uploads'] };

describeFramework('nestjs', { ...nestjs, module: join(folder, 'main.js'), listens: true });

describeFramework('nestjs, by its instance of Express', {
  ...nestjs,
  module: join(folder, 'instance.js'),
  only: 'fastcgi',
});

describePage('docs/nestjs.md', { 'dist/main.js': join(folder, 'main.js') });
