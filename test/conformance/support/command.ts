// The command as an operator starts it.
import type { SpawnOptions } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { Program } from './program.ts';
import { until } from './until.ts';

/** The command's script. */
export const BIN = fileURLToPath(new URL('../../../packages/sluice/dist/bin.js', import.meta.url));

/** The same for another user, who may not be able to reach this checkout (readable-checkout.ts). */
function binFor({ uid }: SpawnOptions): string {
  const { SLUICE_TEST_CHECKOUT: copy } = process.env;
  return uid === undefined || copy === undefined ? BIN : `${copy}/packages/sluice/dist/bin.js`;
}

/** Runs `sluice` with these words; it is gone when the test is finished. */
export function sluice(words: readonly string[], options: SpawnOptions = {}): Program {
  const program = new Program([binFor(options), ...words], options);
  onTestFinished(() => program.kill());
  return program;
}

/** Runs `sluice serve` and waits until it says where; ends with the test. */
export async function sluiceServe(
  application: string,
  words: readonly string[],
  options: SpawnOptions = {},
): Promise<{ program: Program; urls: string[]; url: string }> {
  const program = sluice(['serve', application, ...words], options);
  const count = words.filter((word) => word === '--listen').length;
  await program.line(/^serving /, 15_000);
  const told = () => program.log.flatMap((line) => /^ {2}(\S+) +try:/.exec(line)?.slice(1) ?? []);
  await until('all addresses are told', () => told().length >= count);
  const urls = told();
  return { program, urls, url: urls[0] as string };
}
