/** Says at the very end, a line per case, what was not run for want of facts. */
export default class NotRunReporter {
  onRunComplete(_contexts, { testResults }) {
    const notRun = testResults
      .flatMap((file) => file.testResults)
      .filter(({ status, title }) => status === 'pending' && /\[needs .*\]$/.test(title));
    if (notRun.length === 0) return;
    console.log(`\nNOT RUN: ${notRun.length} live cases, because facts are missing (see test/live/README.md)`);
    for (const { fullName } of notRun) console.log(`NOT RUN: ${fullName}`);
  }
}
