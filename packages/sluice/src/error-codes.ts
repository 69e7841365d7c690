// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_OPTION_UNKNOWN: 'there is no such option',
  ERR_OPTION_VALUE: 'the value of an option is not one that it can have',
  ERR_OPTION_ADDRESS: 'an address is not written as addresses are, or its host is not known',
  ERR_OPTION_COMBINATION: 'options that do not go together',
  ERR_CONFIG_FILE: 'a configuration file cannot be found, read or imported',
  ERR_CONFIG_SYNTAX: 'a configuration file is not written as its format is',
  ERR_CONFIG_SECTION:
    'a section of a configuration file is missing, misspelt, incomplete, or uses itself',
  ERR_APPLICATION_LOAD: 'the application cannot be found, imported, or recognised',
  ERR_PROJECT_SETTINGS: 'the settings of a project cannot be found, imported or changed',
  ERR_PROJECT_ADAPTER: 'the adapter that a package.json names cannot be loaded, or is none',
  ERR_PROJECT_NAME: 'sluice startproject: a project cannot have that name, or be written there',
  ERR_FASTCGI_START: 'a FastCGI program was not started by a web server',
  ERR_REQUEST_BODY: 'sluice request: the body cannot be read to its end',
  ERR_REQUEST_OUTPUT: 'sluice request: the answer cannot be written where it should go',
  ERR_REQUEST_OVERDUE: 'a request has taken longer than requestTimeout, and was ended',
  ERR_REQUEST_TIMEOUT: 'sluice request: it took longer than --max-time',
  ERR_CONTROL_UNREACHABLE: 'sluice ctl: nobody answers at the control socket',
  ERR_CONTROL_FAILED: 'sluice ctl: the server could not do what it was asked for, or not in time',
} as const;
