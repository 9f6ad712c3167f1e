// `npm test`: the whole proof from a bare clone. Brings system programs, checks statically, runs unit and end-to-end tests.
import { runStep, runTests, staticSteps } from './steps.ts';
import { ensureSystemPrograms } from './system-packages.ts';

const startedAt = performance.now();
const missing = ensureSystemPrograms();
let passed = 0;
let failed = 0;
for (const step of staticSteps) {
  if (await runStep(step)) passed += 1;
  else failed += 1;
}
for (const project of ['unit', 'e2e']) {
  const counts = await runTests(`${project} tests`, ['--project', project]);
  passed += counts.passed;
  failed += counts.failed;
}
if (missing.length > 0) console.log(`not proved here, for want of: ${missing.join(', ')}`);
console.log(`all done in ${((performance.now() - startedAt) / 60_000).toFixed(1)} min`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
