// Reads a server of a file in Paste's style, for tests.
import { join } from 'node:path';
import { PasteConfiguration } from '../src/config/paste-configuration.ts';
import { CommandOptions } from '../src/options/command-options.ts';
import { describeOrigin, type Origin } from '../src/options/origin.ts';
import { resolveLayers } from '../src/options/resolve.ts';
import { folderOf } from './files.ts';

/** Reads a server; mistakes are without the folder in front. */
export async function readServer(text: string, { name = 'main', others = {} } = {}) {
  const folder = folderOf({ 'site.ini': text, ...others });
  const configuration = new PasteConfiguration(join(folder, 'site.ini'));
  const mistakes: string[] = [];
  const report = ({ message }: Error) => mistakes.push(message.replaceAll(`${folder}/`, ''));
  const { layers, application } = await configuration.server(name, report);
  const { options, origins } = resolveLayers(CommandOptions, layers, report);
  const from = (option: keyof CommandOptions) =>
    describeOrigin(origins.get(option) as Origin).replace(`${folder}/`, '');
  return { folder, options, from, mistakes, application };
}

/** A section [server:main] with these lines. */
export const server = (...lines: string[]) => ['[server:main]', ...lines].join('\n');
