/**
 * The first value of a query parameter, percent-decoded with `+` as a blank (application/x-www-form-urlencoded), or
 * undefined. `query` has its leading `?`. The Gateway API leaves repeated parameters open; the first one counts here.
 */
export function queryParameter(query: string, name: string): string | undefined {
  let start = 1;
  while (start < query.length) {
    let end = query.indexOf('&', start);
    if (end === -1) end = query.length;
    const equals = query.indexOf('=', start);
    const nameEnd = equals === -1 || equals > end ? end : equals;
    if (decode(query.slice(start, nameEnd)) === name)
      return nameEnd === end ? '' : decode(query.slice(nameEnd + 1, end));
    start = end + 1;
  }
  return undefined;
}

function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch (error) {
    // Not UTF-8: match the text as it stands rather than fail the request.
    if (error instanceof URIError) return spaced;
    throw error;
  }
}
