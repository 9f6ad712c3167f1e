// Where a page of a list ends, as text that clients hand back.
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { z } from 'zod';

const errCursorInvalid = defineError('TG_CURSOR_INVALID', 400);

const Cursor = z.tuple([z.int().nonnegative(), z.uuid()]);
/** The last entry of a page: its time in microseconds and its id. */
type Cursor = z.infer<typeof Cursor>;

export function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** Throws TG_CURSOR_INVALID on anything that `writeCursor` did not write. */
export function readCursor(text: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch (cause) {
    throw errCursorInvalid('the cursor is not one of ours', {
      cause,
      hint: 'pass `next` of the previous page unchanged, or leave `cursor` out',
    });
  }
}
