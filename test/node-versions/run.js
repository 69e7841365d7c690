// `npm run test:versions -- 22 24 26 [-- arguments of vitest]`: the tests under other versions of Node.js.
// Without arguments of vitest: unit and conformance tests. They need `npm run build` before.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { summaryOf } from '../support/summary.js';
import { installNode } from './install.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const USUAL = ['--project', 'unit:*', '--project', 'conformance'];

const words = process.argv.slice(2);
const border = words.includes('--') ? words.indexOf('--') : words.length;
const versions = words.slice(0, border);
const given = words.slice(border + 1);
if (versions.length === 0 || versions.some((version) => !/^\d+(\.\d+){0,2}$/.test(version))) {
  console.error(
    'Usage: npm run test:versions -- VERSION … [-- arguments of vitest], as in: 22 24 26',
  );
  process.exit(2);
}

const results = versions.map(run);
console.log();
for (const { line } of results) console.log(line);
process.exitCode = results.every(({ isGood }) => isGood) ? 0 : 1;

/** Runs the tests with a version; the tests start processes by `process.execPath` and by PATH. */
function run(version) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-report-'));
  const report = join(folder, 'vitest.json');
  try {
    const node = installNode(version);
    const said = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim();
    console.log(`\n=== Node.js ${said}`);
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${report}`];
    const config = ['--config', join(ROOT, 'test/vitest.config.ts')];
    const { status } = spawnSync(
      node,
      [VITEST, 'run', ...config, ...reporters, ...(given.length > 0 ? given : USUAL)],
      {
        cwd: ROOT,
        stdio: 'inherit',
        env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
      },
    );
    const { text, failures, isGood } = summaryOf(report);
    for (const failure of failures) console.log(failure);
    const what = isGood && status !== 0 ? `, exit status ${status}` : '';
    return { line: `Node.js ${said}: ${text}${what}`, isGood: isGood && status === 0 };
  } catch (error) {
    return { line: `Node.js ${version}: 0 passed, 1 failed (${error.message})`, isGood: false };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
