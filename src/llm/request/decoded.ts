/** A part of a path with its percent escapes decoded (RFC 3986 §2.1); a broken one stays as it is. */
export function decoded(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return part;
    throw error;
  }
}
