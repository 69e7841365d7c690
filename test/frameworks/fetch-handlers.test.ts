// Frameworks whose applications take a Request, unchanged, over every front-end.
import { describeFramework } from './describe-framework.ts';

describeFramework('hono', { has: ['compression'] });
describeFramework('h3', { has: [] });
describeFramework('itty-router', { has: [] });
