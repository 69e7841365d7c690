// An access log of JSON objects.
import { type AccessEntry, textOf } from './access-entry.ts';
import { microseconds } from './directives.ts';
import { escapeJson } from './escape.ts';
import { CONVERSIONS, type TimeFormat } from './time-format.ts';

const PID = process.pid;

/** One request as an object of JSON: every field in every line, `null` where nothing is known. */
export function jsonLine(entry: AccessEntry): string {
  const { environ, stamp, time } = entry;
  const milliseconds = String(time % 1000).padStart(3, '0');
  return (
    `{"time":"${stamp.text(0, seconds)}.${milliseconds}${stamp.text(1, zone)}"` +
    `,"remote":${field(environ.REMOTE_ADDR)}` +
    `,"user":${field(environ.REMOTE_USER)}` +
    `,"method":${field(entry.method)}` +
    `,"url":${field(entry.target)}` +
    `,"version":${field(entry.version)}` +
    `,"host":${field(environ.HTTP_HOST)}` +
    `,"script":${field(environ.SCRIPT_NAME)}` +
    `,"status":${entry.status}` +
    `,"bytes":${entry.bytes}` +
    `,"cut":${entry.isCut}` +
    `,"micros":${microseconds(entry)}` +
    `,"referer":${field(environ.HTTP_REFERER)}` +
    `,"agent":${field(environ.HTTP_USER_AGENT)}` +
    `,"protocol":${escapeJson(entry.via)}` +
    `,"pid":${PID}}`
  );
}

const seconds: TimeFormat = (date) => `${CONVERSIONS.F?.(date)}T${CONVERSIONS.T?.(date)}`;
const zone: TimeFormat = (date) => (CONVERSIONS.z?.(date) ?? '').replace(/..$/, ':$&');

function field(value: unknown): string {
  const text = textOf(value);
  return text === '' ? 'null' : escapeJson(text);
}
