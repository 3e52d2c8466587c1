/** What stands for a secret in everything that is shown. */
export const redacted = '<redacted>';

/** Fields whose values are credentials, lower case; configuration adds to them. */
const credentialFields: readonly string[] = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'api-key',
  'x-api-key',
  'x-goog-api-key',
  'x-amz-security-token',
  'x-auth-token',
];

/** All names whose values are hidden: the built-in ones and `extra` (any case). */
export function sensitiveNames(extra: readonly string[]): ReadonlySet<string> {
  return new Set([...credentialFields, ...extra.map((name) => name.toLowerCase())]);
}
