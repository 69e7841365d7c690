// `sluice ctl VERB`: steers a running server through its control socket, and shows what it does.
import { LiveTable, statusTable } from '@sluice/monitor';
import { ControlClient, type Done } from './control-client.ts';
import { type CtlWords, ctlLines, readCtlWords } from './ctl-words.ts';

/** Runs the command. */
export async function ctlCommand(words: readonly string[]): Promise<void> {
  const asked = readCtlWords(words, process.env);
  if (!asked) {
    process.stdout.write(usage());
    return;
  }
  const client = new ControlClient(asked.path);
  if (asked.verb === 'top') {
    await new LiveTable(() => client.status(), { interval: asked.interval }).run();
    return;
  }
  process.stdout.on('error', () => {}); // nobody reads it: it is done all the same
  process.stdout.write(await answerTo(asked, client));
}

async function answerTo(
  asked: Exclude<CtlWords, { verb: 'top' }>,
  client: ControlClient,
): Promise<string> {
  if (asked.verb !== 'status') return sentence(await client.do(asked.target, asked.wait));
  switch (asked.format) {
    case 'json':
      return await client.text('/status');
    case 'prometheus':
      return await client.text('/metrics');
    case 'text':
      return statusTable(await client.status(), process.stdout.columns);
  }
}

/** `reloaded, 4 workers`. */
function sentence({ done, workers, each }: Done): string {
  if (workers === undefined) return `${done}\n`;
  const where = each === undefined ? '' : ` in each ${each}`;
  return `${done}, ${workers} worker${workers === 1 ? '' : 's'}${where}\n`;
}

function usage(): string {
  return `Usage: sluice ctl [--control PATH] VERB

Steers a server that was started with sluice serve --control PATH, and shows what it does.

${ctlLines()}

Exit status: 0 done; 1 the server could not do it, or not in time; 2 wrong verb or option; 4 nobody answers at PATH.
`;
}
