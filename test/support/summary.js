// Sums up the JSON report of a run of vitest. As a program: node summary.js REPORT prints the line, status 1 when anything failed.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * What came of a run. A test file that could not be loaded holds no tests, but it is a failure; so is a
 * run without a report.
 *
 * @param {string} file - path of the report
 * @returns {{ text: string, isGood: boolean }} `N passed, N failed, N skipped`, and whether nothing failed
 */
export function summaryOf(file) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { text: '0 passed, 1 failed', isGood: false };
  }
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + unloaded;
  const skipped = report.numPendingTests + report.numTodoTests;
  const text = `${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return { text, isGood: failed === 0 && report.success };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { text, isGood } = summaryOf(process.argv[2]);
  console.log(text);
  process.exitCode = isGood ? 0 : 1;
}
