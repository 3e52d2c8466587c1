import { sleep } from '../../../base/clock.ts';
import { parseClusterUrl, type ClusterUrl } from '../../../base/cluster-url.ts';
import type { ScriptReply } from './bucket-script.ts';
import { keySlot } from './key-slot.ts';
import type * as redisClient from './redis-client.ts';

/** Commands that wait for a server that does not answer; beyond them it counts as failed at once. */
const mostWaiting = 10_000;
/** A server that answers nothing for this long is connected to anew. */
const silenceMs = 10_000;
const pingMs = 2000;
const connectMs = 2000;
/** How often a cluster is asked who has the place of a master that is gone. */
const failoverMs = 500;

/** What one hears of a store. */
export interface StoreEvents {
  /** A connection stands. */
  ready(): void;
  /** A connection is lost, or cannot be made. */
  failed(error: unknown): void;
}

/** The connections to a server, or to the masters of a cluster; they are made anew whenever they are lost. */
export interface StoreClient {
  /** False: it cannot be asked now. */
  readonly isReady: boolean;
  /** Resolves when it can be asked for the first time. */
  connect(): Promise<void>;
  /** Sends a command about `key`. Rejects at once without a connection. */
  send(key: string, command: string[]): Promise<ScriptReply>;
  close(): void;
}

/** A client of the store at `url`, not connected yet. @param url May hold a password: never logged. */
export async function storeClient(url: string, events: StoreEvents): Promise<StoreClient> {
  const redis = await import('./redis-client.ts');
  const cluster = parseClusterUrl(url);
  return cluster === undefined ? serverClient(redis, url, events) : clusterClient(redis, cluster, events);
}

const settings = {
  disableOfflineQueue: true,
  commandsQueueMaxLength: mostWaiting,
  pingInterval: pingMs,
} as const;

const socket = { reconnectStrategy: pauseMs, connectTimeout: connectMs, socketTimeout: silenceMs } as const;

type Redis = typeof redisClient;

/** What events of a cluster's nodes say of them. */
interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

function serverClient({ createClient }: Redis, url: string, events: StoreEvents): StoreClient {
  const client = createClient({ url, ...settings, socket }) as redisClient.RedisClientType;
  client.on('error', (error: unknown) => events.failed(error));
  client.on('ready', () => events.ready());
  return {
    get isReady() {
      return client.isReady;
    },
    async connect() {
      await client.connect();
    },
    send: (_key, command) => client.sendCommand<ScriptReply & unknown[]>(command),
    close() {
      if (client.isOpen) client.destroy();
    },
  };
}

/** Sends each command to the node that has its key, and follows the cluster's redirections (MOVED and ASK). */
function clusterClient({ createCluster }: Redis, at: ClusterUrl, events: StoreEvents): StoreClient {
  const { nodes, tls, username, password } = at;
  const client = createCluster({
    rootNodes: nodes.map(({ host, port }) => ({ socket: { host, port } })),
    defaults: {
      ...settings,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      socket: tls ? { ...socket, tls } : socket,
    },
    // One that is down keeps nobody from the others.
    minimizeConnections: true,
    topologyRefreshOnReconnectionAttemptStrategy: failoverMs,
  });
  let closed = false;
  /** Nodes that could not be reached, by their address. */
  const failing = new Set<string>();
  client.on('error', (error: unknown) => events.failed(error));
  client.on('node-error', (error: unknown, { host, port }: NodeAddress) => {
    failing.add(`${host}:${port}`);
    events.failed(error);
  });
  client.on('connect', () => events.ready());
  client.on('node-ready', ({ host, port }: NodeAddress) => {
    failing.delete(`${host}:${port}`);
    events.ready();
  });
  return {
    get isReady() {
      return client.isReady;
    },
    async connect() {
      // Its nodes are connected to anew by themselves, but only once it is known who they are.
      for (let tries = 0; !closed; tries++) {
        try {
          await client.connect();
          return;
        } catch (error) {
          events.failed(error);
        }
        await sleep(pauseMs(tries));
      }
    },
    async send(key, command) {
      const node = client.slots[keySlot(key)]?.master;
      // The client would keep the command until it has reached a node that it has never reached before.
      if (node !== undefined && node.client?.isReady !== true && failing.has(node.address)) {
        throw new Error('not connected to the node of the key');
      }
      return await client.sendCommand<ScriptReply & unknown[]>(key, false, command);
    },
    close() {
      closed = true;
      if (client.isOpen) client.destroy();
    },
  };
}

/** Milliseconds before try `n` of a connection. */
function pauseMs(n: number): number {
  return Math.min(1000, 50 * 2 ** n);
}
