// The end of a process that was started for one request.

const PATIENCE = 250; // milliseconds for what the application still has to do, such as an asynchronous close()

/** Ends the process when nothing is left to do, and soon in any case: applications leave timers and connections open. */
export function leaveSoon(): void {
  setTimeout(() => process.exit(), PATIENCE).unref();
}
