import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Sweeper } from '../sweeper.ts';
import { Recorder, request } from '../testing/recorder.ts';
import { Endpoints } from '../upstream/endpoints.ts';

/** More than one read, and less than the system holds of a connection that has carried `warmUp`. */
const size = 100_000;
const warmUp = 8_000_000;

/** In a thread of its own: what it sends can all be there before this one looks. */
const server = `
const { parentPort, workerData } = require('node:worker_threads');
const server = require('node:http2').createServer();
server.on('stream', (stream, { ':method': method }) => {
  stream.on('error', () => undefined);
  if (method === 'GET') return void stream.end('x'.repeat(${warmUp}));
  stream.once('data', () => parentPort.postMessage('asked'));
  parentPort.once('message', () => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true });
    stream.on('wantTrailers', () => {
      stream.sendTrailers({ 'x-t': 'last' });
      setImmediate(() => stream.close(0));
    });
    const sent = () => { Atomics.store(workerData, 0, 1); Atomics.notify(workerData, 0); };
    stream.on('close', () => setImmediate(() => setImmediate(sent)));
    stream.end('x'.repeat(${size}));
  });
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

test('a response that is whole before the request has ended is read to its end, however slowly', async (t) => {
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(server, { eval: true, workerData: answered });
  t.after(() => worker.terminate());
  const [port] = (await once(worker, 'message')) as [number];
  const endpoint = new Endpoints({ sweeper: new Sweeper(10) }).acquire({
    address: { kind: 'tcp', host: '127.0.0.1', port },
    connectTimeoutMs: 2000,
    poolIdleTimeoutMs: 30_000,
    dnsFamily: 'all',
    httpVersion: '2',
  });
  t.after(() => endpoint.release());
  const first = new Recorder();
  endpoint.dispatch(request(), first);
  assert.equal((await first.done()).text.length, warmUp);
  const recorder = new Recorder();
  recorder.accept = false;
  const call = endpoint.dispatch(request({ method: 'POST', bodyLength: -1 }), recorder);
  call.write(Buffer.from('question'));
  await once(worker, 'message');
  await turn();
  worker.postMessage('answer');
  Atomics.wait(answered, 0, 0);
  // Node asks for the trailers after the first piece of the answer, and before it sends them has read the others.
  call.end(null);
  await recorder.done();
  assert.equal(recorder.error, null);
  assert.equal(recorder.text.length, size);
  assert.deepEqual(recorder.trailers?.flat, ['x-t', 'last']);
});
