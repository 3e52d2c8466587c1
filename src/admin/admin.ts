import { isLogLevel, logLevels } from '../base/logger.ts';
import type { LogLevel } from '../base/logger.ts';
import type { Model } from '../model/model.ts';
import { router } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { localOnly } from './guard.ts';
import { shownModel } from './redact/shown-model.ts';
import { json, refusal, text } from './reply.ts';
import type { Reply } from './reply.ts';
import { serve } from './server.ts';
import { traceStream, type WatchRequests } from './trace-stream.ts';
import type { RunningServer, ServerOptions } from './server.ts';

/** What the admin API shows and does. */
export interface AdminOptions extends ServerOptions {
  /** The running model; undefined before the first. */
  readonly dump: () => Model | undefined;
  readonly logLevel: () => LogLevel;
  readonly setLogLevel: (level: LogLevel) => void;
  /** Watches live requests; throws a readable Error for a wrong expression. */
  readonly trace: WatchRequests;
  /** Begins the orderly end of the process and returns. */
  readonly shutdown: () => void;
}

/** Starts the admin API. It listens on loopback addresses only, whatever the address says, and takes local requests only. */
export function startAdmin(options: AdminOptions): Promise<RunningServer> {
  const endpoints: Endpoint[] = [
    {
      path: '/config_dump',
      methods: ['GET'],
      help: 'the running configuration, secrets hidden',
      handle: () => {
        const model = options.dump();
        return model === undefined ? refusal('noBackend', 'no configuration yet') : json(200, shownModel(model));
      },
    },
    {
      path: '/logging',
      methods: ['GET', 'POST'],
      help: `the log level; ?level=${logLevels.join('|')} changes it, ?reset takes back changes`,
      handle: logging(options),
    },
    {
      path: '/debug/trace',
      methods: ['POST'],
      help: 'what happens to live requests, step by step; ?expression=CEL chooses them',
      handle: (query) => traceStream(options.trace, query.get('expression')),
    },
    {
      path: '/quitquitquit',
      methods: ['POST'],
      help: 'drain and stop',
      handle: () => {
        options.shutdown();
        return text(200, 'shutting down\n');
      },
    },
  ];
  const index: Endpoint = {
    path: '/',
    methods: ['GET'],
    help: 'this list',
    handle: () => text(200, [index, ...endpoints].map(indexLine).join('')),
  };
  return serve('admin', options, localOnly(router([index, ...endpoints])), true);
}

function logging(options: AdminOptions): (query: URLSearchParams) => Reply {
  const initial = options.logLevel();
  return (query) => {
    const asked = query.get('level')?.toLowerCase() ?? '';
    if (asked !== '' && !isLogLevel(asked)) {
      return text(400, `there is no level ${JSON.stringify(asked)}; the levels are ${logLevels.join(', ')}\n`);
    }
    if (asked !== '') options.setLogLevel(asked);
    else if (query.has('reset')) options.setLogLevel(initial);
    return text(200, `current log level is ${options.logLevel()}\n`);
  };
}

function indexLine(endpoint: Endpoint): string {
  return `${endpoint.methods.join('|').padEnd(8)} ${endpoint.path.padEnd(15)} ${endpoint.help}\n`;
}
