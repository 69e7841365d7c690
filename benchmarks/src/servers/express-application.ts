// The application of Express that every server with Express has.
import express from 'express';
import { BODY } from './application.ts';

const text = BODY.toString();

/** Answers as the others do; Express adds ETag and X-Powered-By. */
export const app = express();
app.get('/news/:year', (_request, response) => {
  response.type('text/plain').send(text);
});
