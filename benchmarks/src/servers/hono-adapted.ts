// Hono as an application of Sluice.
import { fetchHandler } from '@sluice/adapters';
import { app } from './hono-application.ts';

export default fetchHandler(app);
