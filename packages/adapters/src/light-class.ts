// A class whose objects pass for those of another one, and make one of those when they have to.

/** The parts of a class that are used here. */
export interface ClassOf<Instance> {
  readonly prototype: Instance;
}

/**
 * Lets a class stand in for another: `instanceof` holds both ways, and members that it lacks, whichever
 * this version of Node.js has, ask the object that `plain` makes.
 */
export function standIn<Light extends object, Plain extends object>(
  light: ClassOf<Light>,
  { prototype: from }: ClassOf<Plain>,
  plain: (light: Light) => Plain,
): void {
  const to = light.prototype;
  for (const name of Reflect.ownKeys(from)) {
    if (Object.hasOwn(to, name)) continue;
    const member = Object.getOwnPropertyDescriptor(from, name) as PropertyDescriptor;
    const { get, value } = member;
    if (get) {
      Object.defineProperty(to, name, {
        ...member,
        get(this: Light) {
          return get.call(plain(this));
        },
      });
    } else if (typeof value === 'function') {
      Object.defineProperty(to, name, {
        ...member,
        value(this: Light, ...parameters: unknown[]) {
          return value.apply(plain(this), parameters);
        },
      });
    }
  }
  Object.setPrototypeOf(to, from);
  passFor(light, from);
}

/** Lets `instanceof` of a class, not of those that extend it, hold for all objects with a prototype. */
export function passFor(light: object, prototype: object): void {
  Object.defineProperty(light, Symbol.hasInstance, {
    value(this: { readonly prototype: object }, value: unknown): boolean {
      const asked = this === light ? prototype : this.prototype;
      return typeof value === 'object' && Object.prototype.isPrototypeOf.call(asked, value ?? {});
    },
  });
}
