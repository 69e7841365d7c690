// Which tests exist and what they load: unit tests read src/, everything else reads dist/ as a user would.
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

/** `@sluice/source` first: imports between packages then lead to src/*.ts, and no build is needed. */
const conditions = ['@sluice/source', 'node', 'import', 'default'];

/** How often a test of processes runs again when it fails: `.ci/run` sets it. */
const retry = Number(process.env.SLUICE_TEST_RETRY ?? 0);

function unit(folder: string): TestProjectInlineConfiguration {
  return {
    root,
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name: `unit:${folder}`,
      include: [`packages/${folder}/test/**/*.test.ts`],
      testTimeout: 20_000, // properties take thousands of turns, on machines that have other work as well
    },
  };
}

function crossing(
  folder: string,
  options: TestProjectInlineConfiguration['test'] = {},
): TestProjectInlineConfiguration {
  const include = [`test/${folder}/**/*.test.ts`];
  return { root, test: { name: folder, include, retry, ...options } };
}

function hasTests(folder: string): boolean {
  const tests = `${root}packages/${folder}/test`;
  return (
    existsSync(tests) &&
    readdirSync(tests, { recursive: true, encoding: 'utf8' }).some((name) =>
      name.endsWith('.test.ts'),
    )
  );
}

export default defineConfig({
  root,
  test: {
    passWithNoTests: true,
    // Tests wait for processes more than they compute: with one worker less than processors, as is usual, two processors would idle.
    maxWorkers: Math.max(2, availableParallelism()),
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'] },
    projects: [
      ...readdirSync(`${root}packages`).filter(hasTests).map(unit),
      crossing('conformance', {
        globalSetup: ['test/support/readable-checkout.ts'],
        testTimeout: 30_000,
        hookTimeout: 30_000,
      }),
      crossing('frameworks', { testTimeout: 30_000, hookTimeout: 30_000 }),
      // Real web servers share ports, logs and two processors: one file at a time, after all other projects.
      crossing('interop', {
        globalSetup: ['test/support/readable-checkout.ts'],
        testTimeout: 30_000,
        hookTimeout: 30_000,
        fileParallelism: false,
        sequence: { groupOrder: 1 },
      }),
      // A long run is asked for by SLUICE_FUZZ_COUNT; only the count ends it.
      crossing('fuzz', { testTimeout: process.env.SLUICE_FUZZ_COUNT ? 0 : 30_000 }),
      // Figures of memory, time and descriptors: alone, one file at a time. Large storms end by themselves.
      crossing('storms', {
        testTimeout:
          process.env.SLUICE_STORM_REQUESTS || process.env.SLUICE_SOAK_MINUTES ? 0 : 120_000,
        fileParallelism: false,
        sequence: { groupOrder: 2 },
      }),
      crossing('docs', { testTimeout: 30_000 }),
    ],
  },
});
