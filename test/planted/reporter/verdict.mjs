/** Says by a file what became of one run. The first test that fails is enough: the rest of its file is not run. */
import { writeFileSync } from 'node:fs';

const say = (verdict) => writeFileSync(process.env.BERTH_PLANTED_VERDICT, verdict);

export default class Verdict {
  onTestCaseResult(_test, { status }) {
    if (status !== 'failed') return;
    say('red');
    process.exit(1);
  }

  onRunComplete(_contexts, { numFailedTests, numFailedTestSuites, numPassedTests, testResults }) {
    if (numFailedTests > 0) return say('red');
    if (numFailedTestSuites === 0 && numPassedTests > 0) return say('green');
    const why = testResults.map(({ failureMessage }) => failureMessage ?? 'no test ran').join('\n');
    return say(`did not run: ${why.slice(0, 500)}`);
  }
}
