// The list of HTTP cases that every set-up runs.
import { bodyCases } from './cases/bodies.ts';
import { connectionCases } from './cases/connections.ts';
import { logCases } from './cases/logs.ts';
import { requestCases } from './cases/requests.ts';
import { responseCases } from './cases/responses.ts';
import type { Case } from './site.ts';

const ALL = { ...requestCases, ...bodyCases, ...responseCases, ...connectionCases, ...logCases };

/** The name of a case. */
export type CaseName = keyof typeof ALL;

/** Every case by its name. */
export const CASES: Readonly<Record<CaseName, Case>> = ALL;
