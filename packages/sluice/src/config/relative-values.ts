// Names in a configuration file are meant from the folder of that file.
import { resolve } from 'node:path';
import { absoluteAddress } from '../addresses/absolute-address.ts';
import type { Option } from '../options/option.ts';

/** Standard streams, which are no files. */
const STREAMS = ['-', 'stdout', 'stderr'];

/** A value of an option as it is meant in a file of that folder. */
export function meantFrom(folder: string, { names, nullWord }: Option, value: unknown): unknown {
  if (Array.isArray(value))
    return value.map((entry) => meantFrom(folder, { names, nullWord } as Option, entry));
  if (typeof value !== 'string' || value === '' || value === nullWord) return value;
  switch (names) {
    case undefined:
      return value;
    case 'address':
      return value.replace(/\S+/g, (address) => absoluteAddress(address, folder));
    default:
      return STREAMS.includes(value) ? value : resolve(folder, value);
  }
}
