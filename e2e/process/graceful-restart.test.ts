/** A process that another one succeeds, with the sockets of the first. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import http2 from 'node:http2';
import { connect, createServer, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { certificates } from '../../testkit/certificates.ts';
import { eventually } from '../../testkit/client.ts';
import {
  answering,
  config,
  configFile,
  get,
  isListening,
  processPorts,
  program,
  slowUpstream,
  type StartOptions,
  startWaygate,
  type Waygate,
} from './waygate-process.ts';

const limit = { timeout: 60_000 };

/** Requests one after the other until told to stop; yields what went wrong and how many went well. */
function hammer(t: TestContext, port: number, agent: Agent): () => Promise<{ good: number; bad: string[] }> {
  let going = true;
  t.after(() => (going = false));
  const bad: string[] = [];
  let good = 0;
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const failed = (error: Error): void => {
        bad.push(String(error));
        resolve();
      };
      const asked = request({ port, path: '/', host: '127.0.0.1', agent, method: 'POST' }, (response) => {
        if (response.statusCode === 200) good += 1;
        else bad.push(`status ${response.statusCode}`);
        response.resume();
        response.on('error', failed);
        response.on('end', resolve);
      });
      asked.on('error', failed);
      asked.end('x');
    });
  const run = (async () => {
    while (going) await one();
    agent.destroy();
  })();
  return async () => {
    going = false;
    await run;
    return { good, bad };
  };
}

/** The same over HTTP/2: on one connection for as long as that takes requests, then on the next. */
function hammerHttp2(t: TestContext, port: number): () => Promise<{ good: number; bad: string[] }> {
  let going = true;
  t.after(() => (going = false));
  const bad: string[] = [];
  let good = 0;
  const one = (session: http2.ClientHttp2Session): Promise<void> =>
    new Promise((resolve) => {
      const stream = session.request({ ':path': '/', ':method': 'POST' });
      let status: number | undefined;
      stream.on('response', (headers) => (status = headers[':status']));
      stream.on('error', ignore);
      stream.on('close', () => {
        if (status === 200) good += 1;
        // Node's client itself refuses what it had not written when GOAWAY came; any client sends it again (RFC 9113 §8.7).
        else if (stream.rstCode !== http2.constants.NGHTTP2_REFUSED_STREAM) bad.push(`${status} ${stream.rstCode}`);
        resolve();
      });
      stream.resume();
      stream.end('x');
    });
  const run = (async () => {
    while (going) {
      const session = http2.connect(`http://127.0.0.1:${port}`);
      session.on('error', (error) => bad.push(String(error)));
      // Two at a time: one may be on its way when the server says goodbye.
      const lane = async (): Promise<void> => {
        while (going && !session.closed && !session.destroyed) await one(session);
      };
      await Promise.all([lane(), lane()]);
      session.close();
    }
  })();
  return async () => {
    going = false;
    await run;
    return { good, bad };
  };
}

function ignore(): void {}

/** Starts it; its successors end with the test, too. */
function start(t: TestContext, options: StartOptions): Waygate {
  t.after(() => {
    for (const [, pid] of waygate.stderr().matchAll(/a successor starts pid=(\d+)/g)) kill(Number(pid));
  });
  const waygate = startWaygate(t, options);
  return waygate;
}

