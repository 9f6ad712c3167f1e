import { describe, expect, it } from 'vitest';
import { classifySocketError } from './classify-error.ts';

describe('a failure of the socket', () => {
  const check = (name: string, message: string, code: string, expected: object): void => {
    it(name, () => {
      expect(classifySocketError(Object.assign(new Error(message), { code }))).toMatchObject(expected);
    });
  };
  check('names its code once', 'connect ECONNREFUSED 127.0.0.1:9', 'ECONNREFUSED', {
    kind: 'connect_refused',
    message: 'connect ECONNREFUSED 127.0.0.1:9',
  });
  check('names its code where the words do not', 'certificate has expired', 'CERT_HAS_EXPIRED', {
    kind: 'tls',
    message: 'CERT_HAS_EXPIRED: certificate has expired',
  });
});
