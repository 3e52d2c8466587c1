/** Where a Redis Cluster is, and how its clients sign in. */
export interface ClusterUrl {
  /** Those that a client asks for the others; hosts without brackets. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** At every node. */
  readonly username?: string;
  readonly password?: string;
  readonly tls: boolean;
}

const shape = /^redis(s?)\+cluster:\/\/(?:([^/\s]*)@)?([^@/\s]+)\/?$/;
const usualPort = 6379;

/** Reads `redis+cluster://user:password@host1:7000,host2:7001`, `rediss+cluster://` for TLS; undefined for anything else. */
export function parseClusterUrl(text: string): ClusterUrl | undefined {
  const [, tls, userInfo = '', hosts = ''] = shape.exec(text) ?? [];
  const urls = hosts.split(',').map((host) => URL.parse(`redis://${userInfo}@${host}`));
  const [first] = urls;
  const nodes = urls.flatMap((url) =>
    url === null || url.hostname === ''
      ? []
      : [{ host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? usualPort : Number(url.port) }],
  );
  if (tls === undefined || first === undefined || first === null || nodes.length < urls.length) return undefined;
  const username = decoded(first.username);
  const password = decoded(first.password);
  if (username === undefined || password === undefined) return undefined;
  return {
    nodes,
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    tls: tls === 's',
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
