// Property tests that gate draw the same cases each time; TOLLGATE_TEST_SEED=random (or a number) looks at others.
import fc from 'fast-check';

const wanted = process.env['TOLLGATE_TEST_SEED'] ?? '20260101';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });
