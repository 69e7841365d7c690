// The words of a control socket: parameters of its verbs, read and checked.
import { OptionError } from '@sluice/protocol';

/** Seconds that a reload or a stop is waited for, where nobody says how long. */
export const DEFAULT_WAIT = 60;

const LONGEST_WAIT = 86_400; // seconds
const MOST_WORKERS = 1024; // a number with a digit too many shall not take the machine down

/** A parameter that is `yes` or `no`; absent means `no`. @throws OptionError `ERR_OPTION_VALUE` */
export function readSwitch(query: URLSearchParams, name: string): boolean {
  const value = query.get(name) ?? 'no';
  if (value === 'yes' || value === 'no') return value === 'yes';
  throw wrong(`${name} is yes or no, not ${JSON.stringify(value)}`);
}

/** The parameter `wait`, in seconds. @throws OptionError `ERR_OPTION_VALUE` */
export function readWait(query: URLSearchParams): number {
  const value = query.get('wait') ?? String(DEFAULT_WAIT);
  const seconds = /^\d{1,5}(?:\.\d{1,3})?$/.test(value) ? Number(value) : Number.NaN;
  if (seconds <= LONGEST_WAIT) return seconds;
  throw wrong(
    `wait is a number of seconds from 0 to ${LONGEST_WAIT}, not ${JSON.stringify(value)}`,
  );
}

/**
 * The new number of workers, by the parameter `workers` or a body that is one: `4`, `+1`, `-1`.
 *
 * @param query - parameters of the request
 * @param body - of the request: `workers=4`, or `4` alone
 * @returns gives the new number from the old one, and throws an OptionError where that is out of bounds
 * @throws OptionError `ERR_OPTION_VALUE`
 */
export function readScale(query: URLSearchParams, body: string): (size: number) => number {
  const form = body.includes('=') ? new URLSearchParams(body) : new URLSearchParams();
  const other = [...form.keys()].find((name) => name !== 'workers');
  if (other !== undefined) throw wrong(`the body has no parameter ${other}; there is workers`);
  const bare = body === '' || body.includes('=') ? [] : [body];
  const values = [...query.getAll('workers'), ...form.getAll('workers'), ...bare];
  const [value = ''] = values;
  if (values.length !== 1)
    throw wrong(`say once how many workers: workers=4, or one more or less: workers=+1, -1`);
  const [, sign, digits] = /^([ +-]?)(\d{1,6})$/.exec(value) ?? []; // a plus that is not escaped arrives as a blank
  if (digits === undefined)
    throw wrong(`workers is a number such as 4, +1 or -1, not ${JSON.stringify(value)}`);
  const number = Number(digits);
  return (size) => bounded(sign === '' ? number : size + (sign === '-' ? -number : number), size);
}

function bounded(wanted: number, size: number): number {
  if (wanted < 1) throw wrong(`there has to be one worker at least; there are ${size}`);
  if (wanted > MOST_WORKERS) throw wrong(`there can be ${MOST_WORKERS} workers at most`);
  return wanted;
}

function wrong(message: string): OptionError {
  return new OptionError('ERR_OPTION_VALUE', message);
}
