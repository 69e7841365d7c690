// What a test opened, and how it is closed: in the opposite order, whatever fails on the way.

/** A stack of things to close. */
export class Cleanup {
  readonly #closers: (() => unknown)[] = [];

  /** Remembers how something is closed. */
  add(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Closes everything; the first error is thrown when all is done. */
  async run(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
