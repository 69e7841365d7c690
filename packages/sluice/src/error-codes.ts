// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_OPTION_UNKNOWN: 'there is no such option',
  ERR_OPTION_VALUE: 'the value of an option is not one that it can have',
  ERR_OPTION_ADDRESS: 'an address is not written as addresses are, or its host is not known',
  ERR_APPLICATION_LOAD: 'the application cannot be found, imported, or recognised',
} as const;
