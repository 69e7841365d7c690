// Sums up the JSON report of a run of vitest. As a program: node summary.js REPORT prints what failed, then the line; status 1 when anything failed.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What came of a run. A test file that could not be loaded holds no tests, but it is a failure; so is a
 * run without a report.
 *
 * @param {string} file - path of the report
 * @returns {{ text: string, failures: string[], isGood: boolean }} `N passed, N failed, N skipped`; each
 *   failure, and each test that needed a second try, with its file and the first line of its error; and whether nothing failed
 */
export function summaryOf(file) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { text: '0 passed, 1 failed', failures: [`no report ${file}`], isGood: false };
  }
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + unloaded;
  const skipped = report.numPendingTests + report.numTodoTests;
  const text = `${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return {
    text,
    failures: [...retriedIn(report), ...failuresOf(report)],
    isGood: failed === 0 && report.success,
  };
}

function told(what, file, name, message) {
  return `${what} ${relative(process.cwd(), file)}${name}\n  ${(message ?? '').split('\n', 1)[0]}`;
}

/** Tests that passed only when they ran once more: not to be trusted, and to be mended. */
function retriedIn({ testResults }) {
  return testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults
      .filter(({ status, failureMessages }) => status === 'passed' && failureMessages?.length > 0)
      .map((each) => told('RETRIED', file, ` > ${each.fullName}`, each.failureMessages[0])),
  );
}

function failuresOf({ testResults }) {
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name: file, message, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      if (failed.length === 0) return [told('FAILED', file, '', message)];
      return failed.map((each) =>
        told('FAILED', file, ` > ${each.fullName}`, each.failureMessages[0]),
      );
    });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { text, failures, isGood } = summaryOf(process.argv[2]);
  for (const failure of failures) console.log(failure);
  console.log(text);
  process.exitCode = isGood ? 0 : 1;
}
