/** Types of header values, as the Amazon Event Stream Specification numbers them. */
const bytesType = 6;
const stringType = 7;
/** Type → bytes of its value; true and false have none. */
const fixedLengths: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 0],
  [2, 1],
  [3, 2],
  [4, 4],
  [5, 8],
  [8, 8],
  [9, 16],
]);

/**
 * The headers of an event stream message whose values are strings; those of other types are skipped, since nothing that
 * Bedrock says is in them.
 *
 * @throws SyntaxError where the headers end within one, or a type is unknown
 */
export function readHeaders(bytes: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    // The type, and for bytes and strings the length, have to be there to be read.
    const type = nameEnd < bytes.length ? bytes.readUInt8(nameEnd) : -1;
    const hasLength = type === bytesType || type === stringType;
    const start = nameEnd + 1 + (hasLength ? 2 : 0);
    if (start > bytes.length) throw malformed();
    const length = hasLength ? bytes.readUInt16BE(nameEnd + 1) : fixedLengths.get(type);
    if (length === undefined || start + length > bytes.length) throw malformed();
    if (type === stringType) {
      headers.set(bytes.toString('utf8', at + 1, nameEnd), bytes.toString('utf8', start, start + length));
    }
    at = start + length;
  }
  return headers;
}

function malformed(): SyntaxError {
  return new SyntaxError('the headers of a message in the event stream are malformed');
}
