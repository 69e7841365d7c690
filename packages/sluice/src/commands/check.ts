// `sluice check`: finds every mistake that shows before a server is started, and starts nothing.
import { OptionError } from '@sluice/protocol';
import { shownName } from '../addresses/address-url.ts';
import { checkApplication } from '../check/check-application.ts';
import { checkServer } from '../check/check-server.ts';
import { chooseServer } from '../config/configuration.ts';
import { CommandOptions } from '../options/command-options.ts';
import { hideSecrets } from '../options/hide-secrets.ts';
import { placed, placeOf } from '../options/origin.ts';
import { EXIT } from './exit-status.ts';
import { openSources, readSettings, type Settings, type Sources } from './settings.ts';
import { optionLines, readWords } from './words.ts';

/** Runs the command. */
export async function checkCommand(words: readonly string[]): Promise<void> {
  const said = readWords(words, CommandOptions);
  if (said.help) {
    process.stdout.write(usage());
    return;
  }
  await checkSources(await openSources(said, process.env));
}

/** Checks what sources say. @param command - in front of each mistake */
export async function checkSources(sources: Sources, command = 'sluice check'): Promise<void> {
  const mistakes = new Set<string>(); // two servers share what is wrong with what they share
  const report = ({ message }: OptionError) => void mistakes.add(message);
  const warn = (line: string) => process.stderr.write(`warn: ${line}\n`);
  const checked: Settings[] = [];
  for (const server of serversOf(sources)) {
    const before = mistakes.size;
    const settings = await readSettings(sources, server, report);
    // A name that leads nowhere has been told already.
    if (settings.application || mistakes.size === before) checked.push(settings);
    await checkServer(settings, report, warn);
  }
  await checkApplications(checked, report);
  if (mistakes.size === 0) {
    process.stdout.write(checked.map(praise).join(''));
    return;
  }
  for (const mistake of mistakes) process.stderr.write(`${command}: ${mistake}\n`);
  process.stderr.write(`${mistakes.size === 1 ? '1 mistake' : `${mistakes.size} mistakes`}\n`);
  process.exitCode = EXIT.usage;
}

/** The server that is asked for, else all of them. */
function serversOf({ configuration, wanted, origin }: Sources): readonly (string | undefined)[] {
  if (!configuration || configuration.servers.length === 0 || wanted !== undefined)
    return [configuration && chooseServer(configuration, wanted, origin)];
  return configuration.servers;
}

async function checkApplications(
  checked: readonly Settings[],
  report: (mistake: OptionError) => void,
): Promise<void> {
  const seen = new Set<string>();
  for (const { application, options, file, server } of checked) {
    if (!application) {
      const of = server === undefined ? '' : ` of server ${server}`;
      const where = file === undefined ? '' : `${placeOf(file)}: `;
      const hint =
        file === undefined
          ? ': name it (sluice check APP), or a configuration file (--config FILE, or sluice.config.js, .mjs, .cjs, .ts or .json here)'
          : '';
      const why = `${where}the application${of} is missing${hint}`;
      report(new OptionError('ERR_APPLICATION_LOAD', why));
    } else if (!seen.has(application.name)) {
      seen.add(application.name);
      // A section has told its line itself.
      const origin = application.name.startsWith('config:') ? undefined : application.origin;
      for (const { message } of await checkApplication(application.name, options.as))
        report(new OptionError('ERR_APPLICATION_LOAD', placed(message, origin)));
    }
  }
}

function praise({ application, options, server }: Settings): string {
  const name = server === undefined ? '' : `server ${server}: `;
  const listen = (hideSecrets(options.listen) as string[]).join(' ');
  return `${name}nothing is wrong; ${shownName(application?.name ?? '')} would be served at ${listen}\n`;
}

function usage(): string {
  return `Usage: sluice check [APP] [--config FILE] [--server NAME] [option …]

Says what is wrong with a server, all of it, and starts nothing: options of every source and whether they go
together, addresses, files, folders, users; and imports the application, in a process of its own.
Without --server it checks all servers of the configuration file.

${optionLines(CommandOptions)}

Exit status: 0 nothing is wrong, 2 something is.
`;
}
