// The certificate of a run at the load that it really brought, with a further calibration where the guess before it does not fit.
import type { RunFigures } from '../measure/run-figures.ts';
import type { LiveProgress } from '../report/live-progress.ts';
import type { Calibration, CalibrationLoad } from '../verdict/calibration.ts';
import type { Certificate } from '../verdict/certificate.ts';

export interface CertifyAtLoadInput {
  readonly figures: RunFigures;
  /** Those before the run; none where the user left them out. */
  readonly calibrations: readonly Calibration[];
  /** Done after earlier runs; what is done here is added. */
  readonly recalibrations: Calibration[];
  readonly calibrateAt: (load: CalibrationLoad) => Promise<Calibration>;
  readonly certify: (calibrations: readonly Calibration[]) => Certificate;
  readonly progress: LiveProgress;
  /** Nobody waits for another calibration after a signal. */
  readonly signal: AbortSignal;
}

/** Calibrated again when the run brought more than this many times the events calibrated for. */
const RECALIBRATE_ABOVE = 1.25;

/**
 * The calibration before a run guesses what the run will bring. It is done again where the run brought more, and where a client
 * that was only late under far more than the run would be held against it; once for all the arms of a comparison.
 */
export async function certifyAtLoad(input: CertifyAtLoadInput): Promise<Certificate> {
  const { figures, recalibrations, certify } = input;
  const concurrency = input.calibrations[0]?.concurrency;
  if (concurrency === undefined) return certify([]);
  const events = figures.records.reduce((sum, call) => sum + call.eventMs.length, 0);
  const eventsPerSecond = (events * 1000) / Math.max(1, figures.endMs);
  const callsPerSecond = (figures.records.length * 1000) / Math.max(1, figures.endMs);
  const calibrations = [
    ...input.calibrations,
    ...recalibrations.filter((calibration) => calibration.concurrency === concurrency),
  ];
  const fitting = calibrations.filter(
    (each) =>
      each.eventsPerSecond <= RECALIBRATE_ABOVE * eventsPerSecond &&
      each.callsPerSecond <= RECALIBRATE_ABOVE * callsPerSecond,
  );
  const known = Math.max(...calibrations.map((calibration) => calibration.eventsPerSecond));
  const isEnough = eventsPerSecond <= RECALIBRATE_ABOVE * known;
  const certificate = certify(calibrations);
  const isNeeded = certificate.status !== 'valid' && certificate.status !== 'not_applicable';
  if (input.signal.aborted || (isEnough && (fitting.length > 0 || !isNeeded))) return certificate;
  input.progress.phase(
    `calibrating again at the ${Math.round(eventsPerSecond)} events/s that the run brought`,
  );
  const eventsPerCall = Math.round(events / Math.max(1, figures.records.length));
  const again = await input.calibrateAt({ concurrency, eventsPerSecond, eventsPerCall });
  recalibrations.push(again);
  return certify([...(isEnough ? fitting : calibrations), again]);
}
