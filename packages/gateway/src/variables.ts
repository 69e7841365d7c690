// The variables of a request: the object that becomes its environ, from the first name on.

/** Variables of a request by name, latin-1 strings, without a prototype of any use. */
export type Variables = Record<string, string>;

/** Who answers the request of an environ: its `sluice.signal` asks. */
export const ANSWERER: unique symbol = Symbol('sluice.answerer');

function askSignal(this: { [ANSWERER]?: { readonly signal: AbortSignal } }):
  | AbortSignal
  | undefined {
  return this[ANSWERER]?.signal;
}
const defineGetter = (
  Object.prototype as unknown as {
    __defineGetter__(this: object, name: string, getter: () => unknown): void;
  }
).__defineGetter__;

/**
 * An environ to be: its class has the keys that the gateway fills for every request, so that V8 keeps
 * it as a record and not as a dictionary, which costs half of what an environ costs. Of `sluice.signal`
 * it has an accessor of its own, which a copy of the environ evaluates.
 */
class Seed {
  'wsgi.version' = undefined;
  'wsgi.url_scheme' = undefined;
  'wsgi.input' = undefined;
  'wsgi.errors' = undefined;
  'wsgi.multithread' = undefined;
  'wsgi.multiprocess' = undefined;
  'wsgi.run_once' = undefined;
  'wsgi.input_terminated' = undefined;
  'wsgi.file_wrapper' = undefined;
  'sluice.protocol' = undefined;
  [ANSWERER] = undefined;

  constructor() {
    defineGetter.call(this, 'sluice.signal', askSignal);
  }
}
// Nothing is inherited: no `constructor`, no `toString` that could pass for a variable.
Object.setPrototypeOf(Seed.prototype, null);
Reflect.deleteProperty(Seed.prototype, 'constructor');

/** Empty variables: names can be anything, nothing is inherited. */
export function createVariables(): Variables {
  return new Seed() as unknown as Variables;
}

/** Whether a value is an object that inherits nothing: no prototype, or one like that of {@link createVariables}. */
export function inheritsNothing(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const parent = Object.getPrototypeOf(value);
  if (parent === null) return true;
  return Object.getPrototypeOf(parent) === null && Reflect.ownKeys(parent).length === 0; // by its shape: the class may be of another copy of us
}

/**
 * Collects name, value, name, value … as a gateway protocol sends them. A name twice: header fields
 * (`HTTP_`) are joined as HTTP joins them (RFC 9110, section 5.3; HAProxy and older nginx send one
 * variable for each line), of other variables the last wins.
 *
 * Left out: `HTTP_PROXY` ("httpoxy") and every name that is not made of letters, digits and `_`, so
 * that nothing from the wire can pass for a `wsgi.` or `sluice.` key.
 */
export function collectVariables(pairs: readonly string[]): Variables {
  const variables = createVariables();
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const name = pairs[at] as string;
    const kind = kindAt(at, name);
    if (kind === Kind.NONE) continue;
    let value = pairs[at + 1] as string;
    if (kind === Kind.FIELD) {
      const first = variables[name];
      if (first !== undefined) value = first + (name === 'HTTP_COOKIE' ? '; ' : ', ') + value;
    } else if (kind === Kind.FILLED && value === '') continue;
    variables[name] = value;
  }
  return variables;
}

/** What a name is: nothing that may get in, a variable, one that is never empty, or a header field. */
const Kind = { NONE: 0, VARIABLE: 1, FILLED: 2, FIELD: 3 } as const;
type Kind = (typeof Kind)[keyof typeof Kind];

// HTTP_ variables in capitals only: `HTTP_proxy` and `HTTP_content_length` would be second spellings.
const NAME = /^(?:(HTTP_)(?!PROXY$)[A-Z0-9_]+|(?![Hh][Tt][Tt][Pp]_)[A-Za-z_][A-Za-z0-9_]*)$/;
const LONGEST_KNOWN = 64;
const KNOWN_LIMIT = 512;
/** Names that came before: web servers send the same ones again and again. */
const kinds = new Map<string, Kind>();
/** The names of the request before, at their places: a web server sends them in the same order nearly always. */
const lastNames: string[] = [];
const lastKinds: Kind[] = [];

function kindAt(at: number, name: string): Kind {
  if (lastNames[at] === name) return lastKinds[at] as Kind;
  const kind = kinds.get(name) ?? kindOf(name);
  if (name.length <= LONGEST_KNOWN && at < KNOWN_LIMIT) {
    lastNames[at] = name;
    lastKinds[at] = kind;
  }
  return kind;
}

/** What nginx sends empty where it is not there: left out, which is cheaper than to delete it from an environ. */
const FILLED: readonly string[] = ['CONTENT_LENGTH', 'CONTENT_TYPE'];

function kindOf(name: string): Kind {
  const match = NAME.exec(name);
  const variable = FILLED.includes(name) ? Kind.FILLED : Kind.VARIABLE;
  const kind = match ? (match[1] ? Kind.FIELD : variable) : Kind.NONE;
  if (name.length <= LONGEST_KNOWN && kinds.size < KNOWN_LIMIT) kinds.set(name, kind);
  return kind;
}
