// Time stamps of log lines, each written once a second at most.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Writes a time. */
export type TimeFormat = (date: Date) => string;

/** The conversions of strftime that a format may use; local time, and English names. */
export const CONVERSIONS: Readonly<Record<string, TimeFormat>> = {
  '%': () => '%',
  a: (date) => DAYS[date.getDay()] as string,
  b: (date) => MONTHS[date.getMonth()] as string,
  d: (date) => pad(date.getDate()),
  F: (date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`,
  H: (date) => pad(date.getHours()),
  m: (date) => pad(date.getMonth() + 1),
  M: (date) => pad(date.getMinutes()),
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  S: (date) => pad(date.getSeconds()),
  T: (date) => `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`,
  Y: (date) => String(date.getFullYear()),
  z: (date) => offsetOf(date, ''),
};

/** `10/Oct/2000:13:55:36 -0700`, as the Common Log Format has it. */
export const commonTime: TimeFormat = (date) =>
  `${pad(date.getDate())}/${MONTHS[date.getMonth()]}/${date.getFullYear()}:${CONVERSIONS.T?.(date)} ${offsetOf(date, '')}`;

/** A time with milliseconds and the distance from UTC: `2000-10-10T13:55:36.123-07:00`. */
export const isoTime: TimeFormat = (date) =>
  `${CONVERSIONS.F?.(date)}T${CONVERSIONS.T?.(date)}.${String(date.getMilliseconds()).padStart(3, '0')}${offsetOf(date, ':')}`;

/** A second in which requests came: what was written of it once is kept. */
export class Stamp {
  readonly #date: Date;
  readonly #texts: (string | undefined)[] = [];

  /** @param second - since the epoch */
  constructor(second: number) {
    this.#date = new Date(second * 1000);
  }

  /** Its text in a format.
   * @param slot - a number for each format, from 0 up */
  text(slot: number, format: TimeFormat): string {
    const known = this.#texts[slot];
    if (known !== undefined) return known;
    const text = format(this.#date);
    this.#texts[slot] = text;
    return text;
  }
}

/** Gives one {@link Stamp} for all requests of a second. */
export class Stamps {
  #second = Number.NaN;
  #stamp = new Stamp(0);

  /** @param time - milliseconds since the epoch */
  at(time: number): Stamp {
    const second = Math.floor(time / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#stamp = new Stamp(second);
    }
    return this.#stamp;
  }
}

function offsetOf(date: Date, separator: string): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}${separator}${pad(size % 60)}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
