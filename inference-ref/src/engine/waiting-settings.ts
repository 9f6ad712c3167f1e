// How the runtime's compute threads wait for each other: names and values of its session settings. Between the operators of a
// step they look again for some microseconds, since waking a thread takes longer than a small operator does; between
// steps they sleep, since the HTTP side needs the core (decision 012).

/** Longer than the gaps between the operators of a small model, shorter than what sampling takes. */
const LOOKING_MICROSECONDS = '20';
/** Pauses between two looks, doubled up to this. */
const LONGEST_PAUSE = '8';

/** Names without the `session.` before them. */
export function waitingSettings(threads: number): Readonly<Record<string, string>> {
  if (threads === 1) return { 'intra_op.allow_spinning': '0' };
  return {
    'intra_op.allow_spinning': '1',
    'intra_op.spin_duration_us': LOOKING_MICROSECONDS,
    'intra_op.spin_backoff_max': LONGEST_PAUSE,
    force_spinning_stop: '1',
  };
}
