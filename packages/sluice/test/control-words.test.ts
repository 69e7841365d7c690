// What the control socket understands, and what it does not.
import { describe, expect, it } from 'vitest';
import { readScale, readSwitch, readWait } from '../src/control/words.ts';

const query = (text: string) => new URLSearchParams(text);

describe('readScale', () => {
  it.each([
    ['workers=4', '', 2, 4],
    ['workers=+1', '', 2, 3], // arrives as a blank
    ['workers=%2B1', '', 2, 3],
    ['workers=-1', '', 2, 1],
    ['', 'workers=7', 2, 7],
    ['', 'workers=+3', 2, 5],
    ['', '+3', 2, 5],
    ['', '1', 9, 1],
    ['workers=1024', '', 1, 1024],
    ['workers=+0', '', 5, 5],
  ])('%j and %j of %d workers make %d', (text, body, size, wanted) => {
    expect(readScale(query(text), body)(size)).toBe(wanted);
  });

  it.each([
    ['', '', /say once/],
    ['workers=1', '1', /say once/],
    ['workers=1&workers=2', '', /say once/],
    ['workers=', '', /a number such as 4/],
    ['workers=1.5', '', /not "1\.5"/],
    ['workers=1e3', '', /not "1e3"/],
    ['workers=--1', '', /not "--1"/],
    ['workers=9999999', '', /not "9999999"/],
    ['', 'size=3', /no parameter size; there is workers/],
    ['', '{"workers":3}', /a number such as 4/],
  ])('%j and %j are a mistake', (text, body, error) => {
    expect(() => readScale(query(text), body)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_VALUE', message: expect.stringMatching(error) }),
    );
  });

  it.each([
    ['workers=0', 3, /one worker at least; there are 3/],
    ['workers=-3', 3, /one worker at least/],
    ['workers=1025', 3, /1024 workers at most/],
    ['workers=+1', 1024, /1024 workers at most/],
  ])('%j of %d workers is out of bounds', (text, size, error) => {
    expect(() => readScale(query(text), '')(size)).toThrow(error);
  });
});

describe('readSwitch', () => {
  it.each([
    ['', false],
    ['now=no', false],
    ['now=yes', true],
  ])('%j is %s', (text, value) => {
    expect(readSwitch(query(text), 'now')).toBe(value);
  });

  it.each(['now', 'now=1', 'now=true', 'now=YES'])('%j is a mistake', (text) => {
    expect(() => readSwitch(query(text), 'now')).toThrow(/now is yes or no/);
  });
});

describe('readWait', () => {
  it.each([
    ['', 60],
    ['wait=0', 0],
    ['wait=1.5', 1.5],
    ['wait=86400', 86_400],
  ])('%j are %d seconds', (text, seconds) => {
    expect(readWait(query(text))).toBe(seconds);
  });

  it.each(['wait=', 'wait=-1', 'wait=86401', 'wait=1m', 'wait=Infinity'])(
    '%j is a mistake',
    (text) => {
      expect(() => readWait(query(text))).toThrow(/wait is a number of seconds from 0 to 86400/);
    },
  );
});
