/**
 * What tells an export's kind, and catches a server that would listen. Nothing of an adapter is loaded: a
 * program that is started for one request asks here first.
 *
 * @packageDocumentation
 */
export { describeExport, SHAPES, unknownExport } from './describe-export.ts';
export { kindOf } from './kind-of.ts';
export { ListenTrap } from './listen-trap.ts';
export { APPLICATION_KINDS, type ApplicationKind, markOf } from './marks.ts';
