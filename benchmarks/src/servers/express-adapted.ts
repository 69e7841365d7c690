// Express as an application of Sluice.
import { nodeHandler } from '@sluice/adapters';
import { app } from './express-application.ts';

export default nodeHandler(app);
