// How many connections descriptors suffice for.
import { expect, it } from 'vitest';
import { connectionsFor } from '../src/connection-limit.ts';

it.each([
  [undefined, undefined],
  [1_048_576, 1_048_512],
  [1024, 960],
  [130, 66],
  [128, 64],
  [127, 63],
  [64, 32], // where few are left without the 64 that are spared, half of them are
  [1, 0],
])('of %j descriptors, %j', (descriptors, connections) => {
  expect(connectionsFor(descriptors)).toBe(connections);
});
