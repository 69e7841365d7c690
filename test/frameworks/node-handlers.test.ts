// Frameworks whose applications take (request, response), unchanged, over every front-end.
import { describeFramework } from './describe-framework.ts';

describeFramework('express4', { has: ['compression', 'sessions', 'uploads'] });
describeFramework('express5', { has: ['compression', 'sessions', 'uploads'] });
describeFramework('connect', { has: ['compression', 'sessions'] });
describeFramework('koa', { has: [] });
describeFramework('fastify', { has: [] });
describeFramework('bare', { has: [] });
