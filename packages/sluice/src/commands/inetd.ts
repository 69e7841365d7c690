// `sluice serve APP --listen SCHEME+stdio:`, and no other option: the words of an inetd.conf.
import { SluiceError } from '@sluice/protocol';
import { parseAddress } from '../addresses/address-url.ts';
import { namesFound } from '../config/file-names.ts';
import { serveStdio } from '../started/serve-stdio.ts';

/**
 * Runs the command when it is as plain as that.
 *
 * @returns false when something else is asked for as well
 */
export async function inetdCommand(words: readonly string[]): Promise<boolean> {
  const at = words.indexOf('--listen');
  const rest = words.filter((_, index) => index !== at && index !== at + 1);
  const [application, ...more] = rest;
  if (namesFound().length > 0 || Object.keys(process.env).some(isOption)) return false;
  if (at < 0 || !application || application.startsWith('-') || more.length > 0) return false;
  try {
    const address = parseAddress(words[at + 1] as string);
    if (address.place.type !== 'stdio') return false;
    await serveStdio(application, address);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    process.stderr.write(`sluice serve: ${error.message}\n`);
    process.exitCode = error.name === 'OptionError' ? 2 : 1;
  }
  return true;
}

/** Whether a variable may give an option: which of them do, is not loaded here. */
function isOption(variable: string): boolean {
  return variable === 'WSGI_SCRIPT_NAME' || variable.startsWith('SLUICE_');
}
