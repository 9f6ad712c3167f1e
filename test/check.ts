// `npm run check`: types, lint, unused code and unit tests. Quick enough to run before every commit.
import { runStep, runTests, staticSteps } from './steps.ts';

const startedAt = performance.now();
const results = await Promise.all(staticSteps.map((step) => runStep(step)));
const counts = await runTests('unit tests', ['--project', 'unit']);
const failedSteps = results.filter((passed) => !passed).length;
console.log(`checked in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
console.log(`${counts.passed + results.length - failedSteps} passed, ${counts.failed + failedSteps} failed`);
process.exitCode = counts.failed + failedSteps === 0 ? 0 : 1;
