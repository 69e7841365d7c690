// Pools for unit tests: their units do what they are told, and nothing by themselves.
import { vi } from 'vitest';
import { Pool } from '../src/pool.ts';
import type { Spares } from '../src/sizing.ts';
import type { Unit, UnitEvents } from '../src/unit.ts';

/** A unit that does nothing by itself: its events are the test's to call. */
function fakeUnit(name: string, events: UnitEvents) {
  const gone = (how = 'exit status 1') => events.gone(how);
  const told = {
    stop: vi.fn<() => void>(),
    kill: vi.fn<() => void>(),
    reopen: vi.fn<() => void>(),
  };
  const report = async () => `report of ${name}`;
  return { ...events, ...told, name, gone, report, resize: vi.fn<(size: number) => void>() };
}
/** A unit, and what it was told. */
export type FakeUnit = ReturnType<typeof fakeUnit>;

/** A pool that is not started. */
export function poolOf(size: number | Spares) {
  const units: FakeUnit[] = [];
  const lines: string[] = [];
  const onexhausted = vi.fn<() => void>();
  const onfailed = vi.fn<(why: string) => void>();
  const supply = { left: Number.POSITIVE_INFINITY };
  const pool = new Pool({
    size,
    deadline: 10_000,
    report: (level, line) => lines.push(`${level}: ${line}`),
    onexhausted,
    start(events) {
      if (supply.left-- <= 0) return undefined;
      const unit: Unit & FakeUnit = fakeUnit(`unit ${units.length}`, events);
      units.push(unit);
      return unit;
    },
  });
  pool.onfailed = onfailed;
  const unit = (at: number) => units[at] as FakeUnit;
  return { pool, units, unit, lines, onexhausted, onfailed, supply };
}

/** A pool whose units are ready, and no longer young. */
export async function runningPool(size: number | Spares) {
  const made = poolOf(size);
  const started = made.pool.start();
  for (const unit of made.units) unit.ready();
  await started;
  vi.advanceTimersByTime(1001);
  return made;
}
