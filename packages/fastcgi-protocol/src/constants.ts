// The numbers of FastCGI 1.0, in the specification's spelling (section 8).

/** Types of records (section 8, "Values for type component of FCGI_Header"). */
export const RecordType = {
  BEGIN_REQUEST: 1,
  ABORT_REQUEST: 2,
  END_REQUEST: 3,
  PARAMS: 4,
  STDIN: 5,
  STDOUT: 6,
  STDERR: 7,
  DATA: 8,
  GET_VALUES: 9,
  GET_VALUES_RESULT: 10,
  UNKNOWN_TYPE: 11,
} as const;
/** The type of a record that this package writes; what it reads may hold any byte. */
export type RecordType = (typeof RecordType)[keyof typeof RecordType];

/** What an application is asked to be (section 5.1). */
export const Role = {
  RESPONDER: 1,
  AUTHORIZER: 2,
  FILTER: 3,
} as const;
/** One of the three roles. */
export type Role = (typeof Role)[keyof typeof Role];

/** How a request ended for the protocol (section 5.5). */
export const ProtocolStatus = {
  REQUEST_COMPLETE: 0,
  CANT_MPX_CONN: 1,
  OVERLOADED: 2,
  UNKNOWN_ROLE: 3,
} as const;
/** One of the four ends. */
export type ProtocolStatus = (typeof ProtocolStatus)[keyof typeof ProtocolStatus];

/** The flag of BEGIN_REQUEST that keeps the connection open after the request (section 5.1). */
export const KEEP_CONN = 1;

/** Bytes of a record's header (section 3.3). */
export const HEADER_SIZE = 8;

/** The most content that one record can hold (section 3.3: two bytes of length). */
export const MAX_CONTENT = 0xffff;

/** The most content that keeps a record aligned without padding beyond 65535: php-fpm closes above that. */
export const MAX_ALIGNED_CONTENT = 0xfff8;
