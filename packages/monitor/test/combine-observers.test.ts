// Several observers as one.
import type { RequestObserver } from '@sluice/gateway';
import { expect, it } from 'vitest';
import { combineObservers } from '../src/combine-observers.ts';
import { environOf } from './observed.ts';

const exchange = {} as Parameters<RequestObserver['begin']>[1];

function observer(name: string, told: string[], watches = true): RequestObserver {
  return {
    begin(environ, request) {
      told.push(`${name} begins ${environ.PATH_INFO} ${request === exchange}`);
      return watches ? { end: (...end) => told.push(`${name} ends ${end}`) } : undefined;
    },
  };
}

it('none is none, and one is itself', () => {
  const only = observer('only', []);
  expect(combineObservers([])).toBe(undefined);
  expect(combineObservers([undefined, undefined])).toBe(undefined);
  expect(combineObservers([undefined, only])).toBe(only);
});

it('each is told, in order; whoever does not want to know the end is not', () => {
  const told: string[] = [];
  const all = combineObservers([
    observer('a', told),
    observer('b', told, false),
    observer('c', told),
  ]);
  const end = all?.begin(environOf({ PATH_INFO: '/x' }), exchange);
  end?.end(200, 5, true);
  expect(told).toEqual([
    'a begins /x true',
    'b begins /x true',
    'c begins /x true',
    'a ends 200,5,true',
    'c ends 200,5,true',
  ]);
});

it('one alone may want to know the end', () => {
  const told: string[] = [];
  const all = combineObservers([observer('a', [], false), observer('b', told)]);
  all?.begin(environOf(), exchange)?.end(0, 0, false);
  expect(told.slice(1)).toEqual(['b ends 0,0,false']);
});

it('when nobody wants to know the end, nobody is asked to', () => {
  const all = combineObservers([observer('a', [], false), observer('b', [], false)]);
  expect(all?.begin(environOf(), exchange)).toBe(undefined);
});
