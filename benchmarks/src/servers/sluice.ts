// Sluice. Arguments: protocol, concurrency model, workers.
import { fileURLToPath } from 'node:url';
import { type Concurrency, serve } from 'sluice';

const [protocol, concurrency, workers] = process.argv.slice(2);
const server = await serve(fileURLToPath(new URL('./application.js', import.meta.url)), {
  listen: [`${protocol}://127.0.0.1:0`],
  concurrency: concurrency as Concurrency,
  workers: Number(workers),
});
process.send?.(Number(server.addresses[0]?.split(':').at(-1)));
