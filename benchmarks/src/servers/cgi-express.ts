// An application of Express, as a script of its own.
import { nodeHandler } from '@sluice/adapters';
import express from 'express';
import { runCgi } from 'sluice/cgi';

const app = express();
app.get('/news/:year', (_request, response) => {
  response.type('text/plain').send('Hello, world!\n');
});
await runCgi(nodeHandler(app));
