// What every test of the registry runs over: each protocol that can be listened to, under each model.
import { type Concurrency, PROTOCOLS, type ProtocolName } from 'sluice';

/** The protocols that have a listener, as the registry tells. */
export const LISTENERS: readonly ProtocolName[] = (
  await Promise.all(
    (Object.keys(PROTOCOLS) as ProtocolName[]).map(async (name) => {
      const { createServer } = await PROTOCOLS[name].frontEnd();
      return createServer ? [name] : [];
    }),
  )
).flat();

/** The concurrency models. */
export const MODELS: readonly Concurrency[] = ['single', 'fork', 'thread'];

/** Each listener under each model. */
export const MATRIX = LISTENERS.flatMap((protocol) => MODELS.map((model) => ({ protocol, model })));

/** Options for one cell of the matrix. */
export function cell({ protocol, model }: (typeof MATRIX)[number]) {
  return { listen: [`${protocol}://127.0.0.1:0`], concurrency: model, workers: 2 };
}
