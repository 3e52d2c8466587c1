/** What an error says was expected. */
export const redisUrlExpected = 'expected a URL such as redis://user:password@host:6379/0';

/** True for the URL of a Redis or Valkey. */
export function isRedisUrl(text: string): boolean {
  return /^rediss?:\/\/[^/\s]+(?:\/\d+)?$/.test(text) && URL.canParse(text);
}
