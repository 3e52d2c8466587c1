/**
 * Whether a refusal means that the server no longer knows the session that the request named: 404 (2025-11-25,
 * transports, session management), or 400 with the error that servers built like the official examples give instead,
 * as `server-everything` does once it was started anew.
 *
 * @param text body of the response.
 */
export function isSessionGone(status: number, text: string): boolean {
  if (status === 404) return true;
  return status === 400 && /"code"\s*:\s*-3200[01]\b/.test(text) && /\b(?:session|not initialized)\b/i.test(text);
}
