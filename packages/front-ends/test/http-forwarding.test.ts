// Forwarding headers: what is believed of whom.
import { createVariables } from '@sluice/gateway';
import { describe, expect, it } from 'vitest';
import { AllowList } from '../src/allow-list.ts';
import { applyForwarding } from '../src/http-forwarding.ts';

const TRUST = new AllowList(['10.0.0.0/8', '2001:db8::/32']);
const PROXY = '10.0.0.1';
const CLIENT = '203.0.113.9';

/** What a proxy at an address makes of a request; the names are without HTTP_. */
function forwarded(given: Readonly<Record<string, string>>, from = PROXY) {
  const variables = createVariables();
  Object.assign(variables, {
    REMOTE_ADDR: from,
    REMOTE_PORT: '4711',
    REQUEST_SCHEME: 'http',
    HTTP_HOST: 'inner',
  });
  for (const [name, value] of Object.entries(given)) variables[`HTTP_${name}`] = value;
  applyForwarding(variables, TRUST);
  const { REMOTE_ADDR, REMOTE_PORT, REQUEST_SCHEME, HTTPS, HTTP_HOST } = variables;
  return [REMOTE_ADDR, REMOTE_PORT, REQUEST_SCHEME, HTTPS, HTTP_HOST]
    .map((text) => text ?? '-')
    .join(' ');
}

const UNTOUCHED = `${PROXY} 4711 http - inner`;

describe('who is believed', () => {
  const all = { X_FORWARDED_FOR: CLIENT, X_FORWARDED_PROTO: 'https', X_FORWARDED_HOST: 'outer' };

  it('a proxy on the list', () => {
    expect(forwarded(all)).toBe(`${CLIENT} - https on outer`);
    expect(forwarded(all, '::ffff:10.0.0.1')).toBe(`${CLIENT} - https on outer`);
  });

  it.each(['203.0.113.1', '::1', ''])('nobody else: %j', (from) => {
    expect(forwarded(all, from)).toBe(`${from} 4711 http - inner`);
    expect(forwarded({ FORWARDED: `for=${CLIENT};proto=https` }, from)).toBe(
      `${from} 4711 http - inner`,
    );
  });

  it('where both kinds are there, neither', () => {
    const FORWARDED = `for=${CLIENT};proto=https`;
    expect(forwarded({ FORWARDED, X_FORWARDED_FOR: '198.51.100.1' })).toBe(UNTOUCHED);
    expect(forwarded({ FORWARDED, X_FORWARDED_PROTO: 'http' })).toBe(UNTOUCHED);
  });

  it('a request without any is as it was', () => {
    expect(forwarded({})).toBe(UNTOUCHED);
  });
});

describe('X-Forwarded-For', () => {
  it.each([
    [CLIENT, `${CLIENT} -`],
    [`198.51.100.1, ${CLIENT}`, `${CLIENT} -`], // what is left of the first other one is its claim
    [`${CLIENT}, 10.0.0.2`, `${CLIENT} -`],
    [`198.51.100.1,${CLIENT},10.0.0.3,10.0.0.2`, `${CLIENT} -`],
    ['10.0.0.3, 10.0.0.2', '10.0.0.3 -'],
    [`${CLIENT}:80`, `${CLIENT} 80`],
    ['2001:db9::1', '2001:db9::1 -'],
    ['[2001:db9::1]', '2001:db9::1 -'],
    ['[2001:db9::1]:443', '2001:db9::1 443'],
    [`${CLIENT}, 2001:db8::7`, `${CLIENT} -`],
    ['', `${PROXY} 4711`],
    ['unknown', `${PROXY} 4711`],
    [`${CLIENT}, unknown`, `${PROXY} 4711`],
    [`${CLIENT}, unknown, 10.0.0.2`, '10.0.0.2 -'],
    [`${CLIENT},`, `${PROXY} 4711`],
    ['203.0.113.999', `${PROXY} 4711`],
    ['203.0.113.9:port', `${PROXY} 4711`],
    ['203.0.113.9:123456', `${PROXY} 4711`],
    ['<script>', `${PROXY} 4711`],
    [`"${CLIENT}"`, `${PROXY} 4711`],
  ])('%j: %s', (chain, expected) => {
    expect(forwarded({ X_FORWARDED_FOR: chain })).toBe(`${expected} http - inner`);
  });

  it('a chain of a hundred thousand is walked in one go', () => {
    const chain = `${CLIENT}, ${'10.0.0.2, '.repeat(100_000)}10.0.0.2`;
    expect(forwarded({ X_FORWARDED_FOR: chain })).toBe(`${CLIENT} - http - inner`);
  });
});

describe('X-Forwarded-Proto and X-Forwarded-Host', () => {
  it.each([
    ['https', 'https on'],
    ['HTTPS', 'https on'],
    ['http', 'http -'],
    ['http, https', 'https on'], // the nearest proxy says the last word
    ['https, http', 'http -'],
    ['gopher', 'http -'],
    ['https,', 'http -'],
    ['', 'http -'],
  ])('the scheme %j: %s', (proto, expected) => {
    expect(forwarded({ X_FORWARDED_PROTO: proto })).toBe(`${PROXY} 4711 ${expected} inner`);
  });

  it.each([
    ['outer', 'outer'],
    ['outer:8080', 'outer:8080'],
    ['[2001:db8::1]:80', '[2001:db8::1]:80'],
    ['evil, outer', 'outer'],
    ['a/b', 'inner'],
    ['a b', 'inner'],
    ['user@outer', 'inner'],
    ['', 'inner'],
  ])('the host %j: %s', (host, expected) => {
    expect(forwarded({ X_FORWARDED_HOST: host })).toBe(`${PROXY} 4711 http - ${expected}`);
  });
});

describe('Forwarded', () => {
  it.each([
    [`for=${CLIENT}`, `${CLIENT} - http - inner`],
    [`For="${CLIENT}:80";Proto=HTTPS;HOST="outer:81"`, `${CLIENT} 80 https on outer:81`],
    ['for="[2001:db9::1]:443"', '2001:db9::1 443 http - inner'],
    [`for=198.51.100.1;host=evil, for=${CLIENT};host=outer`, `${CLIENT} - http - outer`],
    [`for=${CLIENT}, for=10.0.0.2;proto=https`, `${CLIENT} - https on inner`],
    [`for=${CLIENT};proto=https, for=10.0.0.2`, `${CLIENT} - http - inner`], // only the nearest tells
    [`for="${CLIENT}, 198.51.100.1"`, UNTOUCHED],
    [`by="a,b;for=198.51.100.1";for=${CLIENT}`, `${CLIENT} - http - inner`],
    [`by="a\\",for=198.51.100.1";for=${CLIENT}`, `${CLIENT} - http - inner`],
    [`for="\\2\\03.0.113.9"`, `${CLIENT} - http - inner`],
    [' for = 203.0.113.9 ', `${CLIENT} - http - inner`],
    ['for=unknown', UNTOUCHED],
    ['for=_hidden, for=unknown', UNTOUCHED],
    ['proto=gopher;host="a b"', UNTOUCHED],
    ['"', UNTOUCHED],
    ['for="', UNTOUCHED],
    [';;,,==', UNTOUCHED],
    ['', UNTOUCHED],
  ])('%s', (value, expected) => {
    expect(forwarded({ FORWARDED: value })).toBe(expected);
  });
});
