// Which requests may be sent a second time.
import { testEnviron } from '@sluice/gateway/testing';
import { expect, it } from 'vitest';
import { isRepeatable } from '../src/repeatable.ts';

it.each([
  ['GET', true],
  ['HEAD', true],
  ['PUT', true],
  ['DELETE', true],
  ['OPTIONS', true],
  ['TRACE', true],
  ['POST', false],
  ['PATCH', false],
  ['PROPFIND', false],
  ['get', false],
])('%s: %s without a body, never with one', (method, expected) => {
  const environ = testEnviron({ REQUEST_METHOD: method });
  expect(isRepeatable(environ, false)).toBe(expected);
  expect(isRepeatable(environ, true)).toBe(false);
});
