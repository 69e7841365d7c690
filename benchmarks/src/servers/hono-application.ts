// The application of Hono that every server with Hono has.
import { Hono } from 'hono';
import { BODY } from './application.ts';

const text = BODY.toString();

/** Answers as the others do. */
export const app = new Hono();
app.get('/news/:year', (context) => context.text(text));
