// Binds a Unix socket when its parent says so, and tells what came of it. It does not listen before it is told to.
import { createServer } from 'node:net';
import { bind } from '@sluice/concurrency';

const [path] = process.argv.slice(2);
let bound;
process.on('disconnect', () => process.exit()); // nobody is left to test us
process.on('message', async (wish) => {
  if (wish === 'bind') {
    try {
      bound = await bind({ type: 'unix', path });
      process.send('bound');
    } catch (error) {
      process.send(error.code);
    }
    return;
  }
  createServer((socket) => socket.end('hello')).listen(bound.handle, () => {
    bound.listening();
    process.send('listening');
  });
});
process.send('here');
