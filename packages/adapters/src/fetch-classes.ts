// The classes of the Fetch standard that Node.js has, whatever is global later on.
//
// Node.js reads their code when somebody asks for the first of them, which takes longer than the rest of
// this package does: a program that is started for one request shall not pay for it without a Fetch handler.

type Classes = Pick<typeof globalThis, 'Headers' | 'Request' | 'Response'>;
type Name = keyof Classes;

/** Each class, read when it is asked for. */
export const plain = {} as Readonly<Classes>;

for (const name of ['Headers', 'Request', 'Response'] as const) {
  const given = Object.getOwnPropertyDescriptor(globalThis, name) as PropertyDescriptor;
  let known: unknown;
  Object.defineProperty(plain, name, {
    get() {
      known ??= classOf(name, given);
      return known;
    },
  });
}

/** What was global when this module was loaded. */
function classOf(name: Name, { get, value }: PropertyDescriptor): unknown {
  if (!get) return value;
  const present = Object.getOwnPropertyDescriptor(globalThis, name) as PropertyDescriptor;
  const own = get.call(globalThis); // which makes it the global one
  if (present.get !== get) Object.defineProperty(globalThis, name, present);
  return own;
}
