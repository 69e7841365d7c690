// `sluice` with few descriptors. The limit is set once its modules are loaded: Node opens those side by side.
import { execFileSync } from 'node:child_process';

const built = new URL('../../../packages/sluice/dist/', import.meta.url);
await import(new URL('commands/serve.js', built).href);
execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${process.env.DESCRIPTORS}`]);
await import(new URL('bin.js', built).href);
