// The list of HTTP cases that every set-up runs, and those that only some do.
import { bodyCases } from './cases/bodies.ts';
import { connectionCases } from './cases/connections.ts';
import { httpsCases } from './cases/https.ts';
import { largeCases } from './cases/large.ts';
import { logCases } from './cases/logs.ts';
import { requestCases } from './cases/requests.ts';
import { responseCases } from './cases/responses.ts';
import { upgradeCases } from './cases/upgrades.ts';
import { uploadCases } from './cases/uploads.ts';
import type { Case } from './site.ts';

const EVERYWHERE = { ...requestCases, ...bodyCases, ...responseCases, ...connectionCases };

/**
 * Cases that a set-up asks for: `large` once for each server and protocol, `https` where it speaks TLS,
 * `uploads` where request bodies are passed on as they come, `upgrades` where a connection may be taken over.
 */
const ASKED_FOR = {
  large: largeCases,
  https: httpsCases,
  uploads: uploadCases,
  upgrades: upgradeCases,
};

/** A group of cases that a set-up asks for. */
export type Group = keyof typeof ASKED_FOR;

/** The name of a case. */
export type CaseName =
  | keyof typeof EVERYWHERE
  | keyof typeof largeCases
  | keyof typeof httpsCases
  | keyof typeof uploadCases
  | keyof typeof upgradeCases
  | keyof typeof logCases;

/** The cases of a set-up by their names; the logs are looked at in the end. */
export function casesOf(also: readonly Group[]): Readonly<Partial<Record<CaseName, Case>>> {
  return Object.assign({}, EVERYWHERE, ...also.map((group) => ASKED_FOR[group]), logCases);
}
