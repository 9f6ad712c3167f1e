// Finds one small text field in a multipart body by bytes. Never looks into files and never throws.

const FIELD_BYTES = 1024;
/** Fields may stand after the file, so head and tail of the body are searched. */
const SEARCHED_BYTES = 64 * 1024;

/** The trimmed value of the form field `name`, or an empty string. */
export function multipartField(body: Buffer, name: string): string {
  const head = fieldIn(body.subarray(0, SEARCHED_BYTES), name);
  if (head !== '' || body.length <= SEARCHED_BYTES) return head;
  return fieldIn(body.subarray(-SEARCHED_BYTES), name);
}

function fieldIn(part: Buffer, name: string): string {
  const at = part.indexOf(`name="${name}"`);
  if (at < 0) return '';
  const headEnd = part.indexOf('\r\n\r\n', at);
  if (headEnd < 0 || headEnd - at > FIELD_BYTES) return '';
  const valueEnd = part.indexOf('\r\n--', headEnd + 4);
  if (valueEnd < 0 || valueEnd - headEnd > FIELD_BYTES) return '';
  return part.toString('utf8', headEnd + 4, valueEnd).trim();
}
