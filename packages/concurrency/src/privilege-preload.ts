// Gives up root in a child process of node, before anything else is loaded: `node --import` names it.
import { isMainThread } from 'node:worker_threads';
import { becomeIdentity, identityFromUrl } from './privileges.ts';

// Threads get the arguments of their process: what it is, they are.
if (isMainThread) {
  try {
    becomeIdentity(identityFromUrl(import.meta.url));
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    process.exit(1);
  }
}
