// A server in a process of its own: calls serve() with what the first argument says, as JSON. Tells its
// parent the addresses, or why there are none, and does what the parent asks.
import { serve } from 'sluice';

const { application, options } = JSON.parse(process.argv[2]);
process.on('disconnect', () => process.exit()); // nobody is left to test us
try {
  const server = await serve(application, options);
  process.on('message', async (wish) => {
    if (wish === 'reload') server.reload();
    if (wish !== 'stop') return;
    await server.close();
    process.exit();
  });
  process.send({ addresses: server.addresses });
} catch (error) {
  process.send({ error: { code: error.code, message: error.message } }, () => process.exit(1));
}