/** Restarts it in place; the process id of the successor. */
async function restart(waygate: Waygate): Promise<number> {
  const exited = new Promise((resolve) => waygate.child.once('exit', resolve));
  waygate.child.kill('SIGUSR2');
  await waygate.says('a successor serves');
  const pid = Number(/a successor serves pid=(\d+)/.exec(waygate.stderr())?.[1]);
  assert.equal(await exited, 0);
  return pid;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

for (const [before, after] of [
  [1, 1],
  [2, 2],
  [1, 3],
  [3, 1],
] as const) {
  test(
    `no request fails while a process of ${after} worker(s) takes the place of one of ${before}`,
    limit,
    async (t) => {
      const ports = await processPorts();
      const file = configFile(t, config(ports, before, answering('hello')));
      const waygate = start(t, { args: ['-f', file] });
      await waygate.says('ready');
      const clients = [
        hammer(t, ports.data, new Agent({ keepAlive: false })),
        hammer(t, ports.data, new Agent({ keepAlive: false })),
        hammer(t, ports.data, new Agent({ keepAlive: true })),
        hammer(t, ports.data, new Agent({ keepAlive: true, maxSockets: 1 })),
        hammerHttp2(t, ports.data),
      ];
      let ready = true;
      t.after(() => (ready = false));
      const watch = (async () => {
        while (ready) {
          assert.equal(await get(ports.readiness, '/healthz/ready'), 'ready\n');
          await sleep(10);
        }
      })();
      writeFileSync(file, config(ports, after, answering('hello')));
      const pid = await restart(waygate);
      const answers = await Promise.all(clients.map((stop) => stop()));
      ready = false;
      await watch;
      assert.deepEqual(
        answers.map(({ bad }) => bad),
        [[], [], [], [], []],
      );
      for (const { good } of answers) assert.ok(good > 5, String(good));
      assert.match(waygate.stderr(), new RegExp(`ready +workers=${before}[^]*ready +workers=${after}`));
      process.kill(pid, 'SIGTERM');
      assert.deepEqual(await waygate.ended, { code: 0, signal: null });
      assert.equal(await isListening(ports.data), false);
      assert.deepEqual(readdirSync(waygate.temporary), []);
    },
  );
}

test('a successor that cannot start changes nothing, and the next one may', limit, async (t) => {
  const ports = await processPorts();
  const { data: taken } = await processPorts();
  const file = configFile(t, config(ports, 2, answering('hello')));
  const waygate = start(t, { args: ['-f', file] });
  await waygate.says('ready');
  const clients = [
    hammer(t, ports.data, new Agent({ keepAlive: false })),
    hammer(t, ports.data, new Agent({ keepAlive: true })),
  ];
  writeFileSync(file, 'routes: 7\n');
  waygate.child.kill('SIGUSR2');
  await waygate.says('it ended with exit code 2');
  const other = createServer().listen(taken, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  writeFileSync(file, config({ ...ports, stats: taken }, 2, answering('hello')));
  waygate.child.kill('SIGUSR2');
  await waygate.says('is already in use');
  await waygate.says('it ended with exit code 1');
  assert.equal(await get(ports.readiness, '/healthz/ready'), 'ready\n');
  assert.match(await get(ports.stats, '/metrics'), /agentgateway_build_info/);
  writeFileSync(file, config(ports, 2, answering('hello')));
  await restart(waygate);
  const answers = await Promise.all(clients.map((stop) => stop()));
  assert.deepEqual(
    answers.map(({ bad }) => bad),
    [[], []],
  );
});

test('what is in flight ends at the old process, while the new one serves', limit, async (t) => {
  const upstream = await slowUpstream(t);
  const ports = await processPorts();
  const file = configFile(t, config(ports, 1, `backends:\n- host: 127.0.0.1:${upstream.port}`));
  const waygate = start(t, { args: ['-f', file] });
  await waygate.says('ready');
  const slow = get(ports.data);
  await upstream.arrived;
  writeFileSync(file, config(ports, 1, answering('new')));
  const restarted = restart(waygate);
  await waygate.says('stopping');
  assert.equal(await get(ports.data), 'new');
  upstream.answer();
  assert.equal(await slow, 'slow');
  await restarted;
});

test('TLS sessions of the old process are resumed by the new one', limit, async (t) => {
  const ports = await processPorts();
  const { cert, key } = certificates.local;
  const secure = config(ports, 2, answering('hello')).replace(
    /default: .*/,
    `default: { port: ${ports.data}, protocol: HTTPS, tls: { cert: ${cert}, key: ${key} } }`,
  );
  const waygate = start(t, { args: ['-f', '-'], stdin: secure });
  await waygate.says('ready');
  const session = await shakeHands(ports.data);
  assert.equal(session.reused, false);
  await restart(waygate);
  assert.equal((await shakeHands(ports.data, session.ticket)).reused, true);
});

/** A handshake over TLS 1.2, whose ticket comes with it. */
async function shakeHands(port: number, session?: Buffer): Promise<{ reused: boolean; ticket: Buffer }> {
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.2',
    ...(session === undefined ? {} : { session }),
  });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const ticket = socket.getSession();
  const reused = socket.isSessionReused();
  socket.destroy();
  assert.ok(ticket !== undefined);
  return { reused, ticket };
}

test('a stop during a restart ends both', limit, async (t) => {
  const ports = await processPorts();
  const waygate = start(t, { args: ['-c', config(ports, 1, answering('hello'))] });
  await waygate.says('ready');
  waygate.child.kill('SIGUSR2');
  await waygate.says('a successor starts');
  waygate.child.kill('SIGTERM');
  // Its output closes when the successor has ended, too.
  assert.deepEqual(await waygate.ended, { code: 0, signal: null });
  assert.equal(await isListening(ports.data), false);
});

test('behind a launcher there is no restart in place', limit, async (t) => {
  const ports = await processPorts();
  const waygate = start(t, { args: ['-c', config(ports, 1, answering('hello'))], oldNode: true });
  await waygate.says('ready');
  waygate.child.kill('SIGUSR2');
  await waygate.says('the launcher that started this process would end with it');
  assert.equal(await get(ports.data), 'hello');
});

for (const workers of [1, 2]) {
  test(`sockets of systemd serve what was queued before the start, with ${workers} worker(s)`, limit, async (t) => {
    const ports = await processPorts();
    const server = createServer().listen(ports.data, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle;
    const command = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"';
    const args = [process.execPath, program, '-c', config(ports, workers, answering('hello'))];
    const child = spawn('sh', ['-c', command, ...args], { stdio: ['ignore', 'ignore', 'pipe', fd] });
    t.after(() => child.kill('SIGKILL'));
    let said = '';
    child.stderr?.on('data', (part) => (said += String(part)));
    server.close();
    const client = connect(ports.data, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    let answer = '';
    client.setEncoding('latin1').on('data', (part: string) => (answer += part));
    await new Promise((resolve, reject) => client.once('end', resolve).once('error', reject));
    assert.match(answer, /^HTTP\/1\.1 200 [^]*hello$/);
    await eventually(() => said.includes('ready'), said);
    assert.equal((client.address() as AddressInfo).address, '127.0.0.1');
  });
}

test('a descriptor of systemd that is no listening socket is refused', limit, async (t) => {
  const ports = await processPorts();
  const child = spawn(
    'sh',
    [
      '-c',
      'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"',
      process.execPath,
      program,
      '-c',
      config(ports, 1, answering('x')),
    ],
    { stdio: ['ignore', 'ignore', 'pipe', 'ignore'] },
  );
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr?.on('data', (part) => (said += String(part)));
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 1);
  assert.match(said, /LISTEN_FDS: descriptor 3 is no TCP socket that listens/);
});
