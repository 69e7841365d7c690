// Sluice. Arguments: protocol, concurrency model, workers, other options as JSON, the application's module.
import { fileURLToPath } from 'node:url';
import { type Concurrency, serve } from 'sluice';

const [protocol, concurrency, workers, others = '{}', name = 'application'] = process.argv.slice(2);
const server = await serve(fileURLToPath(new URL(`./${name}.js`, import.meta.url)), {
  listen: [`${protocol}://127.0.0.1:0`],
  concurrency: concurrency as Concurrency,
  workers: Number(workers),
  ...JSON.parse(others),
});
process.send?.(Number(server.addresses[0]?.split(':').at(-1)));
