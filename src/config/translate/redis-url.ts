import { parseClusterUrl } from '../../base/cluster-url.ts';

/** What an error says was expected. */
export const redisUrlExpected = 'expected a URL such as redis://user:password@host:6379/0';

/** What an error about a store of limits says was expected. */
export const limitStoreUrlExpected: string = `${redisUrlExpected} or redis+cluster://user:password@host1:6379,host2:6379`;

/** True for the URL of a Redis or Valkey. */
export function isRedisUrl(text: string): boolean {
  return /^rediss?:\/\/[^/\s]+(?:\/\d+)?$/.test(text) && URL.canParse(text);
}

/** True for the URL of a Redis or Valkey, or of a cluster of them. */
export function isLimitStoreUrl(text: string): boolean {
  return isRedisUrl(text) || parseClusterUrl(text) !== undefined;
}
