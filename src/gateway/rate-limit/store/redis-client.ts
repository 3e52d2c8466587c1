/**
 * The client of Redis, to be loaded with `import()` where it is needed. Not the package itself: it is CommonJS, of which a
 * bundle in several files shows the default export only.
 */
export { createClient, createCluster } from '@redis/client';
export type { RedisClientType } from '@redis/client';
