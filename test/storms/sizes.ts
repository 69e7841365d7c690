// How large storms are: small ones belong to the tests; `npm run storm` and `npm run soak` ask for large ones.

const { SLUICE_STORM_REQUESTS: requests } = process.env;

/** Whether large storms were asked for. */
export const IS_LARGE = requests !== undefined;

/** Requests of a storm. */
export const REQUESTS = Number(requests ?? 3000);

/** Tells figures of large storms. */
export function tell(line: string): void {
  if (IS_LARGE || process.env.SLUICE_SOAK_MINUTES) process.stdout.write(`${line}\n`);
}
