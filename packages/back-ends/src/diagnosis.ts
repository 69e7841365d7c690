// The contract of a diagnosis: what the people of a protocol know of its servers when one does not answer as it should.

/** A server that was asked, and what is known of that. */
export interface AskedServer {
  /** Its address, without options. */
  readonly address: string;
  /** Options of the protocol, of the server's address. */
  readonly settings: Readonly<Record<string, string>>;
  /** Variables of the request. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Whether it was a ping, and no request. */
  readonly isPing: boolean;
  /** Bytes of the head of the request. */
  readonly headSize: number;
  /** What its answer is by its first bytes: the name of a {@link Form}; undefined when they tell nothing. */
  readonly spoken: string | undefined;
}

/** How the answers of a protocol look, where they have a form of their own. */
export interface Form {
  /** What people call it: `FastCGI`. */
  readonly name: string;
  /** Whether bytes can hardly be the beginning of anything else. */
  begins(first: Uint8Array): boolean;
}

/** Finds the usual mistake for somebody whose server gives no answer, or an odd one. Sentences are for a person. */
export interface Diagnosis {
  /** The form of its answers; undefined: they have that of another protocol. */
  readonly form?: Form;
  /** Names of the forms that its answers may have. */
  readonly answers: readonly string[];
  /** Whether an answer in no known form may begin so, however it goes on: a part of a record, a header of an application's own. */
  mayBegin(first: Uint8Array): boolean;
  /** Why its servers take a question, close and say nothing. */
  closed?(asked: AskedServer): string;
  /** Why an answer ended before its head. */
  truncated?(asked: AskedServer): string | undefined;
  /**
   * What an answer above 399 may mean.
   *
   * @param status - of the answer
   * @param said - the beginning of its body, and what the server wrote to its error stream
   */
  refused?(status: number, said: string, asked: AskedServer): string | undefined;
}
