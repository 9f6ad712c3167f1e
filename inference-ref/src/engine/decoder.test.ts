// One suite for the decoders on the CPU: through the runtime's C API with the cache in place, and through Node's binding.

import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { describeDecoder } from '../../../test/fixtures/decoder-suite.ts';
import { readModelDirectory } from '../model/model-directory.ts';
import type { Decoder } from './decoder.ts';
import { readGraphIo } from './decoder-graph-io.ts';
import { createOnnxDecoder } from './onnx-decoder.ts';
import { openSession } from './onnx-session.ts';
import { openDecoder } from './open-decoder.ts';

const directory = readModelDirectory(fileURLToPath(new URL('../../bundled-model/', import.meta.url)));
const { modelFile, contextTokens } = directory;

async function openBinding(): Promise<Decoder> {
  const session = await openSession({ modelFile, threads: 1 }, 'cpu');
  return createOnnxDecoder({ session, io: readGraphIo(session), contextTokens });
}

async function openInPlace(): Promise<Decoder> {
  const opened = await openDecoder({ modelFile, contextTokens, device: 'cpu', threads: 1 });
  expect(opened.deviceReason).toBe('cpu: asked for; cache updated in place');
  return opened.decoder;
}

describeDecoder('through the C API', openInPlace);
describeDecoder('through the Node binding', openBinding);
