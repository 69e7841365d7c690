/**
 * What it takes to test an implementation of AJP/1.3: transcripts with their meaning, packets of both
 * sides, right or wrong as wished, and every way to cut them.
 *
 * @packageDocumentation
 */
export { everySplit, joinChunks, readAll } from '@sluice/protocol/testing';
export {
  bytesOf,
  container,
  type ForwardFields,
  integer,
  type Part,
  string,
  webServer,
} from './testing-packets.ts';
export { type Ajp13Vector, VECTORS } from './testing-vectors.ts';
