// The contract of every codec: bytes in, events out; commands in, bytes out.

/**
 * One side of one connection of a wire protocol, without sockets, timers, clocks or promises.
 *
 * A codec that has thrown a {@link ProtocolError} is finished: what it is fed afterwards is ignored.
 *
 * @typeParam Event - what `feed` and `finish` report, a union told apart by `type`
 * @typeParam Command - what `encode` takes, a union told apart by `type`
 */
export interface Codec<Event, Command> {
  /**
   * Reads the next bytes of the peer, cut anywhere.
   *
   * @throws ProtocolError when the bytes break the protocol
   */
  feed(chunk: Uint8Array): Event[];
  /**
   * Tells that the peer sent its last byte.
   *
   * @throws ProtocolError when it stopped in the middle of something
   */
  finish(): Event[];
  /** Turns a command into the bytes to send. */
  encode(command: Command): Uint8Array;
}
