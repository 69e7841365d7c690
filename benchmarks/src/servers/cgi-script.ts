// The same answer by an application, as a script of its own.
import { runCgi } from 'sluice/cgi';
import application from './application.ts';

await runCgi(application);
