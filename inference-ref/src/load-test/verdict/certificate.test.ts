import { describe, expect, it } from 'vitest';
import { type ClientHealth, recordLateness } from '../measure/client-health.ts';
import { computeRunFigures } from '../measure/run-figures.ts';
import { sampleCall } from '../measure/sample-call.fixture.ts';
import { type Certificate, type CertificateInput, issueCertificate } from './certificate.ts';
import { withErrorObjective } from './error-objective.ts';
import { judgeObjective } from './judge-objective.ts';
import { judgeRun } from './judge-run.ts';

function issue(changes: Partial<CertificateInput> = {}, health: Partial<ClientHealth> = {}): Certificate {
  const records = Array.from({ length: 200 }, (_, index) =>
    sampleCall({ index, eventMs: [100, 120, 140, 1100], eventTokens: [1, 1, 1, 47] }),
  );
  return issueCertificate({
    figures: computeRunFigures({ records, warmupMs: 0, cooldownMs: 0, rampUpMs: 0 }),
    healths: [
      {
        lateness: new Float64Array(1000),
        wallMs: 4000,
        cpuMs: 800,
        cpuWaitMs: 10,
        gcMs: 5,
        longestGcMs: 2,
        ...health,
      },
    ],
    calibrations: [],
    workers: 1,
    priority: 0,
    mostInFlight: 10,
    openSockets: 10,
    openFilesLimit: 1000,
    rttMs: 0.1,
    tolerance: 0.02,
    openLoop: false,
    ...changes,
  });
}

const late = (ms: number, share: number): Float64Array =>
  Float64Array.from({ length: 1000 }, (_, i) => (i < share * 1000 ? ms : 0));

describe('the certificate', () => {
  const check = (
    name: string,
    certificate: Certificate,
    status: Certificate['status'],
    words?: RegExp,
  ): void => {
    it(`of ${name} is ${status}`, () => {
      expect(certificate.status).toBe(status);
      if (words !== undefined) expect(certificate.reasons.join('\n')).toMatch(words);
    });
  };
  check('a client that was never late', issue(), 'valid');
  check('a client late by 1 ms in 2 % of the time', issue({}, { lateness: late(1, 0.02) }), 'valid');
  check(
    'a client late by 5 ms in 2 % of the time',
    issue({}, { lateness: late(5, 0.02) }),
    'degraded',
    /ttft p99/,
  );
  check(
    'a client late by 50 ms in 2 % of the time',
    issue({}, { lateness: late(50, 0.02) }),
    'invalid',
    /ttft p99/,
  );
  check(
    'a client late by 3 ms half of the time',
    issue({}, { lateness: late(3, 0.6) }),
    'degraded',
    /ttft p50/,
  );
  check('a client that used up its core', issue({}, { cpuMs: 3900 }), 'invalid', /core/);
  check('a client at its limit of sockets', issue({ mostInFlight: 990 }), 'invalid', /open files/);
  check(
    'a client that the calibration found late',
    issue({
      calibrations: [
        {
          concurrency: 10,
          calls: 100,
          eventsPerSecond: 500,
          callsPerSecond: 10,
          truth: {
            calls: 100,
            arrivalErrorMs: { p50: 0.3, p99: 30, max: 40 },
            requestWayMs: { p50: 0.3, p99: 1, max: 2 },
            serverLateMs: { p50: 0.1, p99: 1, max: 2 },
          },
          durationMs: 2500,
        },
      ],
    }),
    'invalid',
  );

  const unanswered = Array.from({ length: 30 }, (_, index) =>
    sampleCall({ index, eventMs: [], error: { kind: 'connect_refused', status: null, message: '' } }),
  );
  check(
    'a run without an answer',
    issue({ figures: computeRunFigures({ records: unanswered, warmupMs: 0, cooldownMs: 0, rampUpMs: 0 }) }),
    'not_applicable',
  );

  it('spreads the error of a time per token over the tokens', () => {
    const { bounds } = issue({}, { lateness: late(5, 0.02) });
    expect(bounds.find(({ figure }) => figure === 'tpot p99')?.clientErrorMs).toBeCloseTo(5 / 49);
  });

  it('makes a run without objectives INVALID as soon as a figure is beyond the tolerance', () => {
    const run = {
      objectives: [],
      requests: 200,
      errors: 0,
      invalidating: [],
      explanations: [],
      compared: false,
    };
    expect(judgeRun({ ...run, certificate: issue() }).verdict).toBe('PASS');
    const certificate = issue({}, { lateness: late(5, 0.02) });
    expect(judgeRun({ ...run, certificate }).verdict).toBe('INVALID');
    expect(judgeRun({ ...run, certificate, compared: true }).verdict).toBe('PASS');
    // The default objective on errors is none that was asked for.
    const figures = computeRunFigures({ records: [sampleCall()], warmupMs: 0, cooldownMs: 0, rampUpMs: 0 });
    const input = { figures, bounds: [], cost: null, confidence: 0.95, clientError: certificate.clientError };
    const objectives = withErrorObjective([]).map((objective) => judgeObjective(objective, input));
    expect(judgeRun({ ...run, objectives, certificate }).verdict).toBe('INVALID');
  });
});

describe('lateness', () => {
  it('counts a pause for every beat that it swallowed', () => {
    const beats: number[] = [];
    recordLateness(beats, 10);
    expect(beats).toEqual([10, 6, 2]);
  });
  it('counts being early as being on time', () => {
    const beats: number[] = [];
    recordLateness(beats, -1);
    expect(beats).toEqual([0]);
  });
});
