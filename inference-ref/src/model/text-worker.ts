// The thread that tokenises: long texts take milliseconds, which the HTTP side and the engine cannot spare.

import { parentPort, workerData } from 'node:worker_threads';
import { isTollgateError } from '@tollgate/service-kit/tollgate-error';
import type { TextAnswer, TextFacts, TextJob, TextWorkerData } from './text-client.ts';
import { createTextModel } from './text-model.ts';

const port = parentPort;
if (port === null) throw new Error('text-worker runs as a worker thread');
const { directory } = workerData as TextWorkerData;
const model = createTextModel(directory);

function run(job: TextJob): TextAnswer {
  try {
    if (job.kind === 'decode') return { id: job.id, text: model.decode(job.tokens) };
    const tokens =
      job.kind === 'chat' ? model.encodeChat(job.prompt) : model.encode(job.text, job.addSpecialTokens);
    return { id: job.id, tokens };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return isTollgateError(error)
      ? { id: job.id, error: { code: error.code, statusCode: error.statusCode, message, hint: error.hint } }
      : { id: job.id, error: { code: 'TG_TEXT_FAILED', statusCode: 500, message, hint: undefined } };
  }
}

port.on('message', (jobs: readonly TextJob[]) => port.postMessage(jobs.map(run)));
const { tokenBytes, specialTokens, toolCallFormat } = model;
port.postMessage({ tokenBytes, specialTokens, toolCallFormat } satisfies TextFacts);
