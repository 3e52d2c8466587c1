/** Log levels of MCP (RFC 5424), from the most verbose. */
export const logLevels: readonly string[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
];

/** Whether a level exists. */
export function isLogLevel(level: string): boolean {
  return logLevels.includes(level);
}
